import CronExpressions
import CronJobs
import CronEngine
import CronTesting
import Testing

@Suite("Jobs with other schedules and jitter") struct OtherScheduleTests {
    @Test func anIntervalRunsAgainAndAgain() async throws {
        let fixture = try await Fixture()
        _ = await fixture.scheduler.replaceTable([try Fixture.every("tick", 20)], since: Fixture.start)
        try await fixture.running {
            for _ in 0..<6 { await fixture.advance(10) }
            #expect(await fixture.runner.attempts.map { $0.scheduledAt - Fixture.start } == [10, 30, 50])
        }
    }

    @Test func nothingRunsAfterUntil() async throws {
        let fixture = try await Fixture()
        let base = try #require(IntervalSchedule(every: 20))
        let bounded = BoundedSchedule(base, from: Fixture.start + 20, through: Fixture.start + 50)
        let job = Job(id: JobID("bounded"), timing: .other(AnySchedule(bounded)), command: Command(text: "true"))
        _ = await fixture.scheduler.replaceTable([job], since: Fixture.start)
        try await fixture.running {
            for _ in 0..<12 { await fixture.advance(10) }
            #expect(await fixture.runner.attempts.map { $0.scheduledAt - Fixture.start } == [30, 50])
        }
    }

    @Test func startsWhenItIsDueAndKeepsItsFireTime() async throws {
        let job = try Fixture.job("spread", "0 * * * *") { $0.jitter = Jitter(limit: 600) }
        let due = job.dueTime(of: Fixture.hour)
        let fixture = try await Fixture(at: Fixture.hour - 20)
        _ = await fixture.scheduler.replaceTable([job], since: Fixture.hour - 30)
        try await fixture.running {
            while fixture.clocks.wall.instant < due - 1 { await fixture.advance(1) }
            #expect(await fixture.runner.attempts.isEmpty, "never early")
            await fixture.advance(1)
            let attempt = try #require(await fixture.runner.attempts.first)
            #expect(attempt.scheduledAt == Fixture.hour && attempt.dueAt == due && attempt.trigger == .scheduled)
            #expect(attempt.startDeadline == WallTime(due + 60))
            await fixture.runner.finishAll()
        }
        await fixture.scheduler.settle()
        #expect(try await fixture.ledger.record(of: job.id, at: Fixture.hour)?.outcome == .succeeded)
    }

    @Test func aRestartInTheMiddleOfTheWindowNeitherLosesNorDoubles() async throws {
        let job = try Fixture.job("spread", "0 * * * *") { $0.jitter = Jitter(limit: 600) }
        let due = job.dueTime(of: Fixture.hour), ledger = BreakableLedger()
        var starts: [Instant] = []
        // Before the fire time, between fire time and due time, just after the start, at the end of the window.
        for from in [Fixture.hour - 10, Fixture.hour + 1, due - 1, due + 1, Fixture.hour + 600] {
            let fixture = try await Fixture(at: from, ledger: ledger)
            let marks = try await ledger.watermarks()
            _ = await fixture.scheduler.replaceTable([job], watermarks: marks, since: Fixture.hour - 20)
            try await fixture.running { for _ in 0..<2 { await fixture.advance(1) } }
            starts += await fixture.runner.attempts.map(\.scheduledAt)
        }
        #expect(starts == [Fixture.hour])
    }

    @Test func downOverTheDueTimeItIsCaughtUpWithinGrace() async throws {
        let job = try Fixture.job("spread", "0 * * * *") { $0.jitter = Jitter(limit: 600) }
        let due = job.dueTime(of: Fixture.hour)
        for (late, count) in [(Int64(59), 1), (61, 0)] {
            let fixture = try await Fixture(at: due + late)
            _ = await fixture.scheduler.replaceTable([job], since: Fixture.hour - 20)
            try await fixture.running {}
            let attempts = await fixture.runner.attempts
            #expect(attempts.count == count, "\(late) s after it was due")
            #expect(attempts.allSatisfy { $0.trigger == .catchUp })
            if count == 0 { #expect(try await fixture.ledger.record(of: job.id, at: Fixture.hour)?.outcome == .missed(1)) }
        }
    }

    @Test func aStoreThatFailsAtTheDueTimeIsAskedAgain() async throws {
        let job = try Fixture.job("spread", "0 * * * *") { $0.jitter = Jitter(limit: 600) }
        let due = job.dueTime(of: Fixture.hour)
        let fixture = try await Fixture(at: due - 1)
        _ = await fixture.scheduler.replaceTable([job], since: Fixture.hour - 20)
        await fixture.ledger.fail(StoreError(.unavailable, "gone"))
        try await fixture.running {
            await fixture.advance(1)
            #expect(await fixture.runner.attempts.isEmpty)
            await fixture.ledger.fail(nil)
            await fixture.advance(2)
            #expect(await fixture.runner.attempts.map(\.scheduledAt) == [Fixture.hour])
        }
    }
}
