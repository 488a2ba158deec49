internal import CronExpressions
internal import CronJobs
@testable internal import CronRabbitMQ
internal import Testing

/// A dispatcher's and a worker's decisions, one by one; all of them together are in `WorkSimulationTests`.
@Suite struct DispatchMachineTests {
    private var machine = DispatchMachine()
    private var now = WallTime(nanoseconds: 1_000_000_000_000)

    private func letter(_ number: Int, fence: Int64 = 1, grace: Duration? = .seconds(60)) -> Letter {
        var values = JobPolicies.Values()
        values.pool = "p"
        let job = Job(id: "j", timing: .startup, command: Command(text: "x"), policies: JobPolicies(values))
        let attempt = Attempt(
            run: RunID(job: "j", .scheduled(Instant(Int64(number)))), fence: fence, trigger: .scheduled, job: job,
            scheduledAt: Instant(Int64(number)), startDeadline: grace.map { WallTime(nanoseconds: 1_000_000_000_000) + $0 })
        return Letter(attempt, pool: "p")
    }

    private mutating func tell(_ event: DispatchMachine.Event) -> [String] {
        machine.handle(event, at: now).map { effect in
            switch effect {
            case .send(let letter): "send \(letter.run.occasion) \(letter.sent)"
            case .takeBack(let letter): "take back \(letter.run.occasion)"
            case .look(let letter): "look \(letter.run.occasion)"
            case .finish(let letter, let outcome, _, let isOwn): "\(letter.run.occasion) \(outcome)\(isOwn ? "" : ", for another")"
            }
        }
    }

    @Test mutating func aLetterIsReadAsItWasWritten() {
        let one = letter(7, fence: 99)
        #expect(Letter(one.bytes) == one)
        for text in [
            "", "{}", "[1]", #"{"version":2}"#,
            String(decoding: one.bytes, as: UTF8.self).replacing("\"attempt\":1", with: "\"attempt\":0"),
        ] {
            #expect(Letter(Array(text.utf8)) == nil, "\(text)")
        }
    }

    @Test mutating func whatDoesNotArriveIsSentAgainUntilItsDeadline() {
        #expect(tell(.wanted(letter(1))) == ["send 1 0"])
        #expect(tell(.delivered(letter(1), .undelivered("312 NO_ROUTE"))) == [])
        now = now + .milliseconds(900)
        #expect(tell(.time) == [])
        now = now + .milliseconds(200)
        #expect(tell(.time) == ["send 1 1"])
        #expect(tell(.delivered(letter(1), .confirmed)) == [])
        now = now + .seconds(59)
        #expect(tell(.time) == [], "who has the last dead letter is first")
        now = now + .seconds(1)
        #expect(tell(.time) == ["take back 1"])
        #expect(tell(.time) == [], "it is asked")
        #expect(tell(.takenBack(letter(1), .unknown)) == [])
        now = now + .seconds(1)
        #expect(tell(.time) == ["take back 1"])
        #expect(tell(.takenBack(letter(1), .ours)) == ["1 undelivered(expired)"])
        #expect(machine.isEmpty)
    }

    @Test mutating func whatAWorkerHasStartedIsNotEnded() {
        _ = tell(.wanted(letter(1)))
        _ = tell(.delivered(letter(1), .confirmed))
        #expect(tell(.cancelled(letter(1).run, .cancelled)) == ["take back 1"])
        #expect(tell(.takenBack(letter(1), .elsewhere)) == [])
        #expect(machine.isEmpty)
    }

    @Test mutating func deadLettersAreSentAgainAndEndWithTheirReason() {
        _ = tell(.wanted(letter(1)))
        _ = tell(.delivered(letter(1), .confirmed))
        #expect(tell(.cameBack(letter(1), wasRejected: true)) == [])
        now = now + .seconds(1)
        #expect(tell(.time) == ["send 1 1"])
        _ = tell(.delivered(letter(1), .confirmed))
        now = now + .seconds(59) + .milliseconds(1)
        #expect(tell(.time) == ["take back 1"])
        #expect(tell(.takenBack(letter(1), .ours)) == ["1 undelivered(no worker has it)"])
        // Another replica's.
        now = WallTime(nanoseconds: 1_000_000_000_000)
        #expect(tell(.cameBack(letter(2), wasRejected: false)) == [])
        #expect(!machine.has(letter(2).run))
        now = now + .seconds(61)
        #expect(tell(.time) == ["take back 2"])
        #expect(tell(.takenBack(letter(2), .ours)) == ["2 undelivered(workers gave it back), for another"])
    }

