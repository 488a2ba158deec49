// tidy: helper
import CronExpressions
import CronJobs
import Testing

@testable import CronEngine

/// Drives a machine over a model of the ledger, as the scheduler does over a real one, and keeps what it did. No actor, no waiting.
struct MachineDriver {
    var machine: SchedulerMachine
    var now: Moment
    var ledger = PlainLedger()
    /// Which calls of the ledger fail, and how.
    var failure: (StoreError, Set<Outage.Call>)?
    /// What claims are answered: nothing decided, ask again after this long.
    var wait: Duration?
    /// How far the store's clock is behind: it decides nothing about what comes later by that.
    var storeIsBehind = Duration.zero
    var view: SharedView?
    /// Called before each question is put: whatever happens in the meantime.
    var meanwhile: (inout MachineDriver) -> Void = { _ in }
    /// What the ledger was asked.
    var questions: [String] = []
    private(set) var told: [SchedulerEvent] = []
    private(set) var started: [Attempt] = []
    private(set) var going: [Attempt] = []
    /// When what started had been asked for; what did without the store is not in it.
    private(set) var asked: [RunID: MonotonicTime] = [:]
    private(set) var isGathering = false
    /// What the runner was asked to end, and as what.
    private(set) var endings: [RunID: RunEnding] = [:]
    private(set) var answers: [RunAnswer] = []
    private(set) var cancelAnswers: [CancelAnswer] = []
    /// What the ledger answers whoever asks for the end of a run.
    var isOpenElsewhere = false
    /// What is read of the machine's load; nil keeps whoever asks waiting.
    var load: [LoadGate.Resource: Double]? = [:]
    private(set) var hasAskedForLoad = false
    private(set) var readings = 0
    /// What the next renewal answers.
    var renewal = Renewal()

    init(node: String? = nil, claimsAhead: Duration = .zero, maxRunning: Int? = nil, at instant: Instant = Fixture.start) {
        machine = SchedulerMachine(node: node, claimsAhead: claimsAhead, maxRunning: maxRunning)
        now = Moment(wall: WallTime(instant), monotonic: MonotonicTime(nanoseconds: 0))
    }

    static let unavailable = StoreError(.unavailable, "gone")

    mutating func handle(_ event: SchedulerMachine.Event) { perform(machine.handle(event, at: now)) }

    mutating func replaceTable(_ jobs: [Job], watermarks: [JobID: Instant] = [:], since: Instant? = nil) {
        let difference = machine.agenda.table.difference(to: jobs)
        handle(
            .tableReplaced(
                .init(jobs: jobs, rescheduled: difference.rescheduled, watermarks: watermarks, since: since ?? now.wall.instant)))
    }

    /// Lets time pass, and wakes the machine whenever it wants to be woken.
    mutating func advance(_ duration: Duration) {
        let end = now.wall + duration
        var atOnce = 0
        while now.wall < end, machine.situation.stage == .running {
            let next = max(now.wall, min(end, machine.nextWake(now.wall)))
            atOnce = next == now.wall ? atOnce + 1 : 0
            if atOnce > 3 {
                Issue.record("it wants to be woken at once, again and again")
                return
            }
            pass(next - now.wall)
            handle(.time)
            readLoad()
        }
        if now.wall < end { pass(end - now.wall) }
        writeGathered()
    }

    private mutating func pass(_ duration: Duration) {
        now.wall = now.wall + duration
        now.monotonic = now.monotonic + duration
    }

    /// Somebody sets the clock.
    mutating func stepClock(_ duration: Duration) { now.wall = now.wall + duration }

    /// A run ends: as it was asked to, else so.
    mutating func finish(_ run: RunID, _ outcome: Outcome = .succeeded) {
        guard let place = going.firstIndex(where: { $0.run == run }) else { return }
        let attempt = going.remove(at: place), outcome = endings.removeValue(forKey: run)?.outcome ?? outcome
        handle(
            .reported([
                .finished(Finish(run: run, attempt: attempt.number, fence: attempt.fence, outcome: outcome, at: now.wall))
            ]))
    }

    /// Somebody asks for a run.
    @discardableResult
    mutating func order(_ job: String, isForced: Bool = false) -> RunAnswer? {
        handle(.runWanted(RunOrder(JobID(job), isForced: isForced, by: "somebody", token: UInt32(answers.count + 1))))
        return answers.last
    }

    @discardableResult
    mutating func cancel(_ run: RunID) -> CancelAnswer? {
        handle(.cancelWanted(CancelOrder(run, by: "somebody", number: cancelAnswers.count)))
        return cancelAnswers.last
    }

