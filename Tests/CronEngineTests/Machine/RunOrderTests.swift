import CronExpressions
import CronJobs
import CronTesting
import Testing

@testable import CronEngine

@Suite("A run that somebody asks for") struct RunOrderTests {
    private let minute = Fixture.start + 30
    private let first = RunID(job: JobID("a"), .manual(Fixture.start, 1))

    private func driver(maxRunning: Int? = nil, _ change: (inout JobPolicies.Values) -> Void = { _ in }) throws -> MachineDriver {
        var driver = MachineDriver(maxRunning: maxRunning)
        driver.replaceTable([try Fixture.job("a", "* * * * *", change)])
        return driver
    }

    @Test("It is claimed, started and answered with its name, and told with who asked") func starts() throws {
        var driver = try driver()
        #expect(driver.order("a") == .starts(first))
        #expect(driver.questions == ["claim 1"] && driver.starts == ["a@\(Fixture.start.seconds)m00000001"])
        #expect(driver.started[0].trigger == .manual)
        #expect(driver.told.contains { if case .runAsked(first, by: "somebody", isForced: false) = $0 { true } else { false } })
        driver.finish(first)
        driver.advance(.seconds(30))
        #expect(driver.outcome(first) == .succeeded)
        #expect(driver.starts.last == "a@\(minute.seconds)", "its fire times go on")
    }

    @Test("Its claim and its further attempts say who asked") func asker() throws {
        var driver = try driver { $0.retry = RetryPolicy(attempts: 2, backoff: .fixed(.seconds(5))) }
        driver.order("a")
        driver.finish(first, .failed(.exit(1)))
        driver.advance(.seconds(10))
        #expect(driver.started.map(\.by) == ["somebody", "somebody"])
        driver.advance(.seconds(30))
        #expect(driver.started.last?.by == nil, "a fire time is nobody's wish")
    }

    @Test("One that was asked for at another node has the name that was given there") func named() throws {
        var driver = try driver()
        driver.handle(.runWanted(RunOrder(JobID("a"), by: "somebody", token: 7, at: Fixture.start - 5)))
        #expect(driver.starts == ["a@\((Fixture.start - 5).seconds)m00000007"])
        #expect(driver.started[0].startDeadline.map { $0 > driver.now.wall } ?? true, "its grace begins now")
    }

    @Test("What the table does not have is refused, and so is everything at the end") func refused() throws {
        var driver = try driver()
        #expect(driver.order("b") == .refused(.unknownJob))
        driver.handle(.stop)
        #expect(driver.order("a") == .refused(.ending))
        #expect(driver.questions.isEmpty)
    }

    @Test("`overlap` and `max-running` refuse it, force lifts them") func overlap() throws {
        for overlap in [OverlapPolicy.skip, .allow] {
            var driver = try driver {
                $0.overlap = overlap
                $0.maxRunning = 1
            }
            driver.order("a")
            #expect(driver.order("a") == .refused(.overlap(1)))
            #expect(driver.order("a", isForced: true)?.run != nil)
            #expect(driver.started.count == 2)
        }
    }

    @Test("In a queue it waits its turn, and a full queue refuses it; of `replace` it takes the place") func waits() throws {
        var queue = try driver { $0.overlap = .queue(1) }
        queue.order("a")
        let second = RunID(job: JobID("a"), .manual(Fixture.start, 2))
        #expect(queue.order("a") == .waits(second, for: .overlap))
        #expect(queue.order("a") == .refused(.overlap(2)))
        queue.finish(first)
        #expect(queue.going.map(\.run) == [second])
        var replace = try driver { $0.overlap = .replace }
        replace.order("a")
        #expect(replace.order("a") == .waits(second, for: .overlap))
        replace.finish(first)
        #expect(replace.going.map(\.run) == [second])
        replace.advance(.milliseconds(1))
        #expect(replace.outcome(first) == .replaced)
    }

    @Test("Beyond what may run at once it waits its turn, too; force does not") func room() throws {
        var driver = try driver(maxRunning: 1)
        driver.order("a")
        #expect(driver.order("a") == .waits(RunID(job: JobID("a"), .manual(Fixture.start, 2)), for: .room))
        #expect(driver.order("a", isForced: true) == .starts(RunID(job: JobID("a"), .manual(Fixture.start, 3))))
    }

    @Test("While the store fails it is refused with the reason, and not claimed later") func storeFails() throws {
        var driver = try driver()
        driver.failure = (MachineDriver.unavailable, .all)
        #expect(driver.order("a") == .refused(.storeFails("gone")))
        #expect(driver.order("a") == .refused(.storeFails("gone")))
        #expect(driver.questions == ["claim 1"], "a store that failed a moment ago is left alone")
        driver.failure = nil
        driver.advance(.seconds(20))
        #expect(driver.started.isEmpty)
        driver.wait = .seconds(3)
        #expect(driver.order("a") == .refused(.storeWaits))
    }

    @Test("It is tried as often as its job says, after a restart, too") func attempts() throws {
        let job = try Fixture.job("a", "0 0 1 1 *") { $0.retry = RetryPolicy(attempts: 2, backoff: .fixed(.seconds(5))) }
        var driver = MachineDriver()
        driver.replaceTable([job])
        driver.order("a")
        driver.finish(first, .failed(.exit(1)))
        let history = { driver.ledger.history(of: job.id) }
        driver.advance(.seconds(1))
        let missing = Retry.missing(in: history(), job, now: driver.now.wall, notBefore: driver.now.wall)
        #expect(missing.map(\.run) == [first] && missing.map(\.number) == [2])
        driver.advance(.seconds(5))
        #expect(driver.starts == ["\(first)", "\(first) 2"])
    }

    @Test("The scheduler answers whoever asks, and the run is in the ledger as somebody's") func scheduler() async throws {
        let fixture = try await Fixture()
        _ = await fixture.scheduler.replaceTable([try Fixture.job("a", "0 0 1 1 *") { $0.overlap = .skip }], since: Fixture.start)
        let job = JobID("a")
        let run = try #require(await fixture.scheduler.run(RunOrder(job, by: "uid 0", token: 0xbad_cafe)).run)
        #expect("\(run)" == "a@\(Fixture.start.seconds)m0badcafe")
        #expect(await fixture.runner.attempts.map(\.run) == [run])
        #expect(await fixture.scheduler.run(RunOrder(job, by: "uid 0")) == .refused(.overlap(1)))
        #expect(await fixture.scheduler.cancel(run, by: "uid 1000") == .isEnding)
        await fixture.scheduler.settle()
        let record = try #require(try await fixture.ledger.history(of: job, limit: 9).first)
        #expect(record.trigger == .manual && record.outcome == .cancelled)
        #expect(fixture.observer.events.contains("cancel \(run) by uid 1000"))
        #expect(await fixture.scheduler.cancel(run, by: "uid 1000") == .refused(.hasEnded(.cancelled)))
        #expect(await fixture.scheduler.cancel(RunID(job: job, .startup(1)), by: "me") == .refused(.unknownRun))
    }
}
