internal import CronExpressions
public import CronJobs
internal import Synchronization

/// One store in memory that several schedulers of a test share, each as a node of its own: with leases, takeovers and a gate, as a Redis has them.
///
/// ```swift
/// let fleet = MemoryFleet()
/// let a = try await rehearsal.start("a", store: fleet.node("a"))
/// let b = try await rehearsal.start("b", store: fleet.node("b"))
/// ```
public final class MemoryFleet: Sendable {
    /// The end of the store; its clock is the test's.
    struct Server {
        var ledger: ModelLedger
        var jobs = StoredJobs()
        var jobsMark: Int64 = 0
        var pauses = JobPauses()
        /// What the clock showed last.
        var now = WallTime(nanoseconds: 0)
        var failure: StoreError?
        var cut: Set<String> = []
        /// For tests of what watches over promises.
        var losesOutcomes = false

        init() {
            var sharing = ModelLedger.Sharing()
            // A test's time leaps, and what it claims is when it says.
            (sharing.quarantine, sharing.jump, sharing.earliness) = (.zero, .seconds(1000 * 365 * 86_400 as Int64), nil)
            ledger = ModelLedger(sharing: sharing)
        }
    }

    let server = Mutex(Server())

    public init() {}

    /// The store as one node sees it.
    public func node(_ name: String) -> StoreSource { .ledger(FleetNode(name, self)) }

    /// From now on every call fails, until `nil` is set.
    public func fail(_ error: StoreError?) { server.withLock { $0.failure = error } }

    /// From now on every call of one node fails, until it is cut off no more: after the length of a lease the others take over what it ran.
    public func cut(_ node: String, _ isCut: Bool = true) {
        server.withLock { server in
            if isCut { server.cut.insert(node) } else { server.cut.remove(node) }
        }
    }

    /// For tests: every lease that is not renewed runs out.
    package func expireLeases() { server.withLock { $0.ledger.expireLeases() } }

    /// For tests of what watches over promises: outcomes are confirmed and not kept.
    package func loseOutcomes() { server.withLock { $0.losesOutcomes = true } }
}

/// A node's end of it.
struct FleetNode: SharedLedger, JobStore, PauseStore, RequestStore {
    let node: String
    let leaseDuration = Duration.seconds(30)
    let renewalInterval = Duration.seconds(5)
    private let fleet: MemoryFleet

    init(_ node: String, _ fleet: MemoryFleet) {
        self.node = node
        self.fleet = fleet
    }

    /// - Parameter time: by the test's clock; nil where the call does not say.
    private func ask<Value: Sendable>(
        at time: WallTime? = nil, _ body: (inout MemoryFleet.Server, _ now: WallTime) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        try fleet.server.withLock { server throws(StoreError) in
            if let failure = server.failure { throw failure }
            if server.cut.contains(node) { throw StoreError(.unavailable, "\(node) is cut off") }
            let caller = ModelLedger.Caller(node: node, fence: server.ledger.lastFence)
            server.now = server.ledger.hear(caller, server: 1, at: time ?? server.now)
            server.pauseWhoIsPaused()
            return try body(&server, server.now)
        }
    }

    func open(bootID: String, now: WallTime) throws(StoreError) -> LedgerOpening {
        try ask(at: now) { server, now in
            server.ledger.nodes[node] = now
            return server.ledger.open(now: now)
        }
    }

    func close(now: WallTime) { try? ask(at: now) { server, now in server.ledger.release(node, at: now, now: now) } }

    func view() -> SharedView {
        fleet.server.withLock { server in
            SharedView(
                nodes: server.ledger.living(at: server.now), clockOffset: .zero, quarantine: .zero,
                paused: server.pauses.jobs(now: server.now), storedJobs: server.jobsMark)
        }
    }

    func announce(zone: String) {}

    // MARK: Attempts

    func claim(_ claims: [Claim], now: WallTime) throws(StoreError) -> [ClaimAnswer] {
        try ask(at: now) { server, now in
            let reply = server.ledger.claim(claims, by: node, token: 0, entered: now, caller: nil, now: now, clock: now)
            guard case .answers(let answers) = reply else { return [] }
            return answers.map(\.plain)
        }
    }

    func mayStart(_ starts: [Start]) throws(StoreError) -> [StartAnswer] {
        try ask { server, now in server.ledger.gate(starts, by: node, now: now) }
    }

    func start(_ starts: [Start]) throws(StoreError) { try ask { server, now in server.ledger.note(starts, by: node, now: now) } }

    func renew(_ runs: [OpenRun], now: WallTime) throws(StoreError) -> [OpenRun] { try renewal(of: runs, now: now).lost }

    func renewal(of runs: [OpenRun], now: WallTime) throws(StoreError) -> Renewal {
        try ask(at: now) { server, now in
            let lost = server.ledger.renew(runs, by: node, now: now)
            return Renewal(lost: lost, requests: server.ledger.requests(of: runs))
        }
    }

    func finish(_ finishes: [Finish]) throws(StoreError) -> [Bool] {
        try ask { server, _ in server.losesOutcomes ? finishes.map { _ in true } : server.ledger.finish(finishes, by: node) }
    }

    func skip(_ skips: [Skip], now: WallTime) throws(StoreError) { try ask(at: now) { server, now in server.ledger.skip(skips, now: now) } }

