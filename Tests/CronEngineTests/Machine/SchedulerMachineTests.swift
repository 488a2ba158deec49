import CronExpressions
import CronJobs
import Testing

@testable import CronEngine

@Suite("The scheduler's decisions, as a value") struct SchedulerMachineTests {
    private let minute = Fixture.start + 30

    private func driver(_ jobs: [Job], node: String? = nil, claimsAhead: Duration = .zero) -> MachineDriver {
        var driver = MachineDriver(node: node, claimsAhead: claimsAhead)
        driver.replaceTable(jobs)
        return driver
    }

    @Test("However many jobs are due at once, they are one claim and one start, in the order of the table") func batches() throws {
        let jobs = try (0..<3000).map { try Fixture.job("job-\($0)", "* * * * *") }
        var driver = driver(jobs)
        driver.advance(.seconds(30))
        #expect(driver.questions == ["claim 3000", "write 3000 0"])
        #expect(driver.started.map(\.job.id) == jobs.map(\.id))
    }

    @Test("A job that is due after another needs no look at the clock; one that is due sooner, and the first, do") func wakesForSooner()
        throws
    {
        var machine = SchedulerMachine(node: nil)
        let now = Moment(wall: WallTime(Fixture.start), monotonic: MonotonicTime(nanoseconds: 0))
        func wakes(_ name: String, _ seconds: Int64) -> Bool {
            let schedule = AnySchedule(OneTimeSchedule(at: [Fixture.start + seconds]))
            let job = Job(id: JobID(name), timing: .other(schedule), command: Command(text: "true"))
            let effects = machine.handle(.storedChanged(added: [(WholeJob(job), Fixture.start - 3600)], removed: []), at: now)
            return effects.contains { if case .wake = $0 { true } else { false } }
        }
        #expect(wakes("first", 60))
        #expect(!wakes("later", 70) && !wakes("at the same time", 60))
        #expect(wakes("sooner", 50) && wakes("late already", -10))
        #expect(machine.handle(.storedChanged(added: [], removed: [JobID("first")]), at: now).isEmpty)
    }

    @Test("Nothing is handed to the runner before its claim is answered") func claimFirst() throws {
        var machine = SchedulerMachine(node: nil)
        var now = Moment(wall: WallTime(Fixture.start), monotonic: MonotonicTime(nanoseconds: 0))
        let table = SchedulerMachine.NewTable(
            jobs: [try Fixture.job("a", "* * * * *")], rescheduled: [], watermarks: [:], since: Fixture.start)
        _ = machine.handle(.tableReplaced(table), at: now)
        now.wall = WallTime(minute)
        let asked = machine.handle(.time, at: now)
        guard case .ask(.claim(let claims, _)) = asked.first, asked.count == 1 else {
            Issue.record("\(asked)")
            return
        }
        let more = machine.handle(.time, at: now)
        #expect(more.isEmpty, "one question at a time")
        #expect(machine.situation.running.count == 0)
        let won = machine.handle(.answered(.claimed(claims.map { _ in .won(fence: 7) })), at: now)
        guard case .start(let attempts, WallTime(minute), .some) = won.last else {
            Issue.record("\(won)")
            return
        }
        #expect(attempts.map(\.fence) == [7] && machine.situation.running.count == 1)
    }

    @Test("What is missed is entered before the claim, what overlaps after it, each as one batch") func order() throws {
        let job = try Fixture.every("a", 10) {
            $0.grace = .seconds(25)
            $0.catchUp = .all(limit: 9)
            $0.overlap = .skip
        }
        var driver = driver([job])
        driver.stepClock(.seconds(100))
        driver.handle(.time)
        #expect(driver.questions == ["skip 1", "claim 1", "skip 2"])
        let decisions = try #require(driver.ledger.decisions[job.id])
        #expect(decisions.map(\.count).reduce(0, +) == 10)
    }

    @Test("A store that fails is told of once, asked again after a second, and nothing is lost") func fails() throws {
        var driver = driver([try Fixture.job("a", "* * * * *")])
        driver.failure = (MachineDriver.unavailable, .all)
        driver.advance(.seconds(30))
        #expect(driver.started.isEmpty && driver.machine.situation.store.fails)
        #expect(driver.machine.nextWake(driver.now.wall) == WallTime(minute + 1))
        driver.failure = nil
        driver.advance(.seconds(1))
        #expect(driver.starts == ["a@\(minute.seconds)"])
        driver.writeGathered()
        #expect(!driver.machine.situation.store.fails)
        #expect(driver.told.filter(\.isAboutStore).count == 2)
    }

