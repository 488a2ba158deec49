import CronExpressions
import CronJobs
import CronEngine
import CronTesting
import Testing

@Suite("Further attempts") struct RetryTests {
    private func job(_ attempts: Int, _ backoff: RetryPolicy.Backoff, _ change: (inout JobPolicies.Values) -> Void = { _ in }) throws -> Job
    {
        try Fixture.job("a", "0 * * * *") {
            $0.retry = RetryPolicy(attempts: attempts, backoff: backoff)
            change(&$0)
        }
    }

    @Test("The delay doubles up to its cap, or stays", arguments: [(1, 10), (2, 20), (3, 40), (6, 300), (1000, 300)])
    func delays(_ number: Int, _ seconds: Int) {
        #expect(RetryPolicy(attempts: 9).delay(after: number) == .seconds(seconds))
        #expect(RetryPolicy(attempts: 9, backoff: .fixed(.seconds(7))).delay(after: number) == .seconds(7))
    }

    @Test("A message that did not arrive, or may not have, is sent again; a command whose claim was never confirmed is not")
    func whatInvitesAFurtherAttempt() {
        let publish = Action.publish(Publication(key: "q")), command = Action.command(Command(text: "true"))
        for outcome in [Outcome.unconfirmed, .undelivered("no queue")] {
            #expect(outcome.invitesRetry(of: publish) && !outcome.invitesRetry(of: command))
        }
        for action in [publish, command] {
            #expect(Outcome.timedOut.invitesRetry(of: action) && !Outcome.succeeded.invitesRetry(of: action))
            #expect(!Outcome.cancelled.invitesRetry(of: action))
        }
    }

    @Test("A run that fails is tried again under its own name, until it succeeds") func untilItSucceeds() async throws {
        let fixture = try await Fixture(at: Fixture.hour - 30)
        _ = await fixture.scheduler.replaceTable([try job(3, .fixed(.seconds(10)))], since: Fixture.hour - 30)
        try await fixture.running {
            await fixture.advance(30)
            let first = try #require(await fixture.runner.attempts.first)
            await fixture.runner.finish(first.run, .failed(.exit(1)))
            await fixture.advance(9)
            #expect(await fixture.runner.attempts.count == 1)
            await fixture.advance(1)
            let second = try #require(await fixture.runner.attempts.last)
            #expect(second.run == first.run && second.number == 2 && second.fence > first.fence)
            await fixture.runner.finish(second.run, attempt: 2, .succeeded)
            await fixture.advance(600)
            #expect(await fixture.runner.attempts.count == 2)
        }
        await fixture.scheduler.settle()
        let record = try #require(await fixture.ledger.record(of: JobID("a"), at: Fixture.hour))
        #expect(record.attempt == 2 && record.outcome == .succeeded)
        #expect(try await fixture.ledger.history(of: JobID("a"), limit: 9).map(\.outcome) == [.succeeded, .failed(.exit(1))])
    }

    @Test("After the last attempt there is none") func theLast() async throws {
        let fixture = try await Fixture(at: Fixture.hour - 30)
        _ = await fixture.scheduler.replaceTable([try job(2, .fixed(.seconds(10)))], since: Fixture.hour - 30)
        try await fixture.running {
            await fixture.advance(30)
            for _ in 0..<2 {
                let attempt = try #require(await fixture.runner.attempts.last)
                #expect(await fixture.runner.finish(attempt.run, attempt: attempt.number, .timedOut))
                await fixture.advance(10)
            }
            await fixture.advance(600)
            #expect(await fixture.runner.attempts.map(\.number) == [1, 2])
        }
    }

