import CronExpressions
import CronJobs
import CronEngine
import CronTesting
import Testing

@Suite("What is done at the start of the service") struct StartupTests {
    private let gone = StoreError(.unavailable, "gone")

    private func boot(_ name: String, _ policy: StoreDownPolicy = .hold) -> Job {
        var values = JobPolicies.Values()
        values.storeDown = policy
        return Job(id: JobID(name), timing: .startup, command: Command(text: "true"), policies: JobPolicies(values))
    }

    @Test("@reboot jobs that the store could not be asked about start once it works") func storeFails() async throws {
        let fixture = try await Fixture()
        _ = await fixture.scheduler.replaceTable([boot("waits"), boot("local", .local)], since: Fixture.start)
        await fixture.ledger.fail(gone)
        await fixture.scheduler.fireStartup(incarnation: 7)
        #expect(await fixture.runner.attempts.map { "\($0.run)" } == ["local@boot-7"], "only what does without the store")
        try await fixture.running {
            await fixture.advance(3)
            #expect(await fixture.runner.attempts.count == 1)
            await fixture.ledger.fail(nil)
            await fixture.advance(2)
            #expect(await fixture.runner.attempts.map { "\($0.run)" } == ["local@boot-7", "waits@boot-7"])
            await fixture.runner.finishAll()
            await fixture.advance(60)
            #expect(await fixture.runner.attempts.count == 2, "each once")
        }
        await fixture.scheduler.settle()
        for name in ["waits", "local"] {
            let history = try await fixture.ledger.history(of: JobID(name), limit: 5)
            #expect(history.map(\.outcome) == [.succeeded], "\(name)")
        }
    }

    @Test("after the end was asked for, none is started any more") func stopped() async throws {
        let fixture = try await Fixture()
        _ = await fixture.scheduler.replaceTable([boot("waits")], since: Fixture.start)
        await fixture.ledger.fail(gone)
        await fixture.scheduler.fireStartup(incarnation: 7)
        await fixture.ledger.fail(nil)
        await fixture.scheduler.stop()
        await fixture.scheduler.run()
        #expect(await fixture.runner.attempts.isEmpty)
    }

    @Test("marks that a wrong clock has left in the store do not silence a job") func farMarks() async throws {
        let fixture = try await Fixture()
        let far = try Fixture.job("far", "* * * * *"), near = try Fixture.job("near", "* * * * *")
        let tenDays = Fixture.start + 10 * 86_400, hour = Fixture.start + 3600
        try await fixture.ledger.assert([far.id: tenDays, near.id: hour])
        _ = await fixture.scheduler.replaceTable([far, near], watermarks: [far.id: tenDays, near.id: hour], since: Fixture.start)
        #expect(fixture.observer.events == ["rewound far"])
        #expect(try await fixture.ledger.watermarks() == [far.id: Fixture.start, near.id: hour])
        try await fixture.running {
            await fixture.advance(30)
            #expect(await fixture.runner.attempts.map(\.job.id) == [far.id])
        }
    }
}