    @Test mutating func whatIsAnothersIsSentAgainWhileItWaitsOnly() {
        // Without a deadline it would go round for ever, and so would what somebody made up.
        let one = letter(1, grace: nil)
        #expect(tell(.cameBack(one, wasRejected: true)) == [])
        now = now + .seconds(1)
        #expect(tell(.time) == ["look 1"])
        #expect(tell(.looked(one, stillWaits: nil)) == [], "the store is away")
        now = now + .seconds(1)
        #expect(tell(.time) == ["look 1"])
        #expect(tell(.looked(one, stillWaits: true)) == ["send 1 1"])
        #expect(tell(.delivered(one, .confirmed)) == [] && machine.isEmpty)
        #expect(tell(.cameBack(one, wasRejected: true)) == [])
        now = now + .seconds(1)
        #expect(tell(.time) == ["look 1"])
        #expect(tell(.looked(one, stillWaits: false)) == [] && machine.isEmpty)
    }

    @Test mutating func anOldCopyMeansNothing() {
        _ = tell(.wanted(letter(1, fence: 5)))
        _ = tell(.delivered(letter(1, fence: 5), .confirmed))
        #expect(tell(.cameBack(letter(1, fence: 4), wasRejected: true)) == [])
        now = now + .seconds(5)
        #expect(tell(.time) == [])
        #expect(tell(.letGo([letter(1).run])) == [])
        #expect(machine.isEmpty)
    }

    @Test mutating func theWaitDoublesUpToHalfAMinute() {
        #expect((1...8).map { DispatchMachine.backoff(after: $0).wholeSeconds } == [1, 2, 4, 8, 16, 30, 30, 30])
        #expect(DispatchMachine.backoff(after: .max).wholeSeconds == 30 && DispatchMachine.backoff(after: -1).wholeSeconds == 1)
    }
}

@Suite struct WorkerMachineTests {
    private var machine = WorkerMachine(pool: "p", slots: 1)
    private var milliseconds: Int64 = 0
    private let job: Job

    init() {
        var values = JobPolicies.Values()
        values.pool = "p"
        job = Job(id: "j", timing: .startup, command: Command(text: "x"), policies: JobPolicies(values))
    }

    private func letter(_ number: Int, pool: String = "p", deadline: Int64? = nil) -> Letter {
        let attempt = Attempt(
            run: RunID(job: "j", .scheduled(Instant(Int64(number)))), fence: 1, trigger: .scheduled, job: job,
            scheduledAt: Instant(Int64(number)), startDeadline: deadline.map { WallTime(nanoseconds: $0 * 1_000_000) })
        return Letter(attempt, pool: pool)
    }

    private mutating func tell(_ event: WorkerMachine.Event) -> [String] {
        let now = milliseconds * 1_000_000
        return machine.handle(event, at: .init(wall: WallTime(nanoseconds: now), monotonic: MonotonicTime(nanoseconds: now))).map {
            effect in
            switch effect {
            case .settle(let id, let settlement): "\(settlement) \(id.tag)"
            case .ask(let letter): "ask \(letter.run.occasion)"
            case .start(let letter, _): "start \(letter.run.occasion)"
            case .expire(let letter): "expire \(letter.run.occasion)"
            case .consume(let isWanted): isWanted ? "consume" : "rest"
            case .refused(let refusal): "\(refusal)".prefix { $0 != "(" }.description
            }
        }
    }

    private mutating func deliver(_ number: Int, _ letter: Letter?, _ job: Job?) -> [String] {
        tell(.delivered(Delivered(id: .init(connection: 1, tag: UInt64(number)), body: []), letter, job: job))
    }

    @Test mutating func nothingStartsWithoutTheGate() {
        #expect(deliver(1, letter(1), job) == ["ask 1"])
        #expect(tell(.answered(letter(1), .go)) == ["accept 1", "start 1"])
        #expect(tell(.ended(letter(1).run, attempt: 1)) == [])
        for answer in [StartAnswer.duplicate(node: "x"), .stale, .gone, .elsewhere(.claimed)] {
            #expect(deliver(2, letter(2), job) == ["ask 2"])
            #expect(tell(.answered(letter(2), answer)) == ["accept 2", "notOurs"])
        }
    }