    @Test("What was cancelled or adopted is not tried again", arguments: [Outcome.cancelled, .unknownAdopted, .succeeded])
    func noReason(_ outcome: Outcome) async throws {
        let fixture = try await Fixture(at: Fixture.hour - 30)
        _ = await fixture.scheduler.replaceTable([try job(3, .fixed(.seconds(1)))], since: Fixture.hour - 30)
        try await fixture.running {
            await fixture.advance(30)
            await fixture.runner.finish(try #require(await fixture.runner.attempts.first).run, outcome)
            await fixture.advance(60)
            #expect(await fixture.runner.attempts.count == 1)
        }
    }

    @Test("Who has only the history of a run claims its further attempt as whoever would start it does, or sees that none follows")
    func withdrawn() throws {
        let hour = Fixture.hour, run = RunID(job: JobID("a"), .scheduled(hour))
        func record(_ outcome: Outcome, _ request: RunRequest? = nil) -> RunRecord {
            RunRecord(
                run: run, attempt: 1, trigger: .catchUp, first: hour - 3600, count: 2, claimedAt: WallTime(hour), startedAt: WallTime(hour),
                finishedAt: WallTime(hour + 5), outcome: outcome, resources: nil, tail: [], request: request, by: "uid 7")
        }
        let failed = record(.failed(.exit(1))), job = try self.job(2, .fixed(.seconds(10))) { $0.overlap = .skip }
        let claim = try #require(Claim(withdrawing: failed, of: job, now: WallTime(hour + 6)))
        #expect(claim.run == run && claim.attempt == 2 && claim.first == hour - 3600 && claim.count == 2)
        #expect(claim.by == "uid 7" && claim.concurrencyLimit == nil, "it starts nothing, so nothing is too many")
        #expect(Claim(withdrawing: failed, of: try self.job(1, .fixed(.seconds(10))), now: WallTime(hour + 6)) == nil)
        #expect(Claim(withdrawing: failed, of: job, now: WallTime(hour + 600)) == nil, "too late")
        #expect(Claim(withdrawing: record(.succeeded), of: job, now: WallTime(hour + 6)) == nil)
        let asked = RunRequest(.cancel, by: "uid 8", at: WallTime(hour))
        #expect(Claim(withdrawing: record(.failed(.exit(1)), asked), of: job, now: WallTime(hour + 6)) == nil)
    }

    @Test("A job that left the table is not tried again") func gone() async throws {
        let fixture = try await Fixture(at: Fixture.hour - 30)
        _ = await fixture.scheduler.replaceTable([try job(3, .fixed(.seconds(10)))], since: Fixture.hour - 30)
        try await fixture.running {
            await fixture.advance(30)
            await fixture.runner.finish(try #require(await fixture.runner.attempts.first).run, .failed(.exit(1)))
            await fixture.advance(1)
            _ = await fixture.scheduler.replaceTable([], since: Fixture.hour)
            await fixture.advance(60)
            #expect(await fixture.runner.attempts.count == 1)
        }
    }

    @Test("A further attempt beside the next run of an exclusive job is skipped, and says so") func noRoom() async throws {
        let fixture = try await Fixture(at: Fixture.hour - 30)
        let job = try Fixture.job("a", "* * * * *") {
            $0.retry = RetryPolicy(attempts: 2, backoff: .fixed(.seconds(70)))
            $0.overlap = .skip
        }
        _ = await fixture.scheduler.replaceTable([job], since: Fixture.hour - 30)
        try await fixture.running {
            await fixture.advance(30)
            await fixture.runner.finish(try #require(await fixture.runner.attempts.first).run, .failed(.exit(1)))
            await fixture.advance(60)
            #expect(await fixture.runner.attempts.count == 2, "the next fire time")
            await fixture.advance(10)
            #expect(await fixture.runner.attempts.count == 2)
        }
        await fixture.scheduler.settle()
        let record = try #require(await fixture.ledger.record(of: JobID("a"), at: Fixture.hour))
        #expect(record.attempt == 2 && record.outcome == .skipped(.overlap))
    }

    @Test("While the store fails an attempt waits, within its grace") func storeFails() async throws {
        let fixture = try await Fixture(at: Fixture.hour - 30)
        _ = await fixture.scheduler.replaceTable([try job(2, .fixed(.seconds(10)))], since: Fixture.hour - 30)
        try await fixture.running {
            await fixture.advance(30)
            await fixture.runner.finish(try #require(await fixture.runner.attempts.first).run, .failed(.exit(1)))
            await fixture.scheduler.settle()
            await fixture.ledger.fail(StoreError(.unavailable, "gone"))
            await fixture.advance(10)
            await fixture.advance(20)
            #expect(await fixture.runner.attempts.count == 1)
            await fixture.ledger.fail(nil)
            await fixture.advance(2)
            #expect(await fixture.runner.attempts.map(\.number) == [1, 2])
        }
    }

    @Test("The next life finds in the history what is to be tried again") func nextLife() async throws {
        let fixture = try await Fixture(at: Fixture.hour - 30)
        let job = try job(3, .fixed(.seconds(40)))
        _ = await fixture.scheduler.replaceTable([job], since: Fixture.hour - 30)
        try await fixture.running {
            await fixture.advance(30)
            await fixture.runner.finish(try #require(await fixture.runner.attempts.first).run, .failed(.exit(1)))
        }
        await fixture.scheduler.settle()
        let next = try await Fixture(at: Fixture.hour + 20, ledger: fixture.ledger)
        _ = await next.scheduler.replaceTable([job], watermarks: [job.id: Fixture.hour], since: Fixture.hour)
        await next.scheduler.findRetries()
        try await next.running {
            #expect(await next.runner.attempts.isEmpty)
            await next.advance(20)
            #expect(await next.runner.attempts.map(\.number) == [2])
            #expect(await next.runner.attempts.map(\.scheduledAt) == [Fixture.hour])
        }
    }

    @Test("A run whose owner went away goes on at once within grace, and not after it", arguments: [(20, 2), (7200, 1)])
    func interrupted(_ seconds: Int64, _ attempts: Int) async throws {
        let fixture = try await Fixture(at: Fixture.hour - 30)
        let job = try job(2, .fixed(.seconds(40)))
        _ = await fixture.scheduler.replaceTable([job], since: Fixture.hour - 30)
        try await fixture.running { await fixture.advance(30) }
        let next = try await Fixture(at: Fixture.hour + seconds, ledger: fixture.ledger)
        _ = await next.scheduler.replaceTable([job], watermarks: [job.id: Fixture.hour], since: Fixture.hour)
        for open in try await next.ledger.sweep(now: next.clocks.wall) { await next.scheduler.interrupt(open, job: job) }
        try await next.running {
            await next.advance(1)
            #expect(await next.runner.attempts.filter { $0.scheduledAt == Fixture.hour }.map(\.number) == (attempts == 2 ? [2] : []))
        }
        let history = try await next.ledger.history(of: job.id, limit: 9)
        #expect(history.contains { $0.outcome == .interrupted && $0.attempt == 1 })
    }
}
