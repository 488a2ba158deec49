import CronExpressions
import CronJobs
import Testing

@testable import CronEngine

@Suite("A fire time finds a run going") struct OverlapTests {
    private let minute = Fixture.start + 30

    private func driver(_ overlap: OverlapPolicy, _ change: (inout JobPolicies.Values) -> Void = { _ in }) throws -> MachineDriver {
        var driver = MachineDriver()
        let job = try Fixture.job("a", "* * * * *") {
            $0.overlap = overlap
            change(&$0)
        }
        driver.replaceTable([job])
        driver.advance(.seconds(30))
        return driver
    }

    private func run(_ number: Int64) -> RunID { RunID(job: JobID("a"), .scheduled(minute + 60 * number)) }

    private func overlaps(_ driver: MachineDriver) -> [String] {
        driver.told.compactMap {
            switch $0 {
            case .overlapBegan(_, let going): "began \(going)"
            case .overlapEnded(_, let length, let count): "ended \(length.wholeSeconds) \(count)"
            default: nil
            }
        }
    }

    @Test("`queue` starts them one after another, in order, however long that takes; beyond it they are skipped") func queue() throws {
        var driver = try driver(.queue(2))
        driver.advance(.seconds(300))
        #expect(driver.going.map(\.run) == [run(0)] && driver.machine.situation.waiting.count == 2)
        for number in 0..<3 as Range<Int64> { driver.finish(run(number)) }
        driver.advance(.milliseconds(1))
        #expect(driver.started.map(\.run) == [run(0), run(1), run(2)])
        #expect(driver.ledger.decisions[JobID("a")]?.count == 6)
        #expect(overlaps(driver) == ["began 1", "ended 240 5"])
        driver.advance(.seconds(60))
        #expect(driver.going.map(\.run) == [run(6)])
    }

    @Test("A run that leaves the queue has its grace from then on") func grace() throws {
        var driver = try driver(.queue(1))
        driver.advance(.seconds(360))
        driver.finish(run(0))
        #expect(driver.started.last?.startDeadline == driver.now.wall + .seconds(60))
    }

    @Test("`replace` ends the run that goes on, and starts once it has ended") func replace() throws {
        var driver = try driver(.replace)
        driver.advance(.seconds(60))
        #expect(driver.endings == [run(0): .replaced] && driver.started.count == 1)
        driver.finish(run(0))
        #expect(driver.going.map(\.run) == [run(1)])
        driver.advance(.milliseconds(1))
        #expect(driver.outcome(run(0)) == .replaced)
        #expect(overlaps(driver) == ["began 1", "ended 0 1"])
    }

    @Test("One that waits to replace a run that will not end is replaced by the next") func replaceTwice() throws {
        var driver = try driver(.replace)
        driver.advance(.seconds(120))
        #expect(driver.outcome(run(1)) == .replaced && driver.machine.situation.waiting.count == 1)
        driver.finish(run(0))
        driver.advance(.milliseconds(1))
        #expect(driver.started.map(\.run) == [run(0), run(2)] && driver.outcome(run(0)) == .replaced)
    }

    @Test("A further attempt of an older run replaces nothing, and is skipped") func furtherAttempt() throws {
        var driver = try driver(.replace) { $0.retry = RetryPolicy(attempts: 2, backoff: .fixed(.seconds(70))) }
        driver.finish(run(0), .failed(.exit(1)))
        driver.advance(.seconds(75))
        #expect(driver.endings.isEmpty && driver.going.map(\.run) == [run(1)])
        #expect(driver.outcome(run(0), 2) == .skipped(.overlap))
    }

