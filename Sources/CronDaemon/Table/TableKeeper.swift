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
    /// The greatest number that was looked at for following, in use or not.
    var lookedAt = 0
    var appliedEmpty = true
    var appliedStamps: [TableSnapshot.Stamp] = []
    var lastCheck: WallTime?
    var emptySince: MonotonicTime?
    var writerSince: MonotonicTime?
    var reported: Set<String> = []
    var baseline: Baseline?
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
            return try await decideStart(policy)
        } catch let refusal as TableRefusal {
            throw refusal
        } catch {
            throw TableRefusal("the table's revisions cannot be read or written: \(error)", .store)
        }
    }

    private func decideStart(_ policy: StartPolicy) async throws -> LoadedTable {
        let snapshot = TableReader.read(source)
        report(snapshot)
        let found = TableHash.hash(snapshot.files)
        let (newest, isImported) = try await newestRevision()
        let past = try await store.baseline().map { Baseline($0) }
        var compiled = compiler.compile(snapshot.files)
        let usable = isUsable(compiled)
        let unreadable = snapshot.problems.contains { source.files.contains($0.path) }
        let decision = StartDecision.decide(
            policy: policy, found: found, foundHasEntries: snapshot.hasEntries,
            readOnly: source.files.contains(where: TableWriter.isReadOnly), unreadable: unreadable,
            newest: newest?.hash, baseline: past?.hash, isLeft: past?.isLeft(snapshot.stamps) ?? false)
        let next = past?.next(found: found, stamps: snapshot.stamps) ?? Baseline(hash: found, identity: "")
        defer { lastCheck = clocks.wall }
        if decision == .restore || (!usable && newest != nil), let newest {
            if !usable { refuse(compiled) }
            return try await restore(newest, over: snapshot, write: usable && !unreadable, baseline: next)
        }
        if !usable { throw TableRefusal(refuse(compiled, hasOther: false)) }
        report(compiled)
        let created = createMissingFile(snapshot)
        var table = LoadedTable(compiled: compiled, revision: newest, since: clocks.wall.instant)
        if newest?.hash == found, let newest {
            table.since = min(table.since, newest.createdAt.instant)
        } else if !snapshot.files.isEmpty || newest != nil {
            if let newest {
                if !isImported { try await refuseForeignTable(compiled, newest) }
                table.watermarks = await watermarks(of: newest)
                log.warning(
                    "the table's files hold another content than the newest revision: the files win",
                    .text("bring_back", "crond table restore \(newest.number)"))
            }
            table.revision = try await publish(snapshot.files, hash: found, origin: .deployed)
        }
        if !compiled.faults.isEmpty, let revision = table.revision {
            await fillLastGood(&compiled, files: snapshot.files, before: revision.number)
            table.compiled = compiled
        }
        await original?.write(snapshot.files)
        let present = created ? TableReader.read(source) : snapshot
        try await note(
            hash: created ? TableHash.hash(present.files) : found, revision: table.revision?.number, snapshot: present, baseline: next)
        return table
    }

    /// The newest revision that may be used; where there is none yet, the original's cache becomes the first.
    private func newestRevision() async throws(StoreError) -> (revision: Revision?, isImported: Bool) {
        let newest = try await trust.newest()
        report(newest.refused)
        if let revision = newest.revision { return (revision, false) }
        guard sharing.seal == nil else {
            await original?.mentionRefusal()
            return (nil, false)
        }
        guard let file = try await original?.importedTable() else { return (nil, false) }
        return (try await publish([file], hash: TableHash.hash([file]), origin: .imported), true)
    }

    /// A start does not publish a table under a name that another table has.
    private func refuseForeignTable(_ compiled: CompiledTable, _ newest: Revision) async throws {
        guard sharing.isShared, !sharing.adoptsName, let files = try await trust.files(of: newest.number) else { return }
        let there = compiler.compile(files)
        guard let foreign = ForeignTable(own: compiled.jobs, newest: there.jobs, revision: newest.number) else { return }
        throw foreign.refusal(name: sharing.name)
    }

    private func restore(_ revision: Revision, over snapshot: TableSnapshot, write: Bool, baseline: Baseline) async throws -> LoadedTable {
        guard let files = try await trust.files(of: revision.number), revision.intact else {
            throw TableRefusal("revision \(revision.number) is damaged in the store; start with --on-start file", .store)
        }
        if write { writeFiles(files, over: snapshot, revision: revision.number) }
        var compiled = compiler.compile(files)
        report(compiled)
        if !compiled.faults.isEmpty { await fillLastGood(&compiled, files: files, before: revision.number) }
        await original?.write(files)
        // Where a file could not be written, what it holds is what later looks compare with.
        let written = TableReader.read(source)
        try await note(hash: TableHash.hash(written.files), revision: revision.number, snapshot: written, baseline: baseline)
        return LoadedTable(compiled: compiled, revision: revision, since: min(clocks.wall.instant, revision.createdAt.instant))
    }

    func note(hash: String, revision: Int?, snapshot: TableSnapshot, baseline next: Baseline) async throws {
        applied = hash
        appliedRevision = revision
        greatestRevision = max(greatestRevision, revision ?? 0)
        appliedStamps = snapshot.stamps
        appliedEmpty = snapshot.isEmpty
        try await setBaseline(hash: next.hash)
    }

    private func setBaseline(hash: String) async throws(StoreError) {
        var next = Baseline(hash: hash, identity: Baseline.identity(of: appliedStamps))
        if sharing.isShared {
            next.left = try await store.baseline().map { Baseline($0).left } ?? []
            if applied != hash { next.leave(next.identity, insteadOf: baseline?.identity) }
        }
        baseline = next
        try await store.setBaseline(next.text)
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
        if !force, stamps == appliedStamps, !zonesChanged {
            lastCheck = now
            return .unchanged
        }
        refreshZones()
        guard let snapshot = await readableSnapshot() else { return .unchanged }
        let vanished = source.files.filter { path in snapshot.absent.contains(path) && appliedStamps.contains { $0.path == path } }
        if !vanished.isEmpty {
            complain("the table's file was deleted; its jobs go on, and it is restored at the next start", vanished.joined(separator: " "))
            return await compileAgain()
        }
        let hash = TableHash.hash(snapshot.files)
        if hash == applied {
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
            if !reported.contains(hash) { refuse(compiled) }
            reported.insert(hash)
            appliedStamps = snapshot.stamps
            return .unchanged
        }
        report(compiled)
        let now = clocks.wall
        do {
            let previous = appliedRevision
            let revision = try await publish(snapshot.files, hash: hash, origin: .edited)
            if !compiled.faults.isEmpty { await fillLastGood(&compiled, files: snapshot.files, before: (previous ?? 0) + 1) }
            appliedRevision = revision.number
            greatestRevision = max(greatestRevision, revision.number)
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
            complain("the table changed, but its revision cannot be stored; the old table stays until it can", "\(error)")
            return .unsettled(.seconds(1))
        }
    }

    /// A line written just before a minute and noticed just after it was meant for that minute.
    private func beginning(_ snapshot: TableSnapshot, now: WallTime) -> Instant {
        var start = now.instant
        if let modified = snapshot.modifiedAt { start = min(start, modified.instant) }
        if let lastCheck { start = max(start, lastCheck.instant) }
        return min(start, now.instant)
    }

    func noteIdentity() async {
        guard let hash = baseline?.hash else { return }
        try? await setBaseline(hash: hash)
    }

}

extension TableSnapshot {
    var hasEntries: Bool { files.contains { Crontab.containsEntries(bytes: $0.content) } }
}
