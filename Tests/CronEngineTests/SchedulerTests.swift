import CronExpressions
import CronJobs
import CronEngine
import CronTesting
import Testing

@Suite struct SchedulerTests {
    @Test func startsEachMinuteOnceAndRecordsTheOutcome() async throws {
        let fixture = try await Fixture()
        let job = try Fixture.job("tick", "* * * * *")
        _ = await fixture.scheduler.replaceTable([job], since: Fixture.start)
        try await fixture.running {
            await fixture.advance(30)
            #expect(await fixture.runner.attempts.map(\.scheduledAt) == [Fixture.start + 30])
            await fixture.runner.finishAll()
            await fixture.advance(60)
            #expect(await fixture.runner.attempts.map(\.scheduledAt) == [Fixture.start + 30, Fixture.start + 90])
            await fixture.runner.finishAll(.failed(.exit(3)))
        }
        await fixture.scheduler.settle()
        #expect(try await fixture.ledger.record(of: job.id, at: Fixture.start + 30)?.outcome == .succeeded)
        #expect(try await fixture.ledger.record(of: job.id, at: Fixture.start + 90)?.outcome == .failed(.exit(3)))
    }

    @Test func nothingStartsWhenTheClaimFailsAndItIsTriedAgain() async throws {
        let fixture = try await Fixture()
        _ = await fixture.scheduler.replaceTable([try Fixture.job("tick", "* * * * *")], since: Fixture.start)
        await fixture.ledger.fail(StoreError(.full, "disk full"))
        try await fixture.running {
            await fixture.advance(30)
            #expect(await fixture.runner.attempts.isEmpty)
            #expect(await fixture.scheduler.storeIsDown)
            await fixture.ledger.fail(nil)
            await fixture.advance(2)
            #expect(await fixture.runner.attempts.map(\.scheduledAt) == [Fixture.start + 30])
        }
        #expect(fixture.observer.events.contains("store recovered"))
    }

    @Test func aStoreThatIsDownBeyondGraceMakesFireTimesMissed() async throws {
        let fixture = try await Fixture()
        let job = try Fixture.job("tick", "* * * * *")
        _ = await fixture.scheduler.replaceTable([job], since: Fixture.start)
        await fixture.ledger.fail(StoreError(.unavailable, "gone"))
        try await fixture.running {
            for _ in 0..<10 { await fixture.advance(15) }
            await fixture.ledger.fail(nil)
            await fixture.advance(2)
        }
        #expect(await fixture.runner.attempts.map(\.scheduledAt) == [Fixture.start + 150])
        let record = try await fixture.ledger.record(of: job.id, at: Fixture.start + 30)
        #expect(record?.outcome == .missed(2))
        #expect(try await fixture.ledger.record(of: job.id, at: Fixture.start + 90) == record)
    }

    @Test func aCatchUpThatOverlapsItselfStartsTheFirstAndRecordsTheOthers() async throws {
        let fixture = try await Fixture()
        let job = try Fixture.job("slow", "* * * * *") {
            $0.overlap = .skip
            $0.catchUp = .all(limit: 5)
            $0.grace = .seconds(600)
        }
        _ = await fixture.scheduler.replaceTable([job], since: Fixture.start)
        try await fixture.running {
            await fixture.advance(150)
            #expect(await fixture.runner.attempts.map(\.scheduledAt) == [Fixture.start + 30])
            await fixture.scheduler.settle()
        }
        for later in [90, 150] as [Int64] {
            let record = try await fixture.ledger.record(of: job.id, at: Fixture.start + later)
            #expect(record?.outcome == .skipped(.overlap))
        }
    }

