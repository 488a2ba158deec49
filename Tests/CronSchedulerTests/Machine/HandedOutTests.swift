import CronExpressions
import CronJobs
import Testing

@testable import CronScheduler

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

    @Test("A run from memory ends under the fence that the ledger gave it, also a smaller one")
    func smallerFence() throws {
        let job = try Fixture.every("job", 600), name = RunID(job: job.id, .scheduled(Self.at))
        var driver = MachineDriver(node: "a")
        driver.handle(.adopted(Attempt(run: name, fence: 5, trigger: .scheduled, job: job, scheduledAt: Self.at)))
        driver.handle(.reported([.finished(Finish(run: name, fence: 9, outcome: .succeeded, at: driver.now.wall))]))
        let fences = driver.told.compactMap { if case .finished(_, let finish) = $0 { finish.fence } else { nil } }
        #expect(fences == [5])
    }
}
