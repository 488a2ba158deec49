import CronJobs
import CronScheduler
import CronTesting
import Testing

@Suite struct RehearsalTests {
    @Test("A year of a nightly job and an hourly one is rehearsed without waiting")
    func year() async throws {
        let rehearsal = Rehearsal()
        let scheduler = try await rehearsal.start()
        try await scheduler.add("nightly", .cron("30 2 * * *", in: "Europe/Berlin")) { _ in }
        await rehearsal.advance(by: .days(365))
        let runs = rehearsal.runs(of: "nightly")
        #expect(runs.count == 365)
        #expect(runs.allSatisfy { $0.startedAt.map { $0.nanoseconds % 1_000_000_000 == 0 } ?? false })
        await scheduler.shutdown()
    }

    @Test("A clock that is set forward makes what it jumped over late; set back, nothing runs twice")
    func steps() async throws {
        let rehearsal = Rehearsal()
        let scheduler = try await rehearsal.start()
        try await scheduler.add("tick", .every(.minutes(10))) { _ in }
        await rehearsal.advance(by: .minutes(10))
        await rehearsal.step(by: .minutes(25))
        #expect(rehearsal.runs(of: "tick").count == 1, "\(rehearsal.picture)")
        #expect(rehearsal.events(.missed).count == 1)
        await rehearsal.step(by: .minutes(-20))
        await rehearsal.advance(by: .minutes(20))
        #expect(rehearsal.runs(of: "tick").count == 1, "\(rehearsal.picture)")
        await rehearsal.advance(by: .minutes(5))
        #expect(rehearsal.runs(of: "tick").count == 2, "\(rehearsal.picture)")
        #expect(rehearsal.events(.clockJumped).count == 2)
        await scheduler.shutdown()
    }

    @Test("The picture tells on one line what happened when")
    func picture() async throws {
        let rehearsal = Rehearsal()
        let scheduler = try await rehearsal.start()
        try await scheduler.add("tick", .every(.minutes(1))) { context in
            if context.scheduledAt == Rehearsal.beginning + 120 { throw StoreError(.full, "no") }
        }
        await rehearsal.advance(by: .minutes(2))
        await rehearsal.suspend(for: .minutes(3))
        #expect(
            rehearsal.picture
                == "01-01T00:00:00 +tick 01-01T00:01:00 ▶tick ✓tick 01-01T00:02:00 ▶tick ✗tick(no) 01-01T00:05:00 ·tick×1 ▶tick ✓tick")
        await scheduler.shutdown()
    }

    @Test("A run that lasts takes the time that it says, and holds nothing else up")
    func lasting() async throws {
        let rehearsal = Rehearsal()
        let scheduler = try await rehearsal.start()
        try await scheduler.add("slow", .at(Rehearsal.beginning + 60)) { _ in try await rehearsal.sleep(for: .seconds(90)) }
        try await scheduler.add("tick", .every(.minutes(1))) { _ in }
        await rehearsal.advance(by: .minutes(5))
        #expect(rehearsal.runs(of: "slow").first?.duration == .seconds(90), "\(rehearsal.picture)")
        #expect(rehearsal.runs(of: "tick").count == 5)
        await scheduler.shutdown()
    }
}
