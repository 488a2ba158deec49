public import CronExpressions
public import CronJobs
internal import Crontabs

// The table as state. Every content that applies is a revision in the store; a start decides between what the files hold and what the store
// remembers (StartDecision), an edit becomes the newest revision, a bad line keeps its last good version.
//
// Reading, compiling and hashing 100,000 lines takes a while, so the keeper has a thread of its own; it never touches the scheduler.
//
// Invariant: `applied` is the hash of the content whose jobs were handed out last. A content that is refused (binary rubbish, or any bad line
// under `--strict`) is neither applied nor stored.

/// A table to be scheduled.
public struct LoadedTable: Sendable {
    public var compiled: CompiledTable
    /// The revision it came from; `nil` where the store failed.
    public var revision: Revision?
    /// Where jobs begin that nobody knows.
    public var since: Instant
    /// Where jobs begin that an earlier revision had.
    public var watermarks: [JobID: Instant] = [:]
    /// Files that do not hold it, although they should.
    public var unwritten: [UnwrittenFile] = []
}

public actor TableKeeper {
    private let executor: ThreadExecutor
    let source: TableSource
    var compiler: TableCompiler
    let ownZone: @Sendable () -> Zone?
    let store: any RevisionStore
    let clocks: any Clocks
    let strict: Bool
    let log: Log
    let original: OriginalSync?
    let sharing: TableSharing
    let trust: RevisionTrust

    var applied: String?
    var appliedRevision: Int?
    /// The greatest number that was in use here; what is published gets a greater one, whatever the store remembers.
    var greatestRevision = 0
    /// On a shared store, what the applied revision holds: a store that has lost it gets it back.
    var held: HeldTable?
    /// How the store's newest revision was met so far.
    var following = FollowState()
    var appliedEmpty = true
    var appliedStamps: [TableSnapshot.Stamp] = []
    var lastCheck: WallTime?
    var emptySince: MonotonicTime?
    var writerSince: MonotonicTime?
    var reported: Set<String> = []
    /// What is wrong with the files as of the last look.
    public internal(set) var faults = TableFaults()
    /// The baseline as it was last read or written.
    var baseline: Baseline?
    /// What the image held, as far as this life of the service knows.
    var imageHash: String?
    /// The identity of the files that this service has entered in the baseline.
    var enteredIdentity: String?
    /// What `a~b` is drawn from, where the store has a seed.
    var seed: TableSeed?
    /// Zone data has changed since the jobs were handed out last.
    var zonesChanged = false

    nonisolated public var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - sharing: how others' revisions are met.
    ///   - original: the cache that is read where there is no revision yet, and written with every change.
    ///   - ownZone: finds out again which zone is the service's own; nil where that cannot be told now.
    public init(
        source: TableSource, compiler: TableCompiler, store: any RevisionStore, sharing: TableSharing = TableSharing(),
        original: (any OriginalData)? = nil, clocks: any Clocks, strict: Bool, log: Log, ownZone: @escaping @Sendable () -> Zone? = { nil }
    ) {
        executor = ThreadExecutor()
        self.source = source
        self.compiler = compiler
        self.ownZone = ownZone
        self.store = store
        self.clocks = clocks
        self.strict = strict
        self.log = log
        self.sharing = sharing
        trust = RevisionTrust(store: store, seal: sharing.seal)
        self.original = original.map { OriginalSync(data: $0, source: source, parse: compiler.parse, log: log) }
    }

    // MARK: Start

    /// Decides which content applies, writes it to the files where they hold another, and compiles it.
    ///
    /// Throws if the table is refused and there is nothing to fall back on, or if the store fails.
    public func start(policy: StartPolicy) async throws(TableRefusal) -> LoadedTable {
        do {
            return try await startInTurn(policy)
        } catch let refusal as TableRefusal {
            throw refusal
        } catch {
            throw TableRefusal("the table's revisions cannot be read or written: \(error)", .store)
        }
    }

    // MARK: Running

    /// What a look at the files said.
    public enum Check: Sendable {
        case unchanged
        /// Something is going on; look again after this long.
        case unsettled(Duration)
        case changed(LoadedTable)
    }

    /// Reads the files if they may have changed, and compiles a new content, or the same with the zones' new rules.
    ///
    /// - Parameters:
    ///   - force: read even if no file's identity changed.
    ///   - isBeingWritten: somebody has changed a file and has not closed it yet.
    public func check(force: Bool = false, isBeingWritten: Bool = false) async -> Check {
        let now = clocks.wall
        let stamps = TableReader.stamps(source)
        if !force, stamps == appliedStamps, !zonesChanged, faults.problems.isEmpty, faults.gone.isEmpty {
            lastCheck = now
            return .unchanged
        }
        refreshZones()
        let known = Set(appliedStamps.map(\.path) + faults.problems.map(\.path) + faults.gone)
        guard let snapshot = await readableSnapshot() else { return .unchanged }
        let vanished = source.files.filter { snapshot.absent.contains($0) && known.contains($0) }
        note(gone: vanished)
        if !vanished.isEmpty { return await compileAgain() }
        let hash = TableHash.hash(snapshot.files)
        if hash == applied {
            noteInUse(hash)
            lastCheck = now
            appliedStamps = snapshot.stamps
            emptySince = nil
            writerSince = nil
            await noteIdentity()
            return await compileAgain()
        }
        if let wait = waitForEmpty(snapshot) { return .unsettled(wait) }
        let compiled = compiler.compile(snapshot.files)
        if isBeingWritten, let wait = await waitForWriter(compiled) { return .unsettled(wait) }
        return await adopt(snapshot, compiled, hash: hash)
    }

    private func adopt(_ snapshot: TableSnapshot, _ compiled: CompiledTable, hash: String) async -> Check {
        var compiled = compiled
        guard isUsable(compiled) else {
            note(refused: compiled, hash: hash)
            appliedStamps = snapshot.stamps
            return .unchanged
        }
        report(compiled)
        let badLines = compiled.faults.count
        let now = clocks.wall
        do {
            let previous = appliedRevision
            let revision = try await publish(snapshot.files, hash: hash, origin: .edited)
            if !compiled.faults.isEmpty { await fillLastGood(&compiled, files: snapshot.files, before: (previous ?? 0) + 1) }
            use(revision, snapshot.files)
            noteInUse(hash)
            faults.badLines = badLines
            var table = LoadedTable(compiled: compiled, revision: revision, since: now.instant)
            table.since = beginning(snapshot, now: now)
            applied = hash
            appliedStamps = snapshot.stamps
            appliedEmpty = snapshot.isEmpty
            emptySince = nil
            writerSince = nil
            lastCheck = now
            zonesChanged = false
            await noteIdentity()
            await original?.write(snapshot.files)
            return .changed(table)
        } catch {
            note(unstored: "\(error)")
            return .unsettled(.seconds(1))
        }
    }

    /// A line written just before a minute and noticed just after it was meant for that minute.
    private func beginning(_ snapshot: TableSnapshot, now: WallTime) -> Instant {
        var start = now.instant
        if let modified = snapshot.modifiedAt { start = min(start, clocks.fromMachine(modified).instant) }
        if let lastCheck { start = max(start, lastCheck.instant) }
        return min(start, now.instant)
    }
}

extension TableSnapshot {
    var hasEntries: Bool { files.contains { Crontab.containsEntries(bytes: $0.content) } }
}