    @Test("A job that does without the store starts, and is entered before anything new") func fromMemory() throws {
        let local = try Fixture.job("local", "* * * * *") { $0.storeDown = .local }, held = try Fixture.job("held", "* * * * *")
        var driver = driver([held, local])
        driver.failure = (MachineDriver.unavailable, .all)
        driver.advance(.seconds(30))
        #expect(driver.starts == ["local@\(minute.seconds)"])
        #expect(driver.machine.situation.owed.count == 1)
        driver.questions = []
        driver.failure = nil
        driver.advance(.seconds(2))
        #expect(driver.questions.prefix(2) == ["claim 1", "claim 1"], "what is owed, then what waited")
        #expect(driver.starts == ["local@\(minute.seconds)", "held@\(minute.seconds)"])
        #expect(driver.machine.situation.owed.isEmpty)
    }

    @Test("A job that ran from memory, left the table and came back does not repeat it") func backInTheTable() throws {
        let job = try Fixture.job("a", "* * * * *") { $0.storeDown = .local }
        var driver = driver([job])
        driver.failure = (MachineDriver.unavailable, .all)
        driver.advance(.seconds(30))
        driver.replaceTable([])
        driver.replaceTable([job], since: Fixture.start)
        driver.advance(.seconds(5))
        #expect(driver.starts == ["a@\(minute.seconds)"])
    }

    @Test("A store in quarantine is not failing: all waits until it wants to be asked") func quarantine() throws {
        var driver = driver([try Fixture.job("a", "* * * * *") { $0.storeDown = .local }])
        driver.wait = .seconds(3)
        driver.advance(.seconds(30))
        #expect(driver.machine.nextWake(driver.now.wall) == WallTime(minute + 3))
        driver.failure = (StoreError(.quarantined, "a moment"), .all)
        driver.advance(.seconds(3))
        #expect(driver.started.isEmpty && !driver.machine.situation.store.fails)
        (driver.failure, driver.wait) = (nil, nil)
        driver.advance(.seconds(1))
        #expect(driver.starts == ["a@\(minute.seconds)"])
    }

    @Test("A further attempt goes the same way, after the end of the one before is written") func retry() throws {
        let job = try Fixture.job("a", "0 * * * *") { $0.retry = RetryPolicy(attempts: 2, backoff: .fixed(.seconds(10))) }
        var driver = MachineDriver(at: Fixture.hour - 30)
        driver.replaceTable([job])
        driver.advance(.seconds(30))
        let run = try #require(driver.started.first?.run)
        driver.finish(run, .failed(.exit(1)))
        driver.questions = []
        // Not written yet: the attempt comes due first.
        driver.now.wall = driver.now.wall + .seconds(10)
        driver.now.monotonic = driver.now.monotonic + .seconds(10)
        driver.handle(.time)
        #expect(driver.questions == ["write 0 1", "claim 1"])
        #expect(driver.starts == ["\(run)", "\(run) 2"])
    }

    @Test("The jobs of the service's start go the same way, and wait for a store that fails") func startup() throws {
        let job = Job(id: JobID("boot"), timing: .startup, command: Command(text: "true"))
        var driver = driver([job])
        driver.failure = (MachineDriver.unavailable, .all)
        driver.handle(.serviceStarted(3))
        #expect(driver.started.isEmpty)
        driver.failure = nil
        driver.advance(.seconds(2))
        #expect(driver.starts == ["boot@boot-3"])
    }

    @Test("After the end was asked for nothing starts; what could not be entered is said to be lost") func stop() throws {
        var driver = driver([try Fixture.job("a", "* * * * *") { $0.storeDown = .local }])
        driver.failure = (MachineDriver.unavailable, .all)
        driver.advance(.seconds(30))
        driver.handle(.stop)
        driver.advance(.seconds(120))
        driver.handle(.serviceStarted(1))
        #expect(driver.started.count == 1)
        driver.handle(.settle)
        guard case .decisionsLost(1) = driver.told.last else {
            Issue.record("\(driver.told)")
            return
        }
    }

    @Test("An end that is asked for between claim and start loses nothing, and begins nothing") func stopMeanwhile() throws {
        let job = try Fixture.job("a", "* * * * *"), boot = Job(id: JobID("boot"), timing: .startup, command: Command(text: "true"))
        var driver = driver([job, boot], claimsAhead: .milliseconds(50))
        driver.wait = .milliseconds(1)
        driver.handle(.serviceStarted(1))
        driver.wait = nil
        driver.stepClock(.milliseconds(29_995))
        driver.meanwhile = { $0.handle(.stop) }
        driver.handle(.time)
        #expect(driver.starts == ["a@\(minute.seconds)"])
    }

