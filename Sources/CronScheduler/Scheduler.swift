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
    private let waker: any Waker
    let ledger: any Ledger
    private let runner: any Runner
    let observer: any SchedulerObserver

    private var table = JobTable()
    /// Who shares the ledger, as last heard; empty where it is nobody else's.
    var nodes: [String] = []
    private var stagger = Stagger()
    /// Skips that follow a claim of the same pass and could not be written yet.
    private var owedSkips: [Skip] = []
    var running: [RunID: Attempt] = [:]
    private var runningByJob: [JobID: Int] = [:]
    private var clockWatch = ClockWatch()
    private let journal: OutcomeJournal
    private var turn = Turn()
    private var accepting = true
    private var outage: Outage?
    private var notBefore: WallTime?

    nonisolated public var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - executor: where this actor runs; an event loop, or a `ThreadExecutor` of its own.
    ///   - groupingDelay: awaited before outcomes are written, so that those of one moment share a commit.
    public init(
        executor: any SerialExecutor, clocks: any Clocks, waker: any Waker, ledger: any Ledger, runner: any Runner,
        observer: any SchedulerObserver, groupingDelay: @escaping @Sendable () async -> Void = {}
    ) {
        self.executor = executor
        self.clocks = clocks
        self.waker = waker
        self.ledger = ledger
        self.runner = runner
        self.observer = observer
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
        known.merge(watermarks) { own, _ in own }
        table = JobTable(jobs, watermarks: known, since: since)
        stagger.removeAll()
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

    /// Waits until every reported outcome is in the ledger.
    public func settle() async { await journal.settle() }

    private func nextDeadline() -> WallTime {
        let now = clocks.wall
        let longest = WallTime(nanoseconds: now.nanoseconds &+ Self.longestSleep.wholeNanoseconds)
        var next = table.queue.next.map(WallTime.init) ?? longest
        if let turn = stagger.next { next = min(next, turn) }
        if let notBefore { next = max(next, notBefore) }
        return min(next, longest)
    }

    private func observeClock() async {
        let now = clocks.wall
        guard let jump = clockWatch.observe(wall: now, monotonic: clocks.monotonic) else { return }
        observer.observe(.clockJumped(jump))
        guard jump < .zero else { return }
        let limit = now.instant + ClockWatch.farFuture
        guard table.rewind(marksAfter: limit, to: now.instant) else { return }
        do {
            observer.observe(.rewound(try await ledger.rewind(marksAfter: limit, to: now.instant)))
        } catch {
            storeFailed(error)
        }
    }

    // MARK: Firing

    /// What one pass decided, before it is in the ledger.
    private struct Pass {
        struct Advance {
            var index: Int
            var watermark: Instant
            var nextDue: Instant?
            var firstDue: Instant
        }
        var advances: [Advance] = []
        var claims: [Claim] = []
        /// Whose each claim is.
        var owners: [Int] = []
        var attempts: [Attempt] = []
        /// What comes before the claims of its job, and what comes after them: the watermark only moves forward.
        var missed: [Skip] = []
        var overlaps: [(owner: Int, skip: Skip)] = []
        var planned: [JobID: Int] = [:]
    }

    private func fireDue() async {
        let now = clocks.wall
        if let notBefore, now < notBefore, notBefore - now <= Self.longestSleep { return }
        notBefore = nil
        var pass = Pass()
        for waiting in stagger.take(upTo: now) { decide(waiting.index, dueAt: waiting.due, now: now, into: &pass) }
        while let (instant, indices) = table.queue.popGroup(through: now.instant) {
            for index in indices {
                if let turn = turn(of: table.jobs[index], due: instant), turn > now {
                    stagger.hold(index, due: instant, until: turn)
                } else {
                    decide(index, dueAt: instant, now: now, into: &pass)
                }
            }
        }
        guard !pass.advances.isEmpty || !owedSkips.isEmpty else { return }
        do {
            try await commit(pass, now: now)
        } catch {
            notBefore = WallTime(nanoseconds: now.nanoseconds &+ Self.storeRetry.wholeNanoseconds)
            if error.code != .settling { storeFailed(error) }
        }
    }

    /// Enters a pass in the ledger and starts what it won. What throws before the claims are answered leaves everything as it was.
    private func commit(_ pass: Pass, now: WallTime) async throws(StoreError) {
        let asked = clocks.monotonic
        var answers: [ClaimAnswer] = []
        do {
            try await writeOwedSkips(now: now)
            if !pass.missed.isEmpty { try await ledger.skip(pass.missed, now: now) }
            if !pass.claims.isEmpty { answers = try await ledger.claim(pass.claims, now: now) }
        } catch {
            for advance in pass.advances { table.queue.insert(advance.index, at: advance.firstDue) }
            throw error
        }
        let held = heldBack(pass, answers, now: now)
        advance(pass, holdingBack: held)
        storeWorks()
        report(pass.missed)
        await start(pass.attempts, pass.claims, answers, asked)
        owedSkips += pass.overlaps.filter { held[$0.owner] == nil }.map(\.skip)
        try await writeOwedSkips(now: now)
    }

    private func writeOwedSkips(now: WallTime) async throws(StoreError) {
        guard !owedSkips.isEmpty else { return }
        let skips = owedSkips
        try await ledger.skip(skips, now: now)
        owedSkips.removeFirst(skips.count)
        report(skips)
    }

    private func decide(_ index: Int, dueAt instant: Instant, now: WallTime, into pass: inout Pass) {
        let job = table.jobs[index], watermark = table.watermarks[index]
        let decision = Planner.decide(job, after: watermark, now: now)
        pass.advances.append(.init(index: index, watermark: decision.watermark, nextDue: decision.next.map(job.dueTime), firstDue: instant))
        if let missed = decision.missed {
            pass.missed.append(Skip(job.id, missed, .missed(missed.count), since: watermark))
        }
        for range in decision.starts {
            let count = runningByJob[job.id, default: 0] + pass.planned[job.id, default: 0]
            if count >= job.settings.values.concurrencyLimit {
                pass.overlaps.append((index, Skip(job.id, range, .skipped(.overlap), since: watermark)))
                continue
            }
            let late = now - WallTime(job.dueTime(of: range.last)) > Planner.punctuality
            pass.claims.append(
                Claim(
                    run: RunID(job: job.id, .scheduled(range.last)), trigger: late ? .catchUp : .scheduled, first: range.first,
                    count: range.count, since: watermark, startDeadline: job.startDeadline(of: range),
                    concurrencyLimit: job.settings.values.concurrencyLimit))
            pass.owners.append(index)
            pass.attempts.append(Attempt(job, range, late: late))
            pass.planned[job.id, default: 0] += 1
        }
    }

    /// The jobs about which a shared store decided nothing yet, or others a part, each with the first fire time that is still open. Nothing is
    /// asked again before the store wants it.
    private func heldBack(_ pass: Pass, _ answers: [ClaimAnswer], now: WallTime) -> [Int: Instant] {
        var held: [Int: Instant] = [:], longest: Duration?
        for (index, answer) in answers.enumerated() where index < pass.owners.count {
            let owner = pass.owners[index], claim = pass.claims[index]
            switch answer {
            case .later(let wait):
                held[owner] = min(held[owner] ?? claim.first, claim.first)
                longest = max(longest ?? .zero, wait)
            case .taken(let mark) where claim.isDecidedInPart(by: mark): held[owner] = table.jobs[owner].nextFireTime(after: mark)
            default: break
            }
        }
        if let longest {
            let wait = min(max(longest, .milliseconds(1)), Self.longestSleep)
            notBefore = WallTime(nanoseconds: now.nanoseconds &+ wait.wholeNanoseconds)
        }
        return held
    }

    private func advance(_ pass: Pass, holdingBack held: [Int: Instant]) {
        for advance in pass.advances {
            if let first = held[advance.index] {
                table.setWatermark(max(table.watermarks[advance.index], Instant(first.seconds &- 1)), of: advance.index)
                table.queue.insert(advance.index, at: table.jobs[advance.index].dueTime(of: first))
                continue
            }
            table.setWatermark(advance.watermark, of: advance.index)
            if let due = advance.nextDue { table.queue.insert(advance.index, at: due) }
        }
    }

    private func start(_ candidates: [Attempt], _ claims: [Claim], _ answers: [ClaimAnswer], _ asked: MonotonicTime) async {
        var winners: [Attempt] = []
        let gate = gate(askedAt: asked)
        for ((candidate, claim), answer) in zip(zip(candidates, claims), answers) {
            let range = FireRange(first: claim.first, last: candidate.scheduledAt, count: claim.count)
            switch answer {
            case .won(let fence):
                var attempt = candidate
                attempt.fence = fence
                attempt.gate = gate
                winners.append(attempt)
                enter(attempt)
            case .taken(let mark): if !claim.isDecidedInPart(by: mark) { observer.observe(.taken(candidate.run)) }
            case .later: break
            case .skipped(let reason): observer.observe(.skipped(candidate.run.job, range, reason))
            case .late: observer.observe(.missed(candidate.run.job, range))
            case .unconfirmed: observer.observe(.unconfirmed(candidate.run))
            }
        }
        if !winners.isEmpty { await runner.start(winners, reportingTo: self) }
    }

    /// Starts every `@reboot` job of the table, once per incarnation of the service.
    public func fireStartup(incarnation: Int64) async {
        await turn.take()
        defer { turn.give() }
        let now = clocks.wall
        let attempts = table.jobs.filter { $0.timing == .startup }.map { Attempt(startup: $0, incarnation: incarnation, now: now) }
        let claims = attempts.map { Claim(run: $0.run, trigger: .startup, first: now.instant, since: now.instant) }
        guard !claims.isEmpty else { return }
        let asked = clocks.monotonic
        do {
            await start(attempts, claims, try await ledger.claim(claims, now: now), asked)
        } catch {
            storeFailed(error)
        }
    }

    /// Counts an attempt of an earlier life, which somebody watches, among the running ones; its finish event is reported here.
    public func adopt(_ attempt: Attempt) { enter(attempt) }

    private func enter(_ attempt: Attempt) {
        running[attempt.run] = attempt
        runningByJob[attempt.run.job, default: 0] += 1
    }

    private func leave(_ run: RunID) -> Attempt? {
        guard let attempt = running.removeValue(forKey: run) else { return nil }
        let left = runningByJob[run.job, default: 1] - 1
        runningByJob[run.job] = left > 0 ? left : nil
        return attempt
    }

    // MARK: Store and reports

    func storeFailed(_ error: StoreError) {
        let now = clocks.monotonic
        guard outage != nil else {
            outage = Outage(error, now: now)
            return observer.observe(.storeFailed(error))
        }
        if let event = outage?.note(error, now: now) { observer.observe(event) }
    }

    /// A claim succeeded. The store works again once the outcomes that waited are written, too.
    func storeWorks() {
        guard outage != nil else { return }
        if journal.isBehind {
            Task { await writeJournal(claimsWork: true) }
        } else {
            recover()
        }
    }

    private func recover() {
        guard let outage else { return }
        self.outage = nil
        observer.observe(.storeRecovered(after: outage.length(clocks.monotonic)))
    }

    private func report(_ skips: [Skip]) {
        for skip in skips {
            let range = FireRange(first: skip.first, last: skip.last, count: skip.count)
            switch skip.outcome {
            case .skipped(let reason): observer.observe(.skipped(skip.job, range, reason))
            default: observer.observe(.missed(skip.job, range))
            }
        }
    }
}

extension Scheduler: RunReporter {
    public func report(_ events: [RunEvent]) async {
        var events = events
        for (index, event) in events.enumerated() {
            switch event {
            case .started(let start):
                guard let attempt = running[start.run] else { continue }
                observer.observe(.started(attempt, start))
            case .finished(var finish):
                guard let attempt = leave(finish.run) else { continue }
                // A shared ledger may have renewed the attempt under another fence while it ran.
                finish.fence = max(finish.fence, attempt.fence)
                events[index] = .finished(finish)
                observer.observe(.finished(attempt, finish))
            }
        }
        journal.note(events)
        // Not awaited: whoever reports must not wait for the store.
        Task { await writeJournal() }
    }

    private func writeJournal(claimsWork: Bool = false) async {
        if let error = await journal.write() { return storeFailed(error) }
        if claimsWork, !journal.isBehind { recover() }
    }
}

extension Skip {
    fileprivate init(_ job: JobID, _ range: FireRange, _ outcome: Outcome, since: Instant) {
        self.init(job: job, first: range.first, last: range.last, count: range.count, outcome: outcome, since: since)
    }
}
