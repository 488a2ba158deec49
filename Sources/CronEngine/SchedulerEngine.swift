public import CronExpressions
public import CronJobs

// The scheduler: what is due, and may it start? What is to be done is decided by `SchedulerMachine`, a value; this actor tells it what happens,
// does what it wants, and hands it the answers.
//
//    sleep until the next wake-up ─▶ event ─▶ SchedulerMachine ─▶ effects ─▶ ledger, runner, observer
//         ▲                           ▲                                        │ answers
//         └── nothing left to do ─────┴────────────────────────────────────────┘
//
// The loop, a new table, the service's start and its end exclude each other (`lock`): the table never changes under a decision. What a runner
// reports and other nodes say comes in at any time.

/// Starts jobs when they are due. The only place of this floor with effects; everything it needs of the world is handed in.
public actor SchedulerEngine {
    private let executor: any SerialExecutor
    private let clocks: any Clocks
    private let waker: any Waker
    private let ledger: any Ledger
    private let questions: LedgerQuestions
    private let runner: any Runner
    private let observer: any SchedulerObserver
    private let load: (any LoadMeter)?
    private let claimsAhead: Duration
    private let groupingDelay: @Sendable () async -> Void
    private let asking: @Sendable () -> @Sendable () -> Void

    private(set) var machine: SchedulerMachine
    private let lock = ActorLock()
    private var answers: [RunOrder: RunAnswer] = [:]
    private var cancelAnswers: [CancelOrder: CancelAnswer] = [:]
    private var lastCancel = 0
    private var isHalted = false
    private var early = EarlyEndings()
    /// Carries outcomes to the ledger, beside all else.
    private var writer: Task<Void, Never>?

    nonisolated public var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - executor: where this actor runs; an event loop, or a `ThreadExecutor` of its own.
    ///   - claimsAhead: how long before their fire time jobs may be claimed, so that they start on time; only for a ledger of this scheduler
    ///     alone.
    ///   - maxRunning: how many runs may go at once; what is more waits in order within its grace. Nil leaves that to the runner.
    ///   - leavesRetries: further attempts are for other nodes to begin.
    ///   - load: asked for jobs with a `loadGate`; without one their gates are open.
    ///   - longestSleep: after so long it looks at the clock, whatever the waker says; nil is as long as is usual.
    ///   - asking: told when the ledger is asked; what it answers is told when the ledger has answered.
    ///   - groupingDelay: awaited before outcomes are written, so that those of one moment share a commit.
    public init(
        executor: any SerialExecutor, clocks: any Clocks, waker: any Waker, ledger: any Ledger, runner: any Runner,
        observer: any SchedulerObserver, claimsAhead: Duration = .zero, maxRunning: Int? = nil, leavesRetries: Bool = false,
        load: (any LoadMeter)? = nil, longestSleep: Duration? = nil, asking: @escaping @Sendable () -> @Sendable () -> Void = { {} },
        groupingDelay: @escaping @Sendable () async -> Void = {}
    ) {
        self.executor = executor
        self.clocks = clocks
        self.waker = waker
        self.ledger = ledger
        questions = LedgerQuestions(ledger: ledger, runner: runner)
        self.runner = runner
        self.observer = observer
        self.load = load
        self.claimsAhead = claimsAhead
        self.groupingDelay = groupingDelay
        self.asking = asking
        machine = SchedulerMachine(
            node: ledger.shared?.node, claimsAhead: claimsAhead, maxRunning: maxRunning, leavesRetries: leavesRetries,
            longestSleep: longestSleep, lease: ledger.shared?.leaseDuration)
    }

    // MARK: What happens

    /// Fires jobs until the task is cancelled, or `stop()` or `halt()` is called.
    public func run() async {
        isHalted = false
        while isRunning, !isHalted, !Task.isCancelled {
            await lock.take()
            await tell(.time)
            let deadline = machine.nextWake(clocks.wall)
            lock.give()
            guard isRunning, !isHalted else { break }
            await waker.sleep(until: deadline)
        }
    }

    /// `run()` returns once what it does now is done. It may be called again.
    public func halt() {
        isHalted = true
        waker.poke()
    }

    private var isRunning: Bool { machine.situation.stage == .running }

    /// Replaces the table. Jobs that are still there keep their state; running ones are not disturbed.
    ///
    /// - Parameters:
    ///   - watermarks: of jobs that the ledger knows and this scheduler does not yet.
    ///   - since: where a job that nobody knows begins: fire times up to it are not its own.
    public func replaceTable(_ jobs: [Job], watermarks: [JobID: Instant] = [:], since: Instant) async -> TableDifference {
        await lock.take()
        defer { lock.give() }
        let difference = machine.agenda.table.difference(to: jobs)
        await tell(
            .tableReplaced(.init(jobs: jobs, rescheduled: difference.rescheduled, watermarks: watermarks, since: since)))
        return difference
    }

    /// Adds jobs that no table has, in place of those of their ids, each with where it stands, and takes others out. They stay when the table is
    /// replaced; what runs is not disturbed.
    ///
    /// - Parameter askers: who asked for them, in words, as their runs' records are to say.
    public func changeStored(
        adding new: [(job: Job, watermark: Instant)], removing old: [JobID] = [], askedBy askers: [JobID: String] = [:]
    ) async {
        await changeStored(keeping: new.map { (WholeJob($0.job), $0.watermark) }, removing: old, askedBy: askers)
    }

    /// The same with jobs in a form of their keeper's.
    public func changeStored(
        keeping new: [(job: any KeptJob, watermark: Instant)], removing old: [JobID] = [], askedBy askers: [JobID: String] = [:]
    ) async {
        await lock.take()
        defer { lock.give() }
        await tell(.storedChanged(added: new, removed: old, askedBy: askers))
    }

    /// Starts every `@reboot` job of the table, once per incarnation of the service; where the store fails, as soon as it works again.
    public func fireStartup(incarnation: Int64) async {
        await lock.take()
        defer { lock.give() }
        await tell(.serviceStarted(incarnation))
    }

    /// Starts nothing more. Running attempts go on; their outcomes are still recorded.
    public func stop() async { await tell(.stop) }

    /// Waits until every decision and reported outcome is in the ledger, or cannot be.
    public func settle() async {
        await lock.take()
        defer { lock.give() }
        await tell(.settle)
    }

    /// Waits until what was reported before is in the ledger, or cannot be now. A store that is slow is waited for: by whoever has a limit.
    public func catchUp() async {
        // What is being written, and what came in meanwhile.
        for _ in 0..<2 {
            guard machine.situation.outcomes.isBusy, let writer else { return }
            await writer.value
        }
    }

    /// Whether an attempt that the ledger handed over under a new fence runs here already: then it goes on under that fence.
    public func keeps(_ open: OpenRun) -> Bool { machine.keeps(open) }

    /// Counts an attempt of an earlier life, which somebody watches, among the running ones; its finish event is reported here.
    public func adopt(_ attempt: Attempt) async { await tell(.adopted(attempt)) }

    /// Ends an attempt whose owner is gone, adopted or not, and tries the run again where that was asked for and is not too late.
    public func interrupt(_ open: OpenRun, job: Job?) async { await tell(.interrupted(open, job)) }

    /// Renews the leases of what runs here and hears who else is there. To be called every `renewalInterval` of a shared ledger, also when
    /// nothing runs: the other nodes know of this one by it.
    public func keepLeases() async { await tell(.leasesDue) }

    /// Finds in the history what is to be tried again and nobody does: after a start, and when another node has gone.
    ///
    /// - Parameter ofWorkers: only for jobs that workers run, who leave further attempts to the nodes that claim.
    public func findRetries(ofWorkers: Bool = false) async { await tell(.retriesWanted(ofWorkers: ofWorkers)) }

    /// Sends an attempt to workers again that has no owner any more but us; `job` is the table's, if that has it.
    public func takeOver(_ open: OpenRun, job: Job?) async { await tell(.takenOver(open, job)) }

    /// Starts a run of a job that somebody wants now. Answered once that is decided, long before it has ended.
    public func run(_ order: RunOrder) async -> RunAnswer {
        await lock.take()
        defer { lock.give() }
        await tell(.runWanted(order))
        return answers.removeValue(forKey: order) ?? .refused(.ending)
    }

    /// Ends a run, wherever it is. Answered once it is known who ends it, before it has ended.
    public func cancel(_ run: RunID, by: String) async -> CancelAnswer {
        lastCancel += 1
        let order = CancelOrder(run, by: by, number: lastCancel)
        // What is here is ended at once, whatever a slow store is asked meanwhile.
        if machine.has(run) {
            await tell(.cancelWanted(order))
        } else {
            await lock.take()
            await tell(.cancelWanted(order))
            lock.give()
        }
        return cancelAnswers.removeValue(forKey: order) ?? .refused(.unknownRun)
    }

    private func tell(_ event: SchedulerMachine.Event) async { await perform(machine.handle(event, at: moment)) }

    private var moment: Moment { Moment(wall: clocks.wall, monotonic: clocks.monotonic) }
}