    func sweep(now: WallTime) throws(StoreError) -> [OpenRun] {
        try ask(at: now) { server, now in server.ledger.takeOver(by: node, caller: now, now: now, clock: now) }
    }

    func request(_ kind: RunRequest.Kind, of run: RunID, by: String, now: WallTime) throws(StoreError) -> Bool {
        try ask(at: now) { server, now in server.ledger.request(kind, of: run, by: by, now: now) }
    }

    // MARK: Marks and history

    func watermarks() throws(StoreError) -> [JobID: Instant] { try ask { server, _ in server.ledger.watermarks } }
    func assert(_ marks: [JobID: Instant]) throws(StoreError) { try ask { server, _ in server.ledger.assert(marks) } }

    func rewind(marksAfter limit: Instant, to mark: Instant) throws(StoreError) -> [JobID] {
        try ask { server, now in server.ledger.rewind(marksAfter: limit, to: mark, clock: now) }
    }

    func retain(_ jobs: Set<JobID>, now: WallTime) throws(StoreError) {
        try ask(at: now) { server, now in
            let standing = server.jobs.standing
            let kept = server.ledger.watermarks.keys.filter { standing.contains($0.withoutHost) }
            server.ledger.retain(jobs.union(kept), now: now)
        }
    }

    func prune(_ retention: Retention, now: WallTime) throws(StoreError) {
        try ask(at: now) { server, now in server.ledger.prune(retention, now: now) }
    }

    func history(of job: JobID, limit: Int) throws(StoreError) -> [RunRecord] {
        try ask { server, _ in server.ledger.history(of: job, limit: limit) }
    }

    func record(of job: JobID, at fireTime: Instant) throws(StoreError) -> RunRecord? {
        try ask { server, _ in server.ledger.record(of: job, at: fireTime) }
    }

    // MARK: Pauses

    func setPaused(_ isPaused: Bool, _ jobs: Set<JobID>) throws(StoreError) {
        try ask { server, now in server.say(PauseHistory.Word(isPause: isPaused, at: now, by: ""), of: jobs) }
    }

    func pausedJobs() throws(StoreError) -> Set<JobID> { try ask { server, now in server.pauses.jobs(now: now) } }

    func pause(_ jobs: Set<JobID>, until: WallTime?, by: String, now: WallTime) throws(StoreError) {
        try ask(at: now) { server, now in server.say(PauseHistory.Word(isPause: true, at: now, until: until, by: by), of: jobs) }
    }

    func resume(_ jobs: Set<JobID>, by: String, now: WallTime) throws(StoreError) {
        try ask(at: now) { server, now in server.say(PauseHistory.Word(isPause: false, at: now, by: by), of: jobs) }
    }

    func pauses(now: WallTime) throws(StoreError) -> [JobID: Pause] { try ask(at: now) { server, now in server.pauses.pauses(now: now) } }

    func pauseHistory(of job: JobID) throws(StoreError) -> PauseHistory {
        try ask { server, _ in server.pauses.histories[job] ?? PauseHistory() }
    }

    // MARK: Jobs

    func put(_ job: StoredJob, replacing revision: Int64?, now: WallTime) throws(StoreError) -> PutAnswer {
        try job.check()
        return try ask(at: now) { server, now in
            server.jobsMark += 1
            return server.jobs.put(job, replacing: revision, now: now)
        }
    }

    func storedJob(_ id: JobID) throws(StoreError) -> StoredJob? { try ask { server, _ in server.jobs[id] } }

    func storedJobs(after id: JobID?, limit: Int) throws(StoreError) -> [StoredJob] {
        try ask { server, _ in server.jobs.list(after: id, limit: limit) }
    }

    func countOfStoredJobs(_ origin: StoredJob.Origin) throws(StoreError) -> Int { try ask { server, _ in server.jobs.count(origin) } }

    func removeStoredJob(_ id: JobID, revision: Int64?) throws(StoreError) -> Bool {
        try ask { server, _ in
            guard server.jobs.remove(id, revision: revision) else { return false }
            server.jobsMark += 1
            return true
        }
    }
}

extension MemoryFleet.Server {
    mutating func say(_ word: PauseHistory.Word, of jobs: Set<JobID>) {
        pauses.add(word, of: jobs)
        pauseWhoIsPaused()
    }

    /// Pauses end by themselves.
    fileprivate mutating func pauseWhoIsPaused() {
        let paused = pauses.jobs(now: now), known = ledger.pausedJobs(now: now)
        guard paused != known else { return }
        ledger.setPaused(true, paused.subtracting(known), now: now)
        ledger.setPaused(false, known.subtracting(paused), now: now)
    }
}

extension ModelLedger {
    fileprivate mutating func expireLeases() {
        for (job, state) in jobs {
            for (place, row) in state.rows.enumerated() where row.isOpen { jobs[job]?.rows[place].leaseEnd = WallTime(nanoseconds: 0) }
        }
    }
}

extension ModelLedger.Answer {
    /// No answer is ever lost here: what a node has claimed it knows.
    fileprivate var plain: ClaimAnswer {
        switch self {
        case .won(let fence): .won(fence: fence)
        case .mine(let mark, _, _), .taken(let mark, _): .taken(watermark: mark)
        case .later(let wait): .later(wait)
        case .late: .late
        case .skipped(let reason): .skipped(reason)
        }
    }
}