    @Test("When a node is gone the history is searched for what it leaves") func lostNode() throws {
        let jobs = [try Fixture.job("a", "0 * * * *") { $0.retry = RetryPolicy(attempts: 2) }, try Fixture.job("b", "0 * * * *")]
        var driver = driver(jobs, node: "a")
        driver.view = SharedView(nodes: ["a", "b"], clockOffset: nil, quarantine: .zero)
        driver.handle(.leasesDue)
        #expect(driver.questions == ["renew 0"])
        driver.questions = []
        driver.view?.nodes = ["a"]
        driver.handle(.leasesDue)
        #expect(driver.questions == ["renew 0", "search 1"])
    }

    @Test("An idle machine sleeps until the next fire time, and a minute at most; fifteen seconds where the clock is a shared store's")
    func idle() throws {
        let sharing = self.driver([], node: "a")
        #expect(sharing.machine.nextWake(sharing.now.wall) == WallTime(Fixture.start + 15))
        var driver = driver([])
        #expect(driver.machine.nextWake(driver.now.wall) == WallTime(Fixture.start + 60))
        driver.replaceTable([try Fixture.every("a", 5)])
        #expect(driver.machine.nextWake(driver.now.wall) == WallTime(Fixture.start + 5))
        driver.advance(.seconds(1))
        #expect(driver.questions.isEmpty)
    }

    @Test("Marks of a clock that was far ahead are set back with the table, and when the clock is") func rewind() throws {
        let job = try Fixture.job("a", "* * * * *")
        var driver = MachineDriver()
        driver.replaceTable([job], watermarks: [job.id: Fixture.start + 10 * 86_400])
        #expect(driver.questions == ["rewind"])
        driver.advance(.seconds(30))
        driver.stepClock(.seconds(-4 * 3600))
        driver.handle(.time)
        #expect(driver.questions.contains("rewind"))
        #expect(driver.machine.agenda.table.watermarks == [driver.now.wall.instant])
    }

    @Test("A clock that is set far back while jobs wait for other nodes leaves each of them once") func rewindWhileHeld() throws {
        let jobs = try (0..<8).map { try Fixture.job("job-\($0)", "* * * * *") }
        var driver = driver(jobs, node: "b")
        driver.view = SharedView(nodes: ["a", "b"], clockOffset: nil, quarantine: .zero)
        driver.handle(.leasesDue)
        // At the full minute those whose first node is the other one wait for 200 ms.
        driver.advance(.seconds(30))
        let before = driver.started.count
        #expect(before > 0 && before < jobs.count, "some are held: \(before)")
        driver.stepClock(.seconds(-4 * 3600))
        driver.handle(.time)
        #expect(driver.questions.contains("rewind"))
        // Over the time for which they were held, which comes again.
        driver.advance(.seconds(4 * 3600 + 180))
        let runs = driver.started.dropFirst(before).map(\.run)
        #expect(runs.count >= 242 * jobs.count && Set(runs).count == runs.count, "\(runs.count)")
    }

    @Test("What the store has not decided stays open as it was: an edit may give the job a time right before it")
    func openAcrossAnEdit() throws {
        func job(_ seconds: [Int64]) -> Job {
            let schedule = AnySchedule(OneTimeSchedule(at: seconds.map { Fixture.start + $0 }))
            return Job(id: JobID("a"), timing: .other(schedule), command: Command(text: "true"))
        }
        var driver = driver([job([3, 6, 12])], node: "n1")
        driver.advance(.seconds(7))
        driver.storeIsBehind = .seconds(20)
        driver.advance(.seconds(6))
        #expect(driver.started.count == 2 && driver.machine.agenda.table.watermarks == [Fixture.start + 6])
        // By the store's clock, which was set back.
        driver.replaceTable([job([3, 6, 11, 40])], since: Fixture.start - 7)
        driver.storeIsBehind = .zero
        driver.advance(.seconds(16))
        #expect(driver.starts.last == "a@\((Fixture.start + 11).seconds)")
    }
}

extension SchedulerEvent {
    fileprivate var isAboutStore: Bool {
        switch self {
        case .storeFailed, .storeStillFails, .storeRecovered: true
        default: false
        }
    }
}