extension SchedulerEngine: RunReporter {
    public func report(_ events: [RunEvent]) async {
        early.forget(events)
        await tell(.reported(events))
    }
}

// MARK: - What is done

extension SchedulerEngine {
    /// Performs effects in order, each with what follows from its answer.
    private func perform(_ effects: [SchedulerMachine.Effect]) async {
        var left = effects[...]
        while let effect = left.popFirst() {
            guard let answer = await perform(effect) else { continue }
            let following = machine.handle(.answered(answer), at: moment)
            if !following.isEmpty { left = (following + left)[...] }
        }
    }

    private func perform(_ effect: SchedulerMachine.Effect) async -> SchedulerMachine.Answer? {
        switch effect {
        case .start(let attempts, let time, let asked):
            await waker.reach(time, clocks, within: claimsAhead)
            await start(attempts, asked)
            return .handedOver
        case .awaitOutcomes:
            while machine.situation.outcomes.isBusy, let writer { await writer.value }
            return .outcomesSettled
        case .askPeers:
            guard let shared = ledger.shared else { return nil }
            return .heard(await shared.view())
        case .ask(let question):
            let answered = asking()
            defer { answered() }
            do { return try await questions.answer(question) } catch { return .failed(error, question.call) }
        default:
            await performUnanswered(effect)
            return nil
        }
    }

