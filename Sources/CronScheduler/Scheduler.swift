public import CronExpressions
public import CronJobs

// The scheduler: what is due, and may it start?
//
// One loop: look at the clock, take what is due, decide (Planner, pure), enter the decisions in the ledger, and only then hand the winners to
// the runner. The order is the promise: a fire time that was claimed and not started is a visible loss; one that was started and not claimed
// could start twice.
//
//    sleep until min(next due, 15 s) ─▶ due ─▶ decide ─▶ skip + claim (durable) ─▶ runner.start
//         ▲                                                │ the store failed: nothing starts,
//         └────────────────────────────────────────────────┘ watermarks stay, tried again
//
// Invariants
//  * A job is out of the queue while its fire times are being decided, and comes back when its next fire time is due, or at the same place
//    where the store failed.
//  * `running` holds exactly the attempts that were handed to the runner (or adopted) and have no finish event yet.
//  * The loop and a reload exclude each other (`turn`): the table never changes under a decision.

/// Starts jobs when they are due. The only place of this floor with effects; everything it needs of the world is handed in.
public actor Scheduler {
    /// Longest sleep: suspend, a late timer and a wrong clock are noticed after this at the latest.
    static let longestSleep = Duration.seconds(15)
    static let storeRetry = Duration.seconds(1)

    private let executor: any SerialExecutor
    let clocks: any Clocks
    let waker: any Waker
    let ledger: any Ledger
    let runner: any Runner
    let observer: any SchedulerObserver

    var table = JobTable()
    /// Who shares the ledger, as last heard; empty where it is nobody else's.
    var nodes: [String] = []
    /// The paused jobs, as last heard from a ledger that is shared: what is decided without it heeds them.
    var paused: Set<JobID> = []
    var stagger = Stagger()
    /// What was decided and is not in the ledger yet.
    var owed = OwedDecisions()
    var retries = RetryQueue()
    /// `@reboot` jobs that the store could not be asked about yet.
    var startups: [Startup] = []
    var running: [RunID: Attempt] = [:]
    var runningByJob: [JobID: Int] = [:]
    private(set) var clockWatch = ClockWatch()
    var clockDifference = ClockDifference()
    /// Runs that go on here and whose lost lease was told.
    var saidLost: Set<RunID> = []
    /// It was said that the store is in quarantine.
    var saidQuarantine = false
    var lead: Lead
    let journal: OutcomeJournal
    let turn = Turn()
    private(set) var accepting = true
    var outage: Outage?
    /// The store is not asked before.
    var notBefore: WallTime?
    /// After an outage the node that ran a job from memory is heard first; until then the others leave such jobs alone.
    var quietUntil: WallTime?

    nonisolated public var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - executor: where this actor runs; an event loop, or a `ThreadExecutor` of its own.
    ///   - claimsAhead: how long before their fire time jobs may be claimed, so that they start on time; only for a ledger of this scheduler
    ///     alone.
    ///   - groupingDelay: awaited before outcomes are written, so that those of one moment share a commit.
    public init(
        executor: any SerialExecutor, clocks: any Clocks, waker: any Waker, ledger: any Ledger, runner: any Runner,
        observer: any SchedulerObserver, claimsAhead: Duration = .zero, groupingDelay: @escaping @Sendable () async -> Void = {}
    ) {
        self.executor = executor
        self.clocks = clocks
        self.waker = waker
        self.ledger = ledger
        self.runner = runner
        self.observer = observer
        lead = Lead(longest: claimsAhead)
        journal = OutcomeJournal(ledger: ledger, groupingDelay: groupingDelay)
    }

    // MARK: Table

    /// Replaces the table. Jobs that are still there keep their state; running ones are not disturbed.
    ///
    /// - Parameters:
    ///   - watermarks: of jobs that the ledger knows and this scheduler does not yet.
    ///   - since: where a job that nobody knows begins: fire times up to it are not its own.
    public func replaceTable(_ jobs: [Job], watermarks: [JobID: Instant] = [:], since: Instant) async -> TableDifference {
        await turn.take()
        defer { turn.give() }
        let difference = table.difference(to: jobs)
        var known = table.knownWatermarks()
        // A changed schedule counts from the edit on: nothing is caught up with that the old one never named.
        for id in difference.rescheduled { known[id] = max(known[id] ?? since, since) }
        known.merge(watermarks) { own, _ in own }
        table = JobTable(jobs, watermarks: known, since: since)
        stagger.removeAll()
        await rewindMarks(clocks.wall)
        waker.poke()
        return difference
    }

    /// The first fire time that a job of the table waits for.
    public func nextFireTime(of id: JobID) -> Instant? {
        guard let index = table.jobs.firstIndex(where: { $0.id == id }) else { return nil }
        return table.jobs[index].nextFireTime(after: table.watermarks[index])
    }

    public var jobs: [Job] { table.jobs }
    public var runningCount: Int { running.count }
    public var runningRuns: [RunID] { Array(running.keys) }
    public var nextWake: Instant? { table.queue.next }
    public var storeIsDown: Bool { outage != nil }

    // MARK: Loop

    /// Fires jobs until the task is cancelled or `stop()` is called.
    public func run() async {
        while accepting, !Task.isCancelled {
            await turn.take()
            await observeClock()
            await fireDue()
            if accepting { await fireRetries() }
            if accepting { await fireStartups() }
            let deadline = nextDeadline()
            turn.give()
            guard accepting else { break }
            await waker.sleep(until: deadline)
        }
    }

    /// Starts nothing more. Running attempts go on; their outcomes are still recorded.
    public func stop() {
        accepting = false
        waker.poke()
    }

    /// Waits until every decision and reported outcome is in the ledger, or cannot be.
    public func settle() async {
        await turn.take()
        try? await writeOwed(now: clocks.wall)
        if !accepting, !owed.isEmpty { observer.observe(.decisionsLost(owed.count)) }
        turn.give()
        await journal.settle()
    }

    private func nextDeadline() -> WallTime {
        let now = clocks.wall
        let longest = WallTime(nanoseconds: now.nanoseconds &+ Self.longestSleep.wholeNanoseconds)
        var next = table.queue.next.map(lead.wake) ?? longest
        if let turn = stagger.next { next = min(next, turn) }
        if let retry = retries.next { next = min(next, retry) }
        if !owed.isEmpty || !startups.isEmpty {
            next = min(next, WallTime(nanoseconds: now.nanoseconds &+ Self.storeRetry.wholeNanoseconds))
        }
        if let notBefore { next = max(next, notBefore) }
        return min(next, longest)
    }

    private func observeClock() async {
        let now = clocks.wall
        guard let jump = clockWatch.observe(wall: now, monotonic: clocks.monotonic) else { return }
        quietUntil = nil
        let waits = jump < .zero && jump >= .seconds(-ClockWatch.farFuture)
        observer.observe(.clockJumped(jump, resumes: waits ? WallTime(nanoseconds: now.nanoseconds &- jump.wholeNanoseconds) : nil))
        if jump < .zero { await rewindMarks(now) }
    }

    /// Sets back the marks that a clock which was far ahead has left, in this life or an earlier one.
    private func rewindMarks(_ now: WallTime) async {
        let limit = now.instant + ClockWatch.farFuture
        guard table.rewind(marksAfter: limit, to: now.instant) else { return }
        do {
            observer.observe(.rewound(try await ledger.rewind(marksAfter: limit, to: now.instant)))
        } catch {
            storeFailed(error, in: .look)
        }
    }

    /// Counts an attempt of an earlier life, which somebody watches, among the running ones; its finish event is reported here.
    public func adopt(_ attempt: Attempt) { enter(attempt) }

    func enter(_ attempt: Attempt) {
        running[attempt.run] = attempt
        runningByJob[attempt.run.job, default: 0] += 1
    }

    func leave(_ run: RunID) -> Attempt? {
        guard let attempt = running.removeValue(forKey: run) else { return nil }
        saidLost.remove(run)
        let left = runningByJob[run.job, default: 1] - 1
        runningByJob[run.job] = left > 0 ? left : nil
        return attempt
    }
}
