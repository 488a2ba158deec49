internal import CronExpressions
public import CronJobs
internal import Synchronization

/// One store in memory that several schedulers of a test share, each as a node of its own.
///
///     let fleet = MemoryFleet()
///     let a = try await rehearsal.start("a", store: fleet.node("a"))
///     let b = try await rehearsal.start("b", store: fleet.node("b"))
public final class MemoryFleet: Sendable {
    fileprivate struct State {
        var nodes: Set<String> = []
        var mark: Int64 = 0
        var failure: StoreError?
    }

    fileprivate let ledger = MemoryLedger()
    fileprivate let state = Mutex(State())

    public init() {}

    /// The store as one node sees it.
    public func node(_ name: String) -> StoreSource { .ledger(FleetLedger(name, self)) }

    /// From now on every call fails, until `nil` is set.
    public func fail(_ error: StoreError?) { state.withLock { $0.failure = error } }

    fileprivate func check() throws(StoreError) {
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }
}

/// A node's end of it.
private actor FleetLedger: SharedLedger, JobStore, PauseStore, RequestStore {
    nonisolated let node: String
    nonisolated let leaseDuration = Duration.seconds(30)
    nonisolated let renewalInterval = Duration.seconds(5)
    private let fleet: MemoryFleet
    private var inner: MemoryLedger { fleet.ledger }

    init(_ node: String, _ fleet: MemoryFleet) {
        self.node = node
        self.fleet = fleet
    }

    nonisolated var shared: (any SharedLedger)? { self }

    func open(bootID: String, now: WallTime) async throws(StoreError) -> LedgerOpening {
        try fleet.check()
        // The first node begins the life that all share.
        let isFirst = fleet.state.withLock { state in
            defer { state.nodes.insert(node) }
            return state.nodes.isEmpty
        }
        return isFirst ? await inner.open(bootID: bootID, now: now) : LedgerOpening(incarnation: now.instant.seconds, lastSeen: now)
    }

    func close(now: WallTime) async { _ = fleet.state.withLock { $0.nodes.remove(node) } }

    func view() async -> SharedView {
        let (nodes, mark) = fleet.state.withLock { ($0.nodes.sorted(), $0.mark) }
        return SharedView(nodes: nodes, clockOffset: .zero, settling: .zero, storedJobs: mark)
    }

    func announce(zone: String) async {}

    func mayStart(_ starts: [Start]) async throws(StoreError) -> [StartAnswer] {
        try fleet.check()
        return starts.map { _ in .go }
    }

    // MARK: Attempts

    func claim(_ claims: [Claim], now: WallTime) async throws(StoreError) -> [ClaimAnswer] {
        try fleet.check()
        return await inner.claim(claims, now: now)
    }

    func start(_ starts: [Start]) async throws(StoreError) {
        try fleet.check()
        await inner.start(starts)
    }

    func renew(_ runs: [OpenRun], now: WallTime) async throws(StoreError) -> [OpenRun] {
        try fleet.check()
        return await inner.renew(runs, now: now)
    }

    func renewal(of runs: [OpenRun], now: WallTime) async throws(StoreError) -> Renewal {
        try fleet.check()
        return try await inner.renewal(of: runs, now: now)
    }

    func finish(_ finishes: [Finish]) async throws(StoreError) -> [Bool] {
        try fleet.check()
        return await inner.finish(finishes)
    }

    func skip(_ skips: [Skip], now: WallTime) async throws(StoreError) {
        try fleet.check()
        await inner.skip(skips, now: now)
    }

    func sweep(now: WallTime) async throws(StoreError) -> [OpenRun] {
        try fleet.check()
        return await inner.sweep(now: now)
    }

    func request(_ kind: RunRequest.Kind, of run: RunID, by: String, now: WallTime) async throws(StoreError) -> Bool {
        try fleet.check()
        return await inner.request(kind, of: run, by: by, now: now)
    }

    // MARK: Marks and history

    func watermarks() async throws(StoreError) -> [JobID: Instant] {
        try fleet.check()
        return await inner.watermarks()
    }

    func assert(_ marks: [JobID: Instant]) async throws(StoreError) { await inner.assert(marks) }

    func rewind(marksAfter limit: Instant, to mark: Instant) async throws(StoreError) -> [JobID] {
        await inner.rewind(marksAfter: limit, to: mark)
    }

    func retain(_ jobs: Set<JobID>, now: WallTime) async throws(StoreError) { await inner.retain(jobs, now: now) }
    func prune(_ retention: Retention, now: WallTime) async throws(StoreError) { await inner.prune(retention, now: now) }

    func history(of job: JobID, limit: Int) async throws(StoreError) -> [RunRecord] {
        try fleet.check()
        return await inner.history(of: job, limit: limit)
    }

    func record(of job: JobID, at fireTime: Instant) async throws(StoreError) -> RunRecord? {
        try fleet.check()
        return await inner.record(of: job, at: fireTime)
    }

    // MARK: Pauses

    func setPaused(_ isPaused: Bool, _ jobs: Set<JobID>) async throws(StoreError) { await inner.setPaused(isPaused, jobs) }
    func pausedJobs() async throws(StoreError) -> Set<JobID> { await inner.pausedJobs() }

    func pause(_ jobs: Set<JobID>, until: WallTime?, by: String, now: WallTime) async throws(StoreError) {
        try fleet.check()
        await inner.pause(jobs, until: until, by: by, now: now)
    }

    func resume(_ jobs: Set<JobID>, by: String, now: WallTime) async throws(StoreError) {
        try fleet.check()
        await inner.resume(jobs, by: by, now: now)
    }

    func pauses(now: WallTime) async throws(StoreError) -> [JobID: Pause] {
        try fleet.check()
        return await inner.pauses(now: now)
    }

    func pauseHistory(of job: JobID) async throws(StoreError) -> PauseHistory { await inner.pauseHistory(of: job) }

    // MARK: Jobs

    func put(_ job: StoredJob, replacing revision: Int64?, now: WallTime) async throws(StoreError) -> PutAnswer {
        try fleet.check()
        defer { fleet.state.withLock { $0.mark += 1 } }
        return try await inner.put(job, replacing: revision, now: now)
    }

    func storedJob(_ id: JobID) async throws(StoreError) -> StoredJob? {
        try fleet.check()
        return await inner.storedJob(id)
    }

    func storedJobs(after id: JobID?, limit: Int) async throws(StoreError) -> [StoredJob] {
        try fleet.check()
        return await inner.storedJobs(after: id, limit: limit)
    }

    func countOfStoredJobs(_ origin: StoredJob.Origin) async throws(StoreError) -> Int { await inner.countOfStoredJobs(origin) }

    func removeStoredJob(_ id: JobID, revision: Int64?) async throws(StoreError) -> Bool {
        try fleet.check()
        defer { fleet.state.withLock { $0.mark += 1 } }
        return await inner.removeStoredJob(id, revision: revision)
    }
}
