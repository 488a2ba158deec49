// tidy: helper
import CronExpressions
import CronJobs
import CronEngine
import CronTesting
import LinuxEvents
import Synchronization

/// A scheduler on manual clocks over a memory ledger, with everything it does recorded.
struct Fixture {
    let clocks: ManualClocks
    let waker: ManualWaker
    let ledger: BreakableLedger
    let runner: RecordingRunner
    let observer = RecordingObserver()
    let scheduler: SchedulerEngine
    private let executor = ThreadExecutor()

    /// The clock stands at 2027-01-01T00:00:30Z.
    static let start = Instant(1_798_761_630)

    init(
        at instant: Instant = Fixture.start, ledger: BreakableLedger = BreakableLedger(), claimsAhead: Duration = .zero,
        maxRunning: Int? = nil, load: (any LoadMeter)? = nil
    ) async throws {
        clocks = ManualClocks(wall: WallTime(instant))
        waker = ManualWaker(clocks)
        self.ledger = ledger
        runner = RecordingRunner(clocks: clocks)
        scheduler = SchedulerEngine(
            executor: executor, clocks: clocks, waker: waker, ledger: ledger, runner: runner, observer: observer,
            claimsAhead: claimsAhead, maxRunning: maxRunning, load: load)
        _ = try await ledger.open(bootID: "boot", now: clocks.wall)
    }

    /// Runs the scheduler while `body` does, then ends it.
    func running(_ body: () async throws -> Void) async throws {
        let task = Task { [scheduler] in await scheduler.run() }
        _ = await waker.waitUntilAsleep()
        try await body()
        await scheduler.stop()
        await task.value
    }

    func advance(_ seconds: Int64) async {
        clocks.advance(by: .seconds(seconds))
        _ = await waker.waitUntilAsleep()
    }

    /// 2027-01-01T01:00:00Z
    static let hour = Instant(1_798_765_200)

    static func every(_ name: String, _ seconds: Int64, _ change: (inout JobPolicies.Values) -> Void = { _ in }) throws -> Job {
        var values = JobPolicies.Values()
        change(&values)
        guard let schedule = IntervalSchedule(every: seconds) else { throw StoreError(.unavailable, "a bad interval in the test") }
        return Job(
            id: JobID(name), timing: .other(AnySchedule(schedule)), command: Command(text: "true"), policies: JobPolicies(values))
    }

    static func job(_ name: String, _ expression: String, _ change: (inout JobPolicies.Values) -> Void = { _ in }) throws -> Job {
        var values = JobPolicies.Values()
        change(&values)
        return Job(
            id: JobID(name), timing: .cron(try CronExpression(expression).schedule(in: .utc)), command: Command(text: "true"),
            policies: JobPolicies(values))
    }
}

final class RecordingObserver: SchedulerObserver {
    private let recorded = Mutex<[String]>([])

    var events: [String] { recorded.withLock { $0 } }