    @Test("An overlap is told when it begins and when it ends, whatever is done about it") func told() throws {
        var allow = try driver(.allow)
        allow.advance(.seconds(120))
        #expect(overlaps(allow) == ["began 1"] && allow.going.count == 3)
        allow.finish(run(0))
        #expect(overlaps(allow).count == 1, "two are left")
        allow.finish(run(1))
        #expect(overlaps(allow) == ["began 1", "ended 60 2"])
        var skip = try driver(.skip)
        skip.advance(.seconds(180))
        #expect(overlaps(skip) == ["began 1"])
        skip.finish(run(0))
        #expect(overlaps(skip) == ["began 1", "ended 120 3"])
    }

    @Test("A run that waits for a job that leaves the table never starts; a changed job starts as it is then") func edited() throws {
        var driver = try driver(.queue(2))
        driver.advance(.seconds(60))
        var job = driver.machine.agenda.table.jobs[0]
        job.command = Command(text: "other")
        driver.replaceTable([job])
        driver.finish(run(0))
        #expect(driver.started.last?.job.command?.text == "other")
        driver.advance(.seconds(60))
        driver.replaceTable([])
        driver.finish(run(1))
        driver.advance(.milliseconds(1))
        #expect(driver.started.count == 2 && driver.outcome(run(2)) == .cancelled)
    }

    @Test("At the end what waits has its outcome: cancelled, or left to others where it is tried again") func end() throws {
        for attempts in [1, 2] {
            var driver = try driver(.queue(2)) { $0.retry.attempts = attempts }
            driver.advance(.seconds(60))
            driver.handle(.stop)
            driver.finish(run(0))
            driver.writeGathered()
            #expect(driver.outcome(run(1)) == (attempts == 1 ? .cancelled : .interrupted) && driver.started.count == 1)
        }
    }
}

@Suite("The service has no room for more") struct RoomTests {
    private let minute = Fixture.start + 30

    @Test("What is more than may run at once starts in order of fire time, then table, as others end") func order() throws {
        var driver = MachineDriver(maxRunning: 2)
        driver.replaceTable(try (0..<5).map { try Fixture.job("job-\($0)", "* * * * *") })
        driver.advance(.seconds(30))
        #expect(driver.going.count == 2)
        for number in 0..<5 { driver.finish(RunID(job: JobID("job-\(number)"), .scheduled(minute))) }
        #expect(driver.started.map(\.job.id.description) == ["job-0", "job-1", "job-2", "job-3", "job-4"])
    }

    @Test("Who waits longer than its grace is skipped, and says why") func grace() throws {
        var driver = MachineDriver(maxRunning: 1)
        driver.replaceTable([
            try Fixture.job("long", "* * * * *") { $0.overlap = .skip }, try Fixture.job("short", "1 * * * *") { $0.grace = .seconds(5) },
        ])
        driver.advance(.seconds(36))
        let short = RunID(job: JobID("short"), .scheduled(minute))
        #expect(driver.outcome(short) == .skipped(.load) && driver.started.count == 1)
        driver.finish(driver.started[0].run)
        #expect(driver.started.count == 1)
    }

    @Test("What waits does not hold up the machine while the store fails") func storeFails() throws {
        var driver = MachineDriver(maxRunning: 1)
        driver.replaceTable([try Fixture.job("a", "1 0 1 1 *"), try Fixture.job("b", "1 0 1 1 *"), try Fixture.job("c", "* * * * *")])
        driver.advance(.seconds(31))
        driver.failure = (MachineDriver.unavailable, .all)
        driver.finish(driver.started[0].run)
        #expect(driver.started.map(\.job.id.description) == ["a", "b"])
    }

    @Test("Everything that is late starts in order of fire time, then table") func late() throws {
        var driver = MachineDriver()
        let jobs = try ["a", "b"].map { try Fixture.every($0, 10) { $0.catchUp = .all(limit: 9) } }
        driver.replaceTable(jobs)
        driver.stepClock(.seconds(30))
        driver.handle(.time)
        let starts = driver.started.map { "\($0.job.id) \($0.scheduledAt.seconds - Fixture.start.seconds)" }
        #expect(starts == ["a 10", "b 10", "a 20", "b 20", "a 30", "b 30"])
    }
}
