// tidy: helper
import CronExpressions
import CronJobs

/// A memory ledger with other nodes on it, as far as a scheduler can tell: the test says who is there and what late starts are told.
actor SharedFake: SharedLedger {
    nonisolated let node = "a"
    nonisolated let leaseDuration = Duration.seconds(30)
    nonisolated let renewalInterval = Duration.seconds(5)
    private let inner = MemoryLedger()
    private var nodes = ["a"]
    private var gate = StartAnswer.go
    private var meanwhile: @Sendable () -> Void = {}
    private var wait: Duration?
    private var failure: StoreError?
    private var claimFailure: StoreError?
    private var renewalFailure: StoreError?
    private var clock: (@Sendable () -> Duration?)?
    private var quarantine = Duration.zero
    private var lost: Set<RunID> = []
    private(set) var renewed: [OpenRun] = []
    private(set) var asked = 0

    func set(nodes: [String]) { self.nodes = nodes }
    func set(gate: StartAnswer) { self.gate = gate }
    /// What happens while a late start waits for its answer.
    func set(meanwhile: @escaping @Sendable () -> Void) { self.meanwhile = meanwhile }
    /// What the next claims are answered: nothing decided, ask again after this long.
    func set(wait: Duration?) { self.wait = wait }

    /// Asked at each renewal; answers how far its clock is ahead of the node's machine's.
    func set(clock: @escaping @Sendable () -> Duration?) { self.clock = clock }
    func set(quarantine: Duration) { self.quarantine = quarantine }

    func mayStart(_ starts: [Start]) -> [StartAnswer] {
        asked += 1
        meanwhile()
        return starts.map { _ in gate }
    }
    func view() async -> SharedView {
        SharedView(nodes: nodes, clockOffset: clock?(), quarantine: quarantine, paused: await inner.pausedJobs())
    }
    func announce(zone: String) {}
    func fail(_ error: StoreError?) { failure = error }
    func fail(claims error: StoreError?) { claimFailure = error }
    func fail(renewals error: StoreError?) { renewalFailure = error }
    func claim(_ claims: [Claim], now: WallTime) async throws(StoreError) -> [ClaimAnswer] {
        if let failure = failure ?? claimFailure { throw failure }
        if let wait { return claims.map { _ in .later(wait) } }
        let marks = await inner.watermarks()
        var answers: [ClaimAnswer] = []
        for claim in claims {
            if let mark = marks[claim.run.job], let at = claim.run.occasion.fireTime, claim.first <= mark, mark < at {
                answers.append(.taken(watermark: mark))
            } else {
                answers += await inner.claim([claim], now: now)
            }
        }
        return answers
    }
    /// Another node has taken a run over, and ended it.
    func endElsewhere(_ attempt: Attempt, _ outcome: Outcome, at time: WallTime) async {
        _ = await inner.finish([
            Finish(run: attempt.run, attempt: attempt.number, fence: attempt.fence, outcome: outcome, at: time)
        ])
    }
    /// Another node has taken a run over: nothing here is asked about it any more.
    func lose(_ attempt: Attempt) { lost.insert(attempt.run) }
    /// Another node decides a fire time.
    func decideElsewhere(_ claim: Claim, now: WallTime) async { _ = await inner.claim([claim], now: now) }
    func renew(_ runs: [OpenRun], now: WallTime) async throws(StoreError) -> [OpenRun] {
        if let failure = failure ?? renewalFailure { throw failure }
        renewed = runs
        return await inner.renew(runs, now: now) + runs.filter { lost.contains($0.run) }
    }

    func open(bootID: String, now: WallTime) async -> LedgerOpening { await inner.open(bootID: bootID, now: now) }
    func watermarks() async -> [JobID: Instant] { await inner.watermarks() }
    func start(_ starts: [Start]) async { await inner.start(starts) }
    func finish(_ finishes: [Finish]) async -> [Bool] {
        let own = await inner.finish(finishes.filter { !lost.contains($0.run) })
        var answers = own[...]
        return finishes.map { lost.contains($0.run) ? false : answers.removeFirst() }
    }
    func skip(_ skips: [Skip], now: WallTime) async { await inner.skip(skips, now: now) }
    func sweep(now: WallTime) async -> [OpenRun] { await inner.sweep(now: now) }
    func assert(_ marks: [JobID: Instant]) async { await inner.assert(marks) }
    func rewind(marksAfter limit: Instant, to mark: Instant) async -> [JobID] { await inner.rewind(marksAfter: limit, to: mark) }
    func setPaused(_ isPaused: Bool, _ jobs: Set<JobID>) async { await inner.setPaused(isPaused, jobs) }
    func pausedJobs() async -> Set<JobID> { await inner.pausedJobs() }
    func retain(_ jobs: Set<JobID>, now: WallTime) async { await inner.retain(jobs, now: now) }
    func prune(_ retention: Retention, now: WallTime) async { await inner.prune(retention, now: now) }
    func history(of job: JobID, limit: Int) async -> [RunRecord] { await inner.history(of: job, limit: limit) }
    func record(of job: JobID, at fireTime: Instant) async -> RunRecord? { await inner.record(of: job, at: fireTime) }
    func close(now: WallTime) async { await inner.close(now: now) }
}