    @Test func anOutageIsToldOnceThenOnceAMinuteAndItsEndOnce() async throws {
        let fixture = try await Fixture()
        _ = await fixture.scheduler.replaceTable([try Fixture.job("tick", "* * * * *")], since: Fixture.start)
        try await fixture.running {
            await fixture.ledger.fail(StoreError(.full, "disk full"))
            for _ in 0..<155 { await fixture.advance(1) }
            await fixture.ledger.fail(StoreError(.readOnly, "read-only"))
            for _ in 0..<5 { await fixture.advance(1) }
            await fixture.ledger.fail(nil)
            for _ in 0..<5 { await fixture.advance(1) }
        }
        let told = fixture.observer.events.filter { $0.hasPrefix("store") }
        #expect(
            told == [
                "store failed full", "store still fails 60", "store still fails 120", "store failed readOnly", "store recovered",
            ])
    }

    @Test func theStoreWorksAgainOnlyWhenTheOutcomesAreWrittenToo() async throws {
        let fixture = try await Fixture()
        let job = try Fixture.job("tick", "* * * * *")
        _ = await fixture.scheduler.replaceTable([job], since: Fixture.start)
        try await fixture.running {
            await fixture.advance(30)
            await fixture.ledger.fail(StoreError(.full, "disk full"))
            await fixture.runner.finishAll()
            await fixture.advance(60)
            #expect(await fixture.scheduler.storeIsDown)
            await fixture.ledger.fail(nil)
            await fixture.advance(2)
        }
        await fixture.scheduler.settle()
        #expect(try await fixture.ledger.record(of: job.id, at: Fixture.start + 30)?.outcome == .succeeded)
        #expect(fixture.observer.events.filter { $0.hasPrefix("store") }.first == "store failed full")
    }

    @Test func overlapSkipRecordsTheFireTime() async throws {
        let fixture = try await Fixture()
        let job = try Fixture.job("slow", "* * * * *") { $0.overlap = .skip }
        _ = await fixture.scheduler.replaceTable([job], since: Fixture.start)
        try await fixture.running {
            await fixture.advance(30)
            await fixture.advance(60)
            #expect(await fixture.runner.attempts.count == 1)
            await fixture.runner.finishAll()
            await fixture.advance(60)
            #expect(await fixture.runner.attempts.count == 2)
        }
        #expect(try await fixture.ledger.record(of: job.id, at: Fixture.start + 90)?.outcome == .skipped(.overlap))
    }

    @Test func maxRunningBoundsAllowedOverlap() async throws {
        let fixture = try await Fixture()
        _ = await fixture.scheduler.replaceTable([try Fixture.job("slow", "* * * * *") { $0.maxRunning = 2 }], since: Fixture.start)
        try await fixture.running {
            await fixture.advance(30)
            for _ in 0..<3 { await fixture.advance(60) }
            #expect(await fixture.runner.attempts.count == 2)
        }
    }

    @Test func reloadKeepsUnchangedJobsAndTheirWatermarks() async throws {
        let fixture = try await Fixture()
        let kept = try Fixture.job("kept", "* * * * *"), gone = try Fixture.job("gone", "* * * * *")
        _ = await fixture.scheduler.replaceTable([kept, gone], since: Fixture.start)
        try await fixture.running {
            await fixture.advance(30)
            let new = try Fixture.job("new", "* * * * *")
            var changed = kept
            changed.command?.text = "false"
            let difference = await fixture.scheduler.replaceTable([changed, new], since: Fixture.start + 30)
            #expect(difference.added == [new.id])
            #expect(difference.changed == [kept.id])
            #expect(difference.removed == [gone.id])
            await fixture.advance(60)
        }
        let starts = await fixture.runner.attempts.map { "\($0.run.job)@\($0.scheduledAt - Fixture.start)" }
        #expect(starts.sorted() == ["gone@30", "kept@30", "kept@90", "new@90"])
    }

    @Test func aLineAddedJustBeforeItsMinuteAndNoticedAfterRuns() async throws {
        let fixture = try await Fixture()
        try await fixture.running {
            await fixture.advance(31)
            _ = await fixture.scheduler.replaceTable([try Fixture.job("new", "* * * * *")], since: Fixture.start + 29)
            await fixture.advance(1)
            #expect(await fixture.runner.attempts.map(\.scheduledAt) == [Fixture.start + 30])
        }
    }

    @Test func aClockSetBackRepeatsNothing() async throws {
        let fixture = try await Fixture()
        _ = await fixture.scheduler.replaceTable([try Fixture.job("tick", "* * * * *")], since: Fixture.start)
        try await fixture.running {
            await fixture.advance(30)
            fixture.clocks.step(by: .seconds(-120))
            _ = await fixture.waker.waitUntilAsleep()
            for _ in 0..<9 { await fixture.advance(15) }
            #expect(await fixture.runner.attempts.count == 1)
            for _ in 0..<4 { await fixture.advance(15) }
            #expect(await fixture.runner.attempts.map(\.scheduledAt) == [Fixture.start + 30, Fixture.start + 90])
        }
        #expect(fixture.observer.events.contains("jumped -120"))
    }

    @Test func aClockThatHadBeenFarAheadDoesNotSilenceJobs() async throws {
        let fixture = try await Fixture()
        let job = try Fixture.job("tick", "* * * * *")
        _ = await fixture.scheduler.replaceTable([job], since: Fixture.start)
        try await fixture.running {
            await fixture.advance(30)
            fixture.clocks.step(by: .seconds(-400 * 86_400))
            _ = await fixture.waker.waitUntilAsleep()
            await fixture.advance(60)
            #expect(await fixture.runner.attempts.count == 2)
        }
        #expect(fixture.observer.events.contains("rewound tick"))
    }

    @Test func aForwardStepIsLatenessByPolicy() async throws {
        let fixture = try await Fixture()
        let job = try Fixture.job("tick", "* * * * *")
        _ = await fixture.scheduler.replaceTable([job], since: Fixture.start)
        try await fixture.running {
            fixture.clocks.step(by: .seconds(600))
            _ = await fixture.waker.waitUntilAsleep()
        }
        let attempts = await fixture.runner.attempts
        #expect(attempts.count == 1)
        #expect(attempts.first?.trigger == .catchUp)
        #expect(try await fixture.ledger.record(of: job.id, at: Fixture.start + 30)?.outcome == .missed(9))
    }

    @Test func startupJobsRunOncePerIncarnation() async throws {
        let fixture = try await Fixture()
        let job = Job(id: JobID("boot"), timing: .startup, command: Command(text: "true"))
        _ = await fixture.scheduler.replaceTable([job], since: Fixture.start)
        await fixture.scheduler.fireStartup(incarnation: 1)
        await fixture.scheduler.fireStartup(incarnation: 1)
        await fixture.scheduler.fireStartup(incarnation: 2)
        #expect(await fixture.runner.attempts.map { "\($0.run)" } == ["boot@boot-1", "boot@boot-2"])
        #expect(fixture.observer.events.contains("taken boot@boot-1"))
    }

    @Test func aThousandJobsOfOneMinuteStartInTableOrder() async throws {
        let fixture = try await Fixture()
        let jobs = try (0..<1000).map { try Fixture.job("job-\($0)", "* * * * *") }
        _ = await fixture.scheduler.replaceTable(jobs, since: Fixture.start)
        try await fixture.running { await fixture.advance(30) }
        #expect(await fixture.runner.attempts.map(\.job.id) == jobs.map(\.id))
    }
}