    func observe(_ event: SchedulerEvent) {
        let text =
            switch event {
            case .started(let attempt, _): "started \(attempt.run)"
            case .finished(let attempt, let finish): "finished \(attempt.run) \(finish.outcome)"
            case .overtaken(let attempt, let finish): "overtaken \(attempt.run) \(finish.outcome)"
            case .missed(let job, let range): "missed \(job) \(range.first.seconds)-\(range.last.seconds) \(range.count)"
            case .skipped(let job, let range, let reason): "skipped \(job) \(range.last.seconds) \(reason.rawValue)"
            case .taken(let run): "taken \(run)"
            case .unconfirmed(let run): "unconfirmed \(run)"
            case .leasesLost(let runs): "leases lost \(runs.map(\.description).sorted().joined(separator: ","))"
            case .retryScheduled(let run, let number, let due): "retry \(run) \(number) at \(due.instant.seconds)"
            case .retryTooLate(let run, let number): "too late \(run) \(number)"
            case .startedFromMemory(let runs): "from memory \(runs.map(\.description).joined(separator: ","))"
            case .decisionsLost(let count): "lost \(count)"
            case .alsoElsewhere(let run): "elsewhere \(run)"
            case .storeFailed(let error, let jobsWait): "store failed \(error.code)\(jobsWait ? "" : ", jobs go on")"
            case .storeStillFails(_, let length, _): "store still fails \(length.wholeSeconds)"
            case .storeRecovered: "store recovered"
            case .clockJumped(let jump, _): "jumped \(jump.wholeSeconds)"
            case .clocksDiffer(let difference): "clocks differ \(difference.wholeSeconds)"
            case .storeInQuarantine(let length): "quarantine \(length.wholeSeconds)"
            case .runAsked(let run, let by, _): "asked for \(run) by \(by)"
            case .cancelAsked(let run, let by): "cancel \(run) by \(by)"
            case .waits(let attempt, let reason): "waits \(attempt.run) \(reason)"
            case .overlapBegan(let job, let going): "overlap \(job) \(going)"
            case .overlapEnded(let job, let length, let count): "overlap over \(job) \(length.wholeSeconds) \(count)"
            case .loadUnknown(let resource): "no load of \(resource)"
            case .handedOver(let run, let node): "handed over \(run) \(node)"
            case .rewound(let jobs): "rewound \(jobs.map(\.description).sorted().joined(separator: ","))"
            }
        recorded.withLock { $0.append(text) }
        if case .clockJumped(_, let resumes?) = event { recorded.withLock { $0.append("resumes \(resumes.instant.seconds)") } }
    }
}

/// A memory ledger that can be made to fail.
actor BreakableLedger: Ledger, RequestStore {
    private let inner = MemoryLedger()
    private var failure: StoreError?

    func fail(_ error: StoreError?) { failure = error }

    private func check() throws(StoreError) { if let failure { throw failure } }

    func open(bootID: String, now: WallTime) async throws(StoreError) -> LedgerOpening { await inner.open(bootID: bootID, now: now) }
    func watermarks() async throws(StoreError) -> [JobID: Instant] { await inner.watermarks() }
    func claim(_ claims: [Claim], now: WallTime) async throws(StoreError) -> [ClaimAnswer] {
        try check()
        return await inner.claim(claims, now: now)
    }
    func start(_ starts: [Start]) async throws(StoreError) {
        try check()
        await inner.start(starts)
    }
    func renew(_ runs: [OpenRun], now: WallTime) async throws(StoreError) -> [OpenRun] { await inner.renew(runs, now: now) }
    func finish(_ finishes: [Finish]) async throws(StoreError) -> [Bool] {
        try check()
        return await inner.finish(finishes)
    }
    func skip(_ skips: [Skip], now: WallTime) async throws(StoreError) {
        try check()
        await inner.skip(skips, now: now)
    }
    func sweep(now: WallTime) async throws(StoreError) -> [OpenRun] { await inner.sweep(now: now) }
    func assert(_ marks: [JobID: Instant]) async throws(StoreError) { await inner.assert(marks) }
    func rewind(marksAfter limit: Instant, to mark: Instant) async throws(StoreError) -> [JobID] {
        await inner.rewind(marksAfter: limit, to: mark)
    }
    func setPaused(_ isPaused: Bool, _ jobs: Set<JobID>) async throws(StoreError) { await inner.setPaused(isPaused, jobs) }
    func pausedJobs() async throws(StoreError) -> Set<JobID> { await inner.pausedJobs() }
    func retain(_ jobs: Set<JobID>, now: WallTime) async throws(StoreError) { await inner.retain(jobs, now: now) }
    func prune(_ retention: Retention, now: WallTime) async throws(StoreError) { await inner.prune(retention, now: now) }
    func history(of job: JobID, limit: Int) async throws(StoreError) -> [RunRecord] { await inner.history(of: job, limit: limit) }
    func record(of job: JobID, at fireTime: Instant) async throws(StoreError) -> RunRecord? {
        await inner.record(of: job, at: fireTime)
    }
    func close(now: WallTime) async { await inner.close(now: now) }
    func request(_ kind: RunRequest.Kind, of run: RunID, by: String, now: WallTime) async throws(StoreError) -> Bool {
        try check()
        return await inner.request(kind, of: run, by: by, now: now)
    }
    func renewal(of runs: [OpenRun], now: WallTime) async throws(StoreError) -> Renewal {
        try await inner.renewal(of: runs, now: now)
    }
}
