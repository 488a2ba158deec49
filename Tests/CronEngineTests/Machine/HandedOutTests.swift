import CronExpressions
import CronJobs
import Testing

@testable import CronEngine

@Suite("What the simulator found") struct HandedOutTests {
    private static let at = Fixture.start

    private func run(_ job: Job, _ first: Int64, _ last: Int64, count: Int) -> Claim {
        Claim(
            run: RunID(job: job.id, .scheduled(Self.at + last)), trigger: .catchUp, first: Self.at + first, count: count, since: Self.at)
    }

    @Test("Of runs from memory, one that others decided in part holds back nothing that was won with it, and keeps the rest of its range")
    func wonTogether() throws {
        let wide = try Fixture.every("wide", 10), other = try Fixture.every("other", 10)
        var owed = OwedDecisions()
        owed.add(run(wide, 0, 30, count: 4), of: wide)
        owed.add(run(other, 0, 0, count: 1), of: other)
        guard case .runs(let first)? = owed.first(10) else { return #expect(Bool(false), "runs are owed") }
        #expect(first.count == 1, "what covers several fire times comes last of a batch")
        #expect(owed.settle(first, [.taken(watermark: Self.at + 10)]).entered.isEmpty)
        guard case .runs(let rest)? = owed.first(10) else { return #expect(Bool(false), "the rest is owed") }
        #expect(rest.first?.claim.first == Self.at + 20 && rest.first?.claim.count == 2, "what comes after the others' mark")
        let settlement = owed.settle(rest, rest.map { _ in .won(fence: 7) })
        #expect(settlement.entered.map(\.run) == rest.map(\.claim.run))
    }

    @Test("What was won behind something undecided is entered")
    func wonBehindUndecided() throws {
        let early = try Fixture.every("early", 10), late = try Fixture.every("late", 10)
        var owed = OwedDecisions()
        owed.add(run(early, 0, 0, count: 1), of: early)
        owed.add(run(late, 0, 0, count: 1), of: late)
        guard case .runs(let runs)? = owed.first(10) else { return #expect(Bool(false), "runs are owed") }
        let settlement = owed.settle(runs, [.later(.seconds(1)), .won(fence: 3)])
        #expect(settlement.isUndecided && settlement.entered.map(\.run.job) == [late.id])
        #expect(owed.count == 1 && owed.contains(RunID(job: early.id, .scheduled(Self.at))))
    }

    @Test("An earlier attempt that a set-back store hands out does not displace a later one of its run")
    func earlierAttempt() throws {
        let job = try Fixture.every("job", 600), name = RunID(job: job.id, .scheduled(Self.at))
        var running = RunningAttempts()
        running.enter(Attempt(run: name, number: 3, fence: 30, trigger: .scheduled, job: job, scheduledAt: Self.at))
        running.adopt(Attempt(run: name, number: 1, fence: 40, trigger: .scheduled, job: job, scheduledAt: Self.at))
        #expect(running.leave(name, attempt: 1) == nil)
        #expect(running.leave(name, attempt: 3)?.fence == 30)
        #expect(running.count == 0)
    }

    @Test("A later attempt that the ledger hands out does not displace an earlier one of its run: both end")
    func laterAttempt() throws {
        let job = try Fixture.every("job", 600), name = RunID(job: job.id, .scheduled(Self.at))
        func attempt(_ number: Int) -> Attempt {
            Attempt(run: name, number: number, fence: 10 * Int64(number), trigger: .scheduled, job: job, scheduledAt: Self.at)
        }
        var running = RunningAttempts()
        running.enter(attempt(1))
        running.adopt(attempt(2))
        #expect(running.count == 2 && running.count(of: job.id) == 2, "two processes are two for overlap")
        let isKept = running.keeps(OpenRun(run: name, attempt: 1, fence: 50, startedAt: nil, process: nil))
        #expect(isKept)
        #expect(running.leases(and: WaitingRuns(), without: OwedDecisions()).map(\.fence).sorted() == [20, 50])
        #expect(running.leave(name, attempt: 2)?.fence == 20)
        #expect(running[name]?.number == 1)
        #expect(running.leave(name, attempt: 1)?.fence == 50)
        #expect(running.count == 0 && running.count(of: job.id) == 0)
    }

    @Test("What follows from an attempt whose lease is lost is another node's to decide, until it comes back")
    func lostLease() throws {
        let job = try Fixture.every("job", 600), name = RunID(job: job.id, .scheduled(Self.at))
        func open(_ fence: Int64) -> OpenRun { OpenRun(run: name, attempt: 1, fence: fence, startedAt: nil, process: nil) }
        var running = RunningAttempts()
        running.enter(Attempt(run: name, fence: 10, trigger: .scheduled, job: job, scheduledAt: Self.at))
        let told = (0..<2).map { _ in running.lose([open(10)]) }
        #expect(told == [[name], []] && !running.isOwn(name, attempt: 1))
        let isBack = running.keeps(open(20)), late = running.lose([open(10)])
        #expect(isBack && late.isEmpty && running.isOwn(name, attempt: 1), "that was asked before it came back")
    }

    /// A run that fails, started from memory while another node has it or not.
    private func fromMemory(isElsewhere: Bool, endsBefore: Bool) throws -> MachineDriver {
        let job = try Fixture.every("job", 600) {
            $0.storeDown = .local
            $0.retry = RetryPolicy(attempts: 3, backoff: .fixed(.seconds(1)))
        }
        let fireTime = Instant(Self.at.seconds / 600 * 600 + 600)
        var driver = MachineDriver(node: "a")
        driver.replaceTable([job])
        driver.failure = (MachineDriver.unavailable, .all)
        driver.advance(WallTime(fireTime) - driver.now.wall + .seconds(1))
        let run = try #require(driver.started.first).run
        if endsBefore { driver.finish(run, .failed(.exit(1))) }
        if isElsewhere {
            let theirs = Claim(run: run, trigger: .scheduled, first: fireTime, since: fireTime - 1)
            _ = driver.ledger.claim([theirs], now: driver.now.wall)
        }
        driver.failure = nil
        driver.advance(.seconds(3))
        if !endsBefore { driver.finish(run, .failed(.exit(1))) }
        driver.advance(.seconds(10))
        return driver
    }

    @Test("What ran from memory is tried again where it is its own, and not where another node has it", arguments: [false, true])
    func notTriedAgainForOthers(_ endsBefore: Bool) throws {
        #expect(try fromMemory(isElsewhere: false, endsBefore: endsBefore).started.map(\.number) == [1, 2])
        #expect(try fromMemory(isElsewhere: true, endsBefore: endsBefore).started.map(\.number) == [1])
    }

    @Test("The next attempt waits until the outcome of the one before is written: else it would be one too many of an exclusive job")
    func waitsForTheOutcome() throws {
        let job = try Fixture.every("job", 600) {
            $0.overlap = .skip
            $0.retry = RetryPolicy(attempts: 3, backoff: .fixed(.seconds(1)))
        }
        var driver = MachineDriver()
        driver.replaceTable([job])
        driver.advance(.seconds(600))
        let run = try #require(driver.started.first).run
        driver.failure = (MachineDriver.unavailable, [.outcome])
        driver.finish(run, .failed(.exit(1)))
        driver.advance(.seconds(20))
        #expect(driver.started.map(\.number) == [1])
        driver.failure = nil
        driver.advance(.seconds(3))
        #expect(driver.started.map(\.number) == [1, 2])
    }

    @Test("A run from memory ends under the fence that the ledger gave it, also a smaller one")
    func smallerFence() throws {
        let job = try Fixture.every("job", 600), name = RunID(job: job.id, .scheduled(Self.at))
        var driver = MachineDriver(node: "a")
        driver.handle(.adopted(Attempt(run: name, fence: 5, trigger: .scheduled, job: job, scheduledAt: Self.at)))
        driver.handle(.reported([.finished(Finish(run: name, fence: 9, outcome: .succeeded, at: driver.now.wall))]))
        let fences = driver.told.compactMap { if case .finished(_, let finish) = $0 { finish.fence } else { nil } }
        #expect(fences == [5])
    }

    /// A job waits for room, while a process of an earlier life is adopted.
    private func adoptedMeanwhile(_ overlap: OverlapPolicy) throws -> (driver: MachineDriver, earlier: RunID) {
        var driver = MachineDriver(node: "a", maxRunning: 2)
        let job = try Fixture.job("job", "* * * * *") { ($0.overlap, $0.grace) = (overlap, nil) }
        let others = try ["long", "longer"].map { try Fixture.job($0, "* * * * *") { $0.overlap = .skip } }
        driver.replaceTable(others + [job])
        driver.advance(.seconds(30))
        #expect(driver.going.count == 2 && driver.machine.situation.waiting.waitForRoom == 1)
        let earlier = RunID(job: job.id, .scheduled(Self.at - 30))
        driver.handle(.adopted(Attempt(run: earlier, fence: 1, trigger: .scheduled, job: job, scheduledAt: Self.at - 30)))
        return (driver, earlier)
    }

    private func makeRoom(_ driver: inout MachineDriver) {
        for name in ["long", "longer"] { driver.finish(RunID(job: JobID(name), .scheduled(Self.at + 30))) }
    }

    private func ends(_ run: RunID, _ driver: inout MachineDriver) {
        driver.handle(.reported([.finished(Finish(run: run, fence: 1, outcome: .unknownAdopted, at: driver.now.wall))]))
    }

    @Test("What waited for room starts beside no process that was adopted meanwhile, and before what came after it")
    func adoptedWhileWaitingForRoom() throws {
        var (driver, earlier) = try adoptedMeanwhile(.queue(3))
        driver.advance(.seconds(60))
        makeRoom(&driver)
        #expect(driver.going.isEmpty, "the earlier life's process goes on")
        ends(earlier, &driver)
        #expect(driver.going.map(\.scheduledAt) == [Self.at + 30])
        driver.finish(driver.going[0].run)
        #expect(driver.going.map(\.scheduledAt) == [Self.at + 90])
    }

    @Test("What waited for room and replaces ends a process that was adopted meanwhile") func replacesAdopted() throws {
        var (driver, earlier) = try adoptedMeanwhile(.replace)
        makeRoom(&driver)
        #expect(driver.going.isEmpty && driver.machine.situation.running.isCancelled(earlier))
        ends(earlier, &driver)
        #expect(driver.going.map(\.scheduledAt) == [Self.at + 30])
    }
}
