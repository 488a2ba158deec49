import CronExpressions
import CronJobs
import CronEngine
import CronTesting
import Testing

@Suite("What a job does while the store fails") struct StoreDownTests {
    private func running(
        _ policy: StoreDownPolicy, _ body: (Fixture, JobID) async throws -> Void
    ) async throws {
        let fixture = try await Fixture(at: Fixture.hour - 30)
        let job = try Fixture.job("a", "* * * * *") { $0.storeDown = policy }
        _ = await fixture.scheduler.replaceTable([job], since: Fixture.hour - 30)
        try await fixture.running { try await body(fixture, job.id) }
        await fixture.scheduler.settle()
    }

    private let gone = StoreError(.unavailable, "gone")

    @Test("It waits, by default, and catches up") func hold() async throws {
        try await running(.hold) { fixture, job in
            await fixture.ledger.fail(gone)
            await fixture.advance(30)
            #expect(await fixture.runner.attempts.isEmpty)
            await fixture.ledger.fail(nil)
            await fixture.advance(10)
            #expect(await fixture.runner.attempts.map(\.scheduledAt) == [Fixture.hour])
        }
    }

    @Test("It starts from memory, and is entered with its outcome when the store works again", arguments: [StoreDownPolicy.local, .rank0])
    func local(_ policy: StoreDownPolicy) async throws {
        try await running(policy) { fixture, job in
            await fixture.ledger.fail(gone)
            await fixture.advance(30)
            let ended = try #require(await fixture.runner.attempts.first)
            await fixture.runner.finish(ended.run, .succeeded)
            await fixture.advance(60)
            let going = try #require(await fixture.runner.attempts.last)
            #expect(await fixture.runner.attempts.map(\.scheduledAt) == [Fixture.hour, Fixture.hour + 60])
            await fixture.ledger.fail(nil)
            await fixture.advance(2)
            #expect(try await fixture.ledger.watermarks() == [job: Fixture.hour + 60])
            await fixture.runner.finish(going.run, .failed(.exit(3)))
            await fixture.advance(60)
            await fixture.scheduler.settle()
            #expect(try await fixture.ledger.record(of: job, at: Fixture.hour)?.outcome == .succeeded)
            #expect(try await fixture.ledger.record(of: job, at: Fixture.hour + 60)?.outcome == .failed(.exit(3)))
            #expect(await fixture.runner.attempts.count == 3, "each fire time once")
        }
    }

    @Test("What another node decided meanwhile stays its own") func elsewhere() async throws {
        try await running(.local) { fixture, job in
            let theirs = Claim(
                run: RunID(job: job, .scheduled(Fixture.hour)), trigger: .scheduled, first: Fixture.hour, since: Fixture.start)
            _ = try await fixture.ledger.claim([theirs], now: fixture.clocks.wall)
            await fixture.ledger.fail(gone)
            await fixture.advance(30)
            #expect(await fixture.runner.attempts.count == 1)
            await fixture.ledger.fail(nil)
            await fixture.advance(2)
            #expect(fixture.observer.events.contains("elsewhere a@\(Fixture.hour.seconds)"))
        }
    }

    @Test("It is missed, now and later, as one row however long it takes") func skip() async throws {
        try await running(.skip) { fixture, job in
            await fixture.ledger.fail(gone)
            await fixture.advance(30)
            await fixture.advance(60)
            await fixture.ledger.fail(nil)
            await fixture.advance(2)
            #expect(await fixture.runner.attempts.isEmpty)
            let record = try #require(await fixture.ledger.record(of: job, at: Fixture.hour))
            #expect(record.outcome == .missed(2) && record.first == Fixture.hour)
            await fixture.advance(60)
            #expect(await fixture.runner.attempts.map(\.scheduledAt) == [Fixture.hour + 120])
        }
    }

    @Test("Ending while the store still fails says what is not entered") func lost() async throws {
        let fixture = try await Fixture(at: Fixture.hour - 30)
        let job = try Fixture.job("a", "* * * * *") { $0.storeDown = .local }
        _ = await fixture.scheduler.replaceTable([job], since: Fixture.hour - 30)
        try await fixture.running {
            await fixture.ledger.fail(gone)
            await fixture.advance(30)
        }
        await fixture.scheduler.settle()
        #expect(fixture.observer.events.last == "lost 1")
    }

    @Test("A store in quarantine is not down") func quarantine() async throws {
        try await running(.local) { fixture, _ in
            await fixture.ledger.fail(StoreError(.quarantined, "a moment"))
            await fixture.advance(30)
            #expect(await fixture.runner.attempts.isEmpty)
        }
    }
}
