import CronExpressions
import CronJobs
import CronEngine
import CronTesting
import Testing

/// Claims that are entered a little before their fire time, so that the disk's confirmation makes no start late.
@Suite struct AheadTests {
    private let minute = Fixture.start + 30
    private let job: Job

    init() throws { job = try Fixture.job("tick", "* * * * *") }

    private func fixture() async throws -> Fixture {
        let fixture = try await Fixture(claimsAhead: .milliseconds(50))
        _ = await fixture.scheduler.replaceTable([job], since: Fixture.start)
        return fixture
    }

    /// Moves on to 5 ms before the fire time, where the claim is entered.
    private func goToTheLead(_ fixture: Fixture) async {
        fixture.clocks.advance(by: .milliseconds(29_995))
        _ = await fixture.waker.waitUntilAsleep()
    }

    @Test func theClaimIsInTheLedgerBeforeTheFireTimeAndNothingStartsBeforeIt() async throws {
        let fixture = try await fixture()
        try await fixture.running {
            await fixture.advance(20)
            #expect(fixture.waker.deadline == WallTime(minute) - .milliseconds(5))
            fixture.clocks.advance(by: .milliseconds(9_995))
            _ = await fixture.waker.waitUntilAsleep()
            let record = try await fixture.ledger.record(of: job.id, at: minute)
            #expect(record != nil && record?.outcome == nil)
            #expect(await fixture.runner.attempts.isEmpty)
            #expect(fixture.waker.deadline == WallTime(minute))
            fixture.clocks.advance(by: .milliseconds(4))
            #expect(await fixture.runner.attempts.isEmpty)
            fixture.clocks.advance(by: .milliseconds(1))
            _ = await fixture.waker.waitUntilAsleep()
            #expect(await fixture.runner.attempts.map(\.scheduledAt) == [minute])
            await fixture.runner.finishAll()
        }
    }

    @Test func theNextFireTimeFollowsFromTheLastOne() async throws {
        let fixture = try await fixture()
        try await fixture.running {
            for _ in 0..<3 {
                await goToTheLead(fixture)
                fixture.clocks.advance(by: .milliseconds(30_005))
                _ = await fixture.waker.waitUntilAsleep()
                await fixture.runner.finishAll()
            }
            #expect(await fixture.runner.attempts.map(\.scheduledAt) == [minute, minute + 60, minute + 120])
        }
    }

    @Test func anEarlyWakeUpWhileItWaitsStartsNothing() async throws {
        let fixture = try await fixture()
        try await fixture.running {
            await goToTheLead(fixture)
            for _ in 0..<3 {
                fixture.waker.poke()
                _ = await fixture.waker.waitUntilAsleep()
                #expect(await fixture.runner.attempts.isEmpty)
            }
            fixture.clocks.advance(by: .milliseconds(5))
            _ = await fixture.waker.waitUntilAsleep()
            #expect(await fixture.runner.attempts.count == 1)
            await fixture.runner.finishAll()
        }
    }

    @Test func aClockThatIsSetBackMeanwhileHoldsItUpNoLongerThanTheLead() async throws {
        let fixture = try await fixture()
        try await fixture.running {
            await goToTheLead(fixture)
            fixture.clocks.step(wall: WallTime(Fixture.start - 600))
            _ = await fixture.waker.waitUntilAsleep()
            #expect(await fixture.runner.attempts.isEmpty)
            fixture.clocks.advance(by: .milliseconds(50))
            _ = await fixture.waker.waitUntilAsleep()
            #expect(await fixture.runner.attempts.map(\.scheduledAt) == [minute])
            await fixture.runner.finishAll()
        }
    }

    @Test func theEndOfTheServiceDoesNotLoseWhatWasClaimed() async throws {
        let fixture = try await fixture()
        let loop = Task { await fixture.scheduler.run() }
        _ = await fixture.waker.waitUntilAsleep()
        await goToTheLead(fixture)
        await fixture.scheduler.stop()
        _ = await fixture.waker.waitUntilAsleep()
        fixture.clocks.advance(by: .milliseconds(5))
        await loop.value
        #expect(await fixture.runner.attempts.map(\.scheduledAt) == [minute])
        await fixture.runner.finishAll()
        await fixture.scheduler.settle()
        #expect(try await fixture.ledger.record(of: job.id, at: minute)?.outcome == .succeeded)
    }

    @Test func aFailingStoreIsAskedAgainAfterASecond() async throws {
        let fixture = try await fixture()
        await fixture.ledger.fail(StoreError(.full, "disk full"))
        try await fixture.running {
            await goToTheLead(fixture)
            #expect(await fixture.scheduler.storeIsDown)
            await fixture.ledger.fail(nil)
            fixture.clocks.advance(by: .milliseconds(1_005))
            _ = await fixture.waker.waitUntilAsleep()
            #expect(await fixture.runner.attempts.map(\.scheduledAt) == [minute])
            await fixture.runner.finishAll()
        }
    }

    @Test func withoutALeadNothingIsClaimedAhead() async throws {
        let fixture = try await Fixture()
        _ = await fixture.scheduler.replaceTable([job], since: Fixture.start)
        try await fixture.running {
            #expect(fixture.waker.deadline == WallTime(minute))
            fixture.clocks.advance(by: .milliseconds(29_999))
            _ = await fixture.waker.waitUntilAsleep()
            let record = try await fixture.ledger.record(of: job.id, at: minute)
            #expect(record == nil)
        }
    }
}
