public import CronExpressions
public import CronJobs
internal import Crontabs
internal import LinuxEvents

// The table as state. Every content that applies is a revision in the store; a start decides file by file between what was found and what the
// store remembers (FileChoice), an edit becomes the newest revision, a bad line keeps its last good version, and so does a file that is refused.
//
// Reading, compiling and hashing 100,000 lines takes a while, so the keeper has a thread of its own; it never touches the scheduler.
//
// Invariant: `applied` is the hash of the content whose jobs were handed out last, and `usedPaths` are its files. A file that is refused (binary
// rubbish, a foreign owner, or any bad line under `--strict`) is neither applied nor stored; `settled` knows what it holds.

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

/// What the files are as long as there is nothing to do about them: whoever looks at them knows without waiting for the keeper.
private struct Calm {
    /// For so long nobody asks the keeper, who has duties of his own.
    static let longest = Duration.seconds(3600)

    /// `nil` while something is to be done whatever they are.
    var stamps: [TableSnapshot.Stamp]?
    var since = WallTime(nanoseconds: 0)
    var checkedAt: WallTime?
}

public actor TableKeeper {
    private let executor: ThreadExecutor
    let source: TableSource
    var compiler: TableCompiler
    let ownZone: @Sendable () -> Zone?
    let store: any RevisionStore
    let clocks: any Clocks
    let strict: Bool
    let observer: any TableObserver
    let legacy: LegacySync?
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
    /// The files of what is in use.
    var usedPaths: Set<String> = []
    /// What the files held when they were last looked at.
    var settled = SettledFiles()
    var folders: [String: FolderIdentity] = [:]
    /// Contents that this look has hashed; let go at its end.
    var hashed: [String: (content: [UInt8], hash: String)] = [:]
    /// Files with a line that runs in its last good version.
    var stalePaths: Set<String> = []
    /// How each file came into use, for people.
    var uses: [String: FileUse] = [:]
    var appliedStamps: [TableSnapshot.Stamp] = []
    var lastCheck: WallTime? {
        get { calm.withLock { $0.checkedAt } }
        set { calm.withLock { $0.checkedAt = newValue } }
    }
    private nonisolated let calm = Locked(Calm())
    var emptySince: MonotonicTime?
    var writerSince: MonotonicTime?
    var reported: Set<String> = []
    /// What is wrong with the files as of the last look.
    public internal(set) var faults = TableFaults()
    /// What this host's services found and left.
    var base = TableBase()
    /// Named files that this life of the service saw deleted.
    var knownDeleted: Set<String> = []
    /// As it was last written, and the files of this service's in it.
    var baseSeen: TableBase?
    var entered: [String: FileIdentity] = [:]
    var baseWritten: WallTime?
    /// What the newest deployment found, as far as this life of the service knows.
    var deploymentBase: String?
    /// What `a~b` is drawn from, where the store has a seed.
    var seed: TableSeed?
    /// Zone data has changed since the jobs were handed out last.
    var zonesChanged = false {
        didSet { calm.withLock { $0.stamps = nil } }
    }

    nonisolated public var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - sharing: how others' revisions are met.
    ///   - legacy: the cache that is read where there is no revision yet, and written with every change.
    ///   - ownZone: finds out again which zone is the service's own; nil where that cannot be told now.
    public init(
        source: TableSource, compiler: TableCompiler, store: any RevisionStore, sharing: TableSharing = TableSharing(),
        legacy: (any LegacyData)? = nil, clocks: any Clocks, strict: Bool, observer: any TableObserver,
        ownZone: @escaping @Sendable () -> Zone? = { nil }
    ) {
        executor = ThreadExecutor()
        self.source = source
        self.compiler = compiler
        self.ownZone = ownZone
        self.store = store
        self.clocks = clocks
        self.strict = strict
        self.observer = observer
        self.sharing = sharing
        trust = RevisionTrust(store: store, seal: sharing.seal)
        self.legacy = legacy.map { LegacySync(data: $0, source: source, parse: compiler.parse, observer: observer) }
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

    /// Whether there is nothing to check: the files are those that were looked at last, and nothing is wrong with them.
    ///
    /// Blocking, and from any thread: the answer does not wait for what the keeper does.
    nonisolated public func isUnchanged() -> Bool {
        let now = clocks.wall, stamps = TableReader.stamps(source)
        return calm.withLock { calm in
            guard calm.stamps == stamps, now - calm.since < Calm.longest else { return false }
            calm.checkedAt = now
            return true
        }
    }

    /// Reads the files if they may have changed, and compiles a new content, or the same with the zones' new rules.
    ///
    /// - Parameters:
    ///   - force: read even if no file's identity changed.
    ///   - isBeingWritten: somebody has changed a file and has not closed it yet.
    public func check(force: Bool = false, isBeingWritten: Bool = false) async -> Check {
        let now = clocks.wall
        notePassedOver()
        calm.withLock { $0.stamps = nil }
        if !force, TableReader.stamps(source) == appliedStamps, !zonesChanged, faults.problems.isEmpty, faults.gone.isEmpty {
            calm.withLock { $0 = Calm(stamps: appliedStamps, since: now, checkedAt: now) }
            await refreshBase()
            return .unchanged
        }
        defer { hashed = [:] }
        refreshZones()
        let snapshot = TableReader.read(source)
        note(snapshot)
        let look = look(at: snapshot)
        note(gone: look.gone)
        guard !look.changed.isEmpty else { return await settle(snapshot, look) }
        if let wait = waitForEmpty(look) { return .unsettled(wait) }
        guard let content = try? await content(of: snapshot, look) else { return .unchanged }
        if content.refused.isEmpty, TableHash.hash(content.files) == applied {
            faults.refused.removeAll { look.changed.contains($0.path) }
            settled.differing.subtract(look.changed)
            return await settle(snapshot, look)
        }
        if isBeingWritten, let wait = await waitForWriter(content.compiled) { return .unsettled(wait) }
        return await adopt(snapshot, look, content)
    }

    /// The files hold what they held.
    private func settle(_ snapshot: TableSnapshot, _ look: Look) async -> Check {
        faults.unstored = nil
        lastCheck = clocks.wall
        note(settled: snapshot, look)
        await noteLeft()
        return await compileAgain()
    }

    private func note(settled snapshot: TableSnapshot, _ look: Look) {
        settled.take(look.there, except: look.kept)
        appliedStamps = snapshot.stamps
        folders = snapshot.folders
        emptySince = nil
        writerSince = nil
    }

    private func adopt(_ snapshot: TableSnapshot, _ look: Look, _ content: Content) async -> Check {
        var compiled = content.compiled
        let hash = TableHash.hash(content.files), now = clocks.wall
        let isNew = hash != applied
        let badLines = compiled.faults.count
        var revision: Revision?
        if isNew {
            do {
                let previous = appliedRevision
                revision = try await publish(content.files, hash: hash, origin: .edited, author: author(of: look.changed, snapshot))
                if !compiled.faults.isEmpty { await fillLastGood(&compiled, files: content.files, before: (previous ?? 0) + 1) }
            } catch {
                note(unstored: "\(error)")
                return .unsettled(.seconds(1))
            }
        }
        note(refused: content.refused, among: look.changed, diagnosed: content.diagnosed, hasOther: applied != nil)
        let since = beginning(snapshot, look.changed, now: now)
        note(settled: snapshot, look)
        settled.differing.subtract(look.changed)
        settled.differing.formUnion(content.refused.keys)
        faults.unstored = nil
        for path in look.changed { uses[path] = content.refused[path] == nil ? .asFound : .refused }
        guard isNew else {
            await noteLeft()
            return .unchanged
        }
        if !base.once.isEmpty { base.once.formIntersection(compiler.compile(content.files).jobs.map(\.id.description)) }
        report(compiled)
        use(revision, content.files)
        faults.badLines = badLines
        lastCheck = now
        zonesChanged = false
        await noteLeft()
        await legacy?.write(content.files)
        return .changed(LoadedTable(compiled: compiled, revision: revision, since: since))
    }

    /// A line written just before a minute and noticed just after it was meant for that minute.
    private func beginning(_ snapshot: TableSnapshot, _ changed: Set<String>, now: WallTime) -> Instant {
        var start = now.instant
        if let changedAt = snapshot.changedAt(changed) { start = min(start, clocks.fromMachine(changedAt).instant) }
        if let lastCheck { start = max(start, lastCheck.instant) }
        return min(start, now.instant)
    }

    /// Whose the changed files are.
    private func author(of changed: Set<String>, _ snapshot: TableSnapshot) -> String? {
        let users = Set(snapshot.files.filter { changed.contains($0.path) }.compactMap { $0.attributes?.user })
        return users.isEmpty ? nil : users.sorted().map { "uid \($0)" }.joined(separator: ", ")
    }
}
