public import CronExpressions
public import CronJobs
internal import Crontabs
internal import LinuxEvents

// The table as state. Every content that applies is a revision in the store; a start decides file by file between what was found and what the
// store remembers (FileChoice), an edit becomes the newest revision, a bad line keeps its last good version, and so does a file that is refused.
//
// Reading, compiling and hashing 100,000 lines takes a while, so the keeper has a thread of its own; it never touches the scheduler.
//
// Every way into use is the same: `load` makes a table of files (compiled, with the last good versions of its bad lines, admitted by the service,
// and with where its jobs stand), `publish` makes a revision of them unless they are one, their files are written where they hold another
// content, and `take` replaces what is in use. Nothing is decided about the jobs after they were published.
//
// Invariant: the jobs that were handed out last are those of `inUse`. A file that is refused (binary rubbish, a foreign owner, or any bad line
// under `--strict`) is neither in use nor stored; `settled` knows what it holds.

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
    let admission: (any TableAdmission)?
    let trust: RevisionTrust

    /// What is in use; replaced in one place (`take`).
    private(set) var inUse = TableInUse.nothing
    /// What the files held when they were last looked at.
    var settled = SettledFiles()
    /// What is wrong with the files as of the last look.
    public internal(set) var faults = TableFaults()
    /// How the store's newest revision was met so far.
    var following = FollowState()
    /// What this host's services found and left.
    var bases = HostBases()
    /// What is being waited for before a content counts.
    var patience = WritingPatience()
    /// Contents that this look has hashed; let go at its end.
    var hashed: [String: (content: [UInt8], hash: String)] = [:]
    /// What was said and is not said again.
    var reported: Set<String> = []
    var lastCheck: WallTime? {
        get { calm.withLock { $0.checkedAt } }
        set { calm.withLock { $0.checkedAt = newValue } }
    }
    private nonisolated let calm = Locked(Calm())
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
    ///   - admission: decides which jobs run here; without it all do, and nobody knows where they stand.
    ///   - ownZone: finds out again which zone is the service's own; nil where that cannot be told now.
    public init(
        source: TableSource, compiler: TableCompiler, store: any RevisionStore, sharing: TableSharing = TableSharing(),
        legacy: (any LegacyData)? = nil, admission: (any TableAdmission)? = nil, clocks: any Clocks, strict: Bool,
        observer: any TableObserver, ownZone: @escaping @Sendable () -> Zone? = { nil }
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
        self.admission = admission
        trust = RevisionTrust(store: store, seal: sharing.seal)
        self.legacy = legacy.map { LegacySync(data: $0, source: source, parse: compiler.parse, observer: observer) }
    }

    // MARK: In use

    /// Puts a table into use: the one place where that changes.
    func take(_ table: LoadedTable, _ files: [TableFile], hash: String, restored: Set<String>) {
        inUse = TableInUse(table.revision, files, hash: hash, table.compiled, restored: restored, keepsFiles: sharing.isShared)
        following.use(table.revision?.number)
        zonesChanged = false
        guard !table.compiled.stale.isEmpty else { return }
        for job in table.compiled.jobs where table.compiled.stale.contains(job.id) { say(.stale(job.id)) }
    }

    /// The content in use has another number from now on.
    func take(_ revision: Revision) {
        inUse = inUse.renumbered(revision)
        following.use(revision.number)
    }

    /// Lines of the table in use that do not run as they stand.
    public var badLines: Int { inUse.badLines }
    public var currentRevision: Int? { inUse.number }

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
        if !force, TableReader.stamps(source) == settled.stamps, !zonesChanged, faults.problems.isEmpty, faults.gone.isEmpty {
            calm.withLock { $0 = Calm(stamps: settled.stamps, since: now, checkedAt: now) }
            await refreshBase()
            return .unchanged
        }
        defer { hashed = [:] }
        refreshZones()
        let snapshot = TableReader.read(source)
        note(snapshot)
        let look = look(at: snapshot)
        note(gone: look.gone)
        guard !look.changed.isEmpty else { return await settle(look) }
        if let wait = waitForEmpty(look) { return .unsettled(wait) }
        guard let content = try? await content(of: snapshot, look) else { return .unchanged }
        if content.refused.isEmpty, content.hash == inUse.hash {
            faults.refused.removeAll { look.changed.contains($0.path) }
            settled.differing.subtract(look.changed)
            return await settle(look)
        }
        if isBeingWritten, let wait = await waitForWriter(content.compiled) { return .unsettled(wait) }
        return await adopt(snapshot, look, content)
    }

    /// The files hold what they held.
    private func settle(_ look: Look) async -> Check {
        faults.unstored = nil
        lastCheck = clocks.wall
        note(settled: look)
        await noteLeft()
        return await loadAgain()
    }

    private func note(settled look: Look) {
        settled.take(look.there, except: look.kept)
        patience = WritingPatience()
    }

    private func adopt(_ snapshot: TableSnapshot, _ look: Look, _ content: Content) async -> Check {
        guard content.hash != inUse.hash else {
            note(adopted: content, look)
            await noteLeft()
            return .unchanged
        }
        let now = clocks.wall, since = beginning(snapshot, look.changed, now: now)
        var table: LoadedTable
        do {
            table = try await load(content.files, content.compiled, since: since, after: inUse.number ?? 0)
            table.revision = try await publish(
                content.files, hash: content.hash, origin: .edited, author: author(of: look.changed, snapshot))
        } catch {
            note(unstored: "\(error)")
            return .unsettled(.seconds(1))
        }
        note(adopted: content, look)
        report(table.compiled)
        bases.keepOnce { Set(compiler.compile(content.files).jobs.map(\.id.description)) }
        take(table, content.files, hash: content.hash, restored: inUse.restored.subtracting(look.changed))
        lastCheck = now
        await noteLeft()
        await legacy?.write(content.files)
        return .changed(table)
    }

    private func note(adopted content: Content, _ look: Look) {
        note(refused: content.refused, among: look.changed, diagnosed: content.diagnosed)
        note(settled: look)
        settled.differing.subtract(look.changed)
        settled.differing.formUnion(content.refused.keys)
        faults.unstored = nil
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
