import CronExpressions
import CronJobs
import Testing

@testable import CronEngine

@Suite("Runs that are decided without the store, and wait") struct WaitingFromMemoryTests {
    private func job(
        _ name: String, _ schedule: String = "* * * * *", _ change: (inout JobPolicies.Values) -> Void = { _ in }
    ) throws -> Job {
        try Fixture.job(name, schedule) {
            $0.storeDown = .local
            change(&$0)
        }
    }

    private func run(_ job: String, _ minute: Int64) -> RunID { RunID(job: JobID(job), .scheduled(Fixture.start + 30 + 60 * minute)) }

    @Test("Once the ledger has one that waits for its job, it is asked again before that starts: somebody may have taken it over")
    func enteredMeanwhile() throws {
        var driver = MachineDriver(node: "n1")
        driver.replaceTable([try job("a") { $0.overlap = .queue(2) }])
        driver.failure = (MachineDriver.unavailable, .all)
        driver.advance(.seconds(95))
        #expect(driver.going.map(\.run) == [run("a", 0)] && driver.asked.isEmpty)
        driver.failure = nil
        driver.advance(.seconds(10))
        #expect(!driver.machine.situation.owed.contains(run("a", 1)))
        driver.finish(run("a", 0))
        #expect(driver.going.map(\.run) == [run("a", 1)])
        let asked = try #require(driver.asked[run("a", 1)])
        #expect(asked < driver.now.monotonic)
    }

    @Test("What the ledger has yet to hear of is not asked about, though it finds room together with what was claimed")
    func roomForBoth() throws {
        var driver = MachineDriver(node: "n1", maxRunning: 2)
        let patient = try job("c") { ($0.storeDown, $0.grace) = (.hold, .seconds(300)) }
        driver.replaceTable([try job("a"), try job("b"), patient])
        driver.advance(.seconds(35))
        #expect(driver.going.map(\.run) == [run("a", 0), run("b", 0)] && driver.machine.situation.waiting[run("c", 0)] != nil)
        driver.failure = (MachineDriver.unavailable, .all)
        driver.advance(.seconds(57))
        #expect(driver.machine.situation.waiting[run("a", 1)] != nil)
        let ended = driver.going.map {
            RunEvent.finished(Finish(run: $0.run, attempt: 1, fence: $0.fence, outcome: .succeeded, at: driver.now.wall))
        }
        driver.handle(.reported(ended))
        #expect(Set(driver.started.suffix(2).map(\.run)) == [run("a", 1), run("c", 0)])
        #expect(driver.asked[run("c", 0)] != nil && driver.asked[run("a", 1)] == nil)
    }

    @Test("Where the store's clock was set back meanwhile, what ran is entered when its time has come there, and nothing but its job waits")
    func setBackMeanwhile() throws {
        var driver = MachineDriver(node: "n1")
        driver.replaceTable([try job("a"), try job("b", "0 0 1 1 *") { $0.storeDown = .hold }])
        driver.failure = (MachineDriver.unavailable, .all)
        driver.advance(.seconds(35))
        driver.finish(run("a", 0))
        (driver.failure, driver.storeIsBehind) = (nil, .seconds(4 * 3600))
        driver.advance(.seconds(20))
        #expect(driver.order("b") == .starts(driver.going.last?.run ?? run("b", 0)))
        driver.advance(.seconds(600))
        #expect(driver.starts.filter { $0.hasPrefix("a") } == ["\(run("a", 0))"], "it does not run by a clock that is wrong")
        #expect(driver.machine.situation.owed.contains(run("a", 0)) && driver.outcome(run("a", 0)) == nil)
        #expect(driver.questions.count { $0 == "claim 1" } < 60, "the store is not asked without end")
        driver.storeIsBehind = .zero
        driver.advance(.seconds(20))
        #expect(driver.machine.situation.owed.isEmpty && driver.outcome(run("a", 0)) == .succeeded)
        #expect(driver.going.last?.run == run("a", 10), "and its job goes on")
    }
}