    mutating func readLoad() {
        guard hasAskedForLoad, let load else { return }
        hasAskedForLoad = false
        readings += 1
        handle(.loadRead(load))
    }

    mutating func writeGathered() {
        while isGathering {
            isGathering = false
            handle(.answered(.outcomesGathered))
        }
    }

    private mutating func perform(_ effects: [SchedulerMachine.Effect]) {
        var left = effects
        while !left.isEmpty {
            guard let answer = perform(left.removeFirst()) else { continue }
            left = machine.handle(.answered(answer), at: now) + left
        }
    }

    private mutating func perform(_ effect: SchedulerMachine.Effect) -> SchedulerMachine.Answer? {
        switch effect {
        case .ask(let question): return put(question)
        case .askPeers: return view.map { .heard($0) }
        case .start(let attempts, let time, let asked):
            if time > now.wall { pass(time - now.wall) }
            for attempt in attempts { self.asked[attempt.run] = asked }
            start(attempts)
            return .handedOver
        case .release(let attempts, let time, let asked):
            if time > now.wall { pass(time - now.wall) }
            for attempt in attempts { self.asked[attempt.run] = asked }
            start(attempts)
        case .cancel(let runs, let ending):
            for run in runs where going.contains(where: { $0.run == run }) { endings[run] = endings[run] ?? ending }
        case .answer(_, let answer): answers.append(answer)
        case .answerCancel(_, let answer): cancelAnswers.append(answer)
        case .readLoad: hasAskedForLoad = true
        case .gatherOutcomes: isGathering = true
        case .awaitOutcomes:
            writeGathered()
            return .outcomesSettled
        case .tell(let events): told += events
        case .wake, .letGo, .recorded: break
        }
        return nil
    }

    private mutating func start(_ attempts: [Attempt]) {
        for attempt in attempts {
            #expect(WallTime(attempt.dueAt) <= now.wall, "never early: \(attempt)")
            let name = PlainLedger.Name(run: attempt.run, attempt: attempt.number)
            #expect(ledger.won.contains(name) || machine.situation.owed.contains(attempt.run), "claimed or owed: \(attempt.run)")
        }
        started += attempts
        going += attempts
        handle(
            .reported(
                attempts.map {
                    .started(Start(run: $0.run, attempt: $0.number, fence: $0.fence, at: now.wall, process: nil))
                }))
    }

    private mutating func put(_ question: SchedulerMachine.Question) -> SchedulerMachine.Answer {
        questions.append(Self.name(question))
        meanwhile(&self)
        if let (error, calls) = failure, calls.contains(question.call) { return .failed(error, question.call) }
        switch question {
        case .skip(let skips, _):
            ledger.skip(skips)
            return .skipped
        case .claim(let claims, _):
            if let wait { return .claimed(claims.map { _ in .later(wait) }) }
            return .claimed(claims.map { tooEarly($0) ?? ledger.claim([$0], now: now.wall)[0] })
        case .write(let group):
            ledger.finish(group.finishes)
            return .outcomesWritten(refused: [])
        case .renew:
            defer { renewal = Renewal() }
            return .renewed(renewal)
        case .rewind(let limit, let mark): return .rewound(ledger.rewind(marksAfter: limit, to: mark))
        case .search: return .found([:])
        case .request(let run, _, _): return .requested(run, isOpen: isOpenElsewhere)
        case .history(let run): return .history(run, ledger.history(of: run.job))
        }
    }

    private func tooEarly(_ claim: Claim) -> ClaimAnswer? {
        guard let fireTime = claim.run.occasion.fireTime, storeIsBehind > .zero else { return nil }
        let wait = WallTime(fireTime) - now.wall + storeIsBehind
        return wait > .zero ? .later(wait) : nil
    }

    private static func name(_ question: SchedulerMachine.Question) -> String {
        switch question {
        case .skip(let skips, _): "skip \(skips.count)"
        case .claim(let claims, _): "claim \(claims.count)"
        case .write(let group): "write \(group.starts.count) \(group.finishes.count)"
        case .renew(let open, _): "renew \(open.count)"
        case .rewind: "rewind"
        case .search(let jobs): "search \(jobs.count)"
        case .request(let run, _, _): "request \(run.job)"
        case .history(let run): "history \(run.job)"
        }
    }

    /// The outcome of an attempt, as the ledger has it.
    func outcome(_ run: RunID, _ attempt: Int = 1) -> Outcome? { ledger.outcomes[.init(run: run, attempt: attempt)] }

    var starts: [String] { started.map { $0.number == 1 ? "\($0.run)" : "\($0.run) \($0.number)" } }
}

extension Set<Outage.Call> {
    static var all: Self { [.look, .renewal, .outcome, .claim] }
}