    /// What has no answer, or one that comes later.
    private func performUnanswered(_ effect: SchedulerMachine.Effect) async {
        switch effect {
        case .tell(let events): for event in events { observer.observe(event) }
        case .recorded(let finishes): observer.recorded(finishes)
        case .wake: waker.poke()
        case .release(let attempts, let time, let asked):
            guard clocks.wall < time else { return await start(attempts, asked) }
            Task {
                await waker.reach(time, clocks, within: claimsAhead)
                await start(attempts, asked)
            }
        case .cancel(let runs, let ending):
            let heard = await runner.cancel(Set(runs), as: ending, killAfter: nil)
            early.keep(runs.filter { !heard.contains($0) && machine.has($0) }, as: ending)
        case .letGo(let runs): await runner.letGo(Set(runs))
        case .answer(let order, let answer): answers[order] = answer
        case .answerCancel(let order, let answer): cancelAnswers[order] = answer
        case .readLoad: Task { await tell(.loadRead(await load?.read() ?? [:])) }
        case .gatherOutcomes:
            writer = Task {
                await groupingDelay()
                await tell(.answered(.outcomesGathered))
            }
        case .start, .awaitOutcomes, .askPeers, .ask: break
        }
    }

    private func start(_ attempts: [Attempt], _ asked: MonotonicTime?) async {
        var attempts = attempts
        if let gate = asked.flatMap({ StartGate(askedAt: $0, of: ledger, clocks) }) {
            for index in attempts.indices { attempts[index].gate = gate }
        }
        await runner.start(attempts, reportingTo: self)
        for (run, ending) in early.take(of: attempts) { await runner.cancel([run], as: ending, killAfter: nil) }
    }
}