    @Test mutating func whatTheTableDoesNotHaveIsRejected() {
        var other = job
        other.command = Command(text: "rm -rf /")
        #expect(deliver(1, nil, nil) == ["reject 1", "notALetter"])
        #expect(deliver(1, letter(1, pool: "q"), job) == ["reject 1", "notALetter"])
        #expect(deliver(2, letter(2), nil) == ["reject 2", "noJob"])
        #expect(deliver(3, letter(3), other) == ["reject 3", "otherJob"])
        #expect(
            deliver(4, letter(4), Job(id: "j", timing: .startup, command: Command(text: "x"))) == ["reject 4", "noJob"],
            "it is for no pool here")
    }

    @Test mutating func aFullWorkerHoldsNothingBack() {
        _ = deliver(1, letter(1), job)
        _ = tell(.answered(letter(1), .go))
        #expect(deliver(2, letter(2), job) == [])
        milliseconds += 299
        #expect(tell(.time) == [])
        milliseconds += 1
        #expect(tell(.time) == ["rest", "giveBack 2"])
        #expect(deliver(3, letter(3), job) == ["giveBack 3"], "it was on its way")
        #expect(tell(.ended(letter(1).run, attempt: 1)) == ["consume"])
        #expect(deliver(4, letter(4), job) == ["ask 4"])
    }

    @Test mutating func aStoreThatDoesNotAnswerIsAskedAgain() {
        _ = deliver(1, letter(1), job)
        #expect(tell(.answered(letter(1), nil)) == [])
        milliseconds += 999
        #expect(tell(.time) == [])
        milliseconds += 1
        #expect(tell(.time) == ["ask 1"])
        // The connection ends meanwhile: the answer counts all the same, and what comes again is not asked about twice.
        #expect(tell(.lost) == [])
        #expect(deliver(5, letter(1), job) == [])
        #expect(tell(.answered(letter(1), .go)) == ["accept 5", "start 1"])
    }

    @Test(
        "What comes again while the ledger is asked is the broker's until there is an answer: were it accepted, and no answer came, nobody would have it"
    )
    mutating func aCopyIsNotAcceptedBeforeTheLedgerHasAnswered() {
        _ = deliver(1, letter(1), job)
        _ = tell(.lost)
        #expect(deliver(2, letter(1), job) == [])
        #expect(deliver(3, letter(1), job) == ["accept 3"], "the second answers for the third")
        #expect(tell(.answered(letter(1), nil)) == [])
        milliseconds += 1000
        #expect(tell(.time) == ["ask 1"])
        #expect(tell(.answered(letter(1), .go)) == ["accept 2", "start 1"])
    }

    @Test mutating func whatIsAcknowledgedAtTheEndIsKeptUntilThen() {
        var values = job.policies.values
        values.acknowledgement = .completion
        let kept = Job(id: "j", timing: .startup, command: Command(text: "x"), policies: JobPolicies(values))
        func letter(_ number: Int) -> Letter {
            Letter(
                Attempt(
                    run: RunID(job: "j", .scheduled(Instant(Int64(number)))), fence: 1, trigger: .scheduled, job: kept,
                    scheduledAt: Instant(Int64(number))), pool: "p")
        }
        #expect(deliver(1, letter(1), job) == ["reject 1", "otherJob"], "both tables say the same of it")
        #expect(deliver(1, letter(1), kept) == ["ask 1"])
        #expect(tell(.answered(letter(1), .go)) == ["start 1"])
        #expect(deliver(2, letter(1), kept) == ["accept 2"], "a second copy is not needed")
        #expect(tell(.ended(letter(1).run, attempt: 1)) == ["accept 1"])
        // The connection ends while it runs: the broker gives the message to somebody once more, here to us.
        _ = deliver(3, letter(3), kept)
        _ = tell(.answered(letter(3), .go))
        _ = tell(.lost)
        #expect(deliver(4, letter(3), kept) == [])
        #expect(tell(.ended(letter(3).run, attempt: 1)) == ["accept 4"])
        // Or while it is asked about.
        _ = deliver(5, letter(5), kept)
        _ = tell(.lost)
        #expect(deliver(6, letter(5), kept) == [])
        #expect(tell(.answered(letter(5), .duplicate(node: "x"))) == ["accept 6", "notOurs"])
    }

    @Test mutating func whatIsSentAgainWhileTheOldOneIsAskedAboutComesBack() {
        var newer = letter(1)
        newer.fence += 1
        _ = deliver(1, letter(1), job)
        #expect(deliver(2, newer, job) == ["giveBack 2"])
        #expect(tell(.answered(letter(1), .stale)) == ["accept 1", "notOurs"])
        #expect(deliver(3, newer, job) == ["ask 1"])
    }

    @Test mutating func whatComesTooLateIsEndedByWhoHasIt() {
        milliseconds = 5000
        _ = deliver(1, letter(1, deadline: 4000), job)
        #expect(tell(.answered(letter(1, deadline: 4000), .go)) == ["accept 1", "expire 1", "tooLate"])
        #expect(machine.going == 0)
    }

    @Test mutating func theEndGivesBackWhatHasNotStarted() {
        _ = deliver(1, letter(1), job)
        _ = deliver(2, letter(2), job)
        #expect(tell(.stop) == ["rest", "giveBack 2"])
        #expect(!machine.isSettled)
        #expect(tell(.answered(letter(1), .go)) == ["accept 1", "start 1"], "it is ours: the end waits for it")
        #expect(machine.isSettled)
        #expect(deliver(3, letter(3), job) == ["giveBack 3"])
    }
}
