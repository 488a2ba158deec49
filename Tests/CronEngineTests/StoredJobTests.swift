import CronExpressions
import CronJobs
import CronEngine
import CronTesting
import Testing

@Suite struct StoredJobTests {
    private static func once(_ name: String, in seconds: Int64) -> (job: Job, watermark: Instant) {
        let time = Fixture.start + seconds
        let job = Job(
            id: JobID(name), timing: .other(AnySchedule(OneTimeSchedule(at: time))), command: Command(text: "true"))
        return (job, time - 1)
    }

    @Test("A job that no table has runs at its time, once, beside the table's")
    func runs() async throws {
        let fixture = try await Fixture()
        _ = await fixture.scheduler.replaceTable([try Fixture.job("line", "* * * * *")], since: Fixture.start)
        try await fixture.running {
            await fixture.scheduler.changeStored(adding: [Self.once("at:a", in: 40), Self.once("at:b", in: 30)])
            await fixture.advance(30)
            await fixture.advance(10)
            await fixture.advance(20)
            await fixture.advance(30)
        }
        let started = await fixture.runner.attempts.map(\.run.job.description)
        #expect(started.filter { $0 == "at:a" }.count == 1)
        #expect(started.filter { $0 == "at:b" }.count == 1)
        #expect(started.filter { $0 == "line" }.count == 2)
    }

    @Test("Its record says who asked for it, also where it was missed")
    func asker() async throws {
        let fixture = try await Fixture(), late = JobID("at:late"), punctual = JobID("at:a")
        let asked = [punctual: "uid 7, host h", late: "uid 8, host h"]
        _ = await fixture.scheduler.replaceTable([try Fixture.job("line", "* * * * *")], since: Fixture.start)
        try await fixture.running {
            await fixture.scheduler.changeStored(adding: [Self.once("at:a", in: 40), Self.once("at:late", in: -600)], askedBy: asked)
            await fixture.advance(30)
            await fixture.advance(10)
        }
        #expect(try await fixture.ledger.record(of: punctual, at: Fixture.start + 40)?.by == "uid 7, host h")
        let missed = try await fixture.ledger.record(of: late, at: Fixture.start - 600)
        #expect(missed?.outcome == .missed(1) && missed?.by == "uid 8, host h")
        #expect(try await fixture.ledger.history(of: JobID("line"), limit: 1).map(\.by) == [nil])
    }

    @Test("It stays when the table is replaced, and no table's difference names it")
    func survivesATable() async throws {
        let fixture = try await Fixture()
        _ = await fixture.scheduler.replaceTable([try Fixture.job("line", "* * * * *")], since: Fixture.start)
        await fixture.scheduler.changeStored(adding: [Self.once("at:a", in: 40)])
        let difference = await fixture.scheduler.replaceTable([try Fixture.job("other", "* * * * *")], since: Fixture.start)
        #expect(difference.removed == [JobID("line")])
        #expect(difference.added == [JobID("other")])
        #expect(await fixture.scheduler.jobs.map(\.id.description) == ["other", "at:a"])
        try await fixture.running { await fixture.advance(40) }
        #expect(await fixture.runner.attempts.map(\.run.job.description).contains("at:a"))
    }

    @Test("One that was taken out does not run; one of the same id takes its place")
    func takenOut() async throws {
        let fixture = try await Fixture()
        try await fixture.running {
            await fixture.scheduler.changeStored(adding: [Self.once("at:a", in: 10), Self.once("at:b", in: 10)])
            await fixture.scheduler.changeStored(adding: [Self.once("at:b", in: 20)], removing: [JobID("at:a"), JobID("unknown")])
            await fixture.advance(10)
            #expect(await fixture.runner.attempts.isEmpty)
            await fixture.advance(10)
        }
        #expect(await fixture.runner.attempts.map(\.run.description) == ["at:b@\(Fixture.start.seconds + 20)"])
        #expect(await fixture.scheduler.jobs.map(\.id.description) == ["at:b"])
    }

    @Test("Thousands that come and go leave nothing behind, and the others run on time")
    func many() async throws {
        let fixture = try await Fixture()
        _ = await fixture.scheduler.replaceTable([try Fixture.job("line", "* * * * *")], since: Fixture.start)
        await fixture.scheduler.changeStored(adding: [Self.once("at:stays", in: 50)])
        for number in 0..<3000 {
            await fixture.scheduler.changeStored(adding: [Self.once("at:\(number)", in: 10)])
            await fixture.scheduler.changeStored(adding: [], removing: [JobID("at:\(number)")])
        }
        #expect(await fixture.scheduler.jobs.map(\.id.description) == ["line", "at:stays"])
        try await fixture.running {
            await fixture.advance(30)
            await fixture.advance(20)
        }
        #expect(await fixture.runner.attempts.map(\.run.job.description) == ["line", "at:stays"])
    }
}
