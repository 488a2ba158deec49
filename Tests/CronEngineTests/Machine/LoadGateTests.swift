import CronExpressions
import CronJobs
import Testing

@testable import CronEngine

@Suite("A job waits while the machine is short of something") struct LoadGateTests {
    private let minute = Fixture.start + 30
    private let run = RunID(job: JobID("a"), .scheduled(Fixture.start + 30))

    private func driver(_ load: Double?) throws -> MachineDriver {
        var driver = MachineDriver()
        driver.replaceTable([
            try Fixture.job("a", "1 0 1 1 *") { $0.loadGate = LoadGate(.io, percent: 40, giveUp: .seconds(300)) },
            try Fixture.job("b", "1 0 1 1 *"),
        ])
        driver.load = load.map { [.cpu: 0, .memory: 0, .io: $0] } ?? [.cpu: 0]
        driver.advance(.seconds(30))
        return driver
    }

    @Test("It starts as soon as the load was read and is low enough; others do not wait for that") func low() throws {
        let driver = try driver(40)
        #expect(driver.started.map(\.job.id.description) == ["b", "a"])
    }

    @Test("It waits while the load is high, beyond its grace, and starts once it is not") func high() throws {
        var driver = try driver(41)
        driver.advance(.seconds(120))
        #expect(driver.started.map(\.job.id.description) == ["b"])
        driver.load = [.io: 3]
        driver.advance(.seconds(3))
        #expect(driver.started.last?.run == run)
        #expect(driver.started.last?.startDeadline ?? driver.now.wall > driver.now.wall + .seconds(50), "its grace begins then")
    }

    @Test("While it waits the load is read every two seconds, not without a break") func readings() throws {
        var driver = try driver(100)
        #expect(driver.readings == 1 && !driver.hasAskedForLoad, "nobody asks again at once")
        driver.advance(.seconds(10))
        #expect((4...6).contains(driver.readings - 1) && !driver.hasAskedForLoad)
    }

    @Test("It gives up after as long as it says") func givesUp() throws {
        var driver = try driver(100)
        driver.advance(.seconds(301))
        #expect(driver.outcome(run) == .skipped(.load) && driver.machine.situation.waiting.isEmpty)
    }

    @Test("Where the system does not tell, the gate is open, and that is said once") func unknown() throws {
        var driver = try driver(nil)
        #expect(driver.started.map(\.job.id.description) == ["b", "a"])
        driver.order("a")
        driver.readLoad()
        #expect(driver.started.count == 3)
        let said = driver.told.filter { if case .loadUnknown(.io) = $0 { true } else { false } }
        #expect(said.count == 1)
    }

    @Test("A reading that never comes holds nothing else, and in the end the run gives up") func noReading() throws {
        var driver = MachineDriver()
        driver.load = nil
        driver.replaceTable([try Fixture.job("a", "1 0 1 1 *") { $0.loadGate = LoadGate(.cpu, percent: 40, giveUp: .seconds(10)) }])
        driver.advance(.seconds(45))
        #expect(driver.started.isEmpty && driver.outcome(run) == .skipped(.load))
    }
}
