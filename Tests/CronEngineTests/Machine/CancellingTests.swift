import CronExpressions
import CronJobs
import CronTesting
import Testing

@testable import CronEngine

@Suite("Somebody wants a run to end") struct CancellingTests {
    private let minute = Fixture.start + 30

    private func driver(node: String? = nil, _ change: (inout JobPolicies.Values) -> Void = { _ in }) throws -> MachineDriver {
        var driver = MachineDriver(node: node)
        driver.replaceTable([try Fixture.job("a", "* * * * *", change)])
        driver.advance(.seconds(30))
        return driver
    }

    private func run(_ instant: Instant) -> RunID { RunID(job: JobID("a"), .scheduled(instant)) }

    @Test("One that runs here is ended by the runner at once, and who asked is kept with it") func runs() throws {
        var driver = try driver()
        driver.questions = []
        #expect(driver.cancel(run(minute)) == .isEnding)
        #expect(driver.endings == [run(minute): .cancelled] && driver.questions == ["request a"])
        driver.finish(run(minute))
        driver.advance(.milliseconds(1))
        #expect(driver.outcome(run(minute)) == .cancelled)
        #expect(driver.machine.situation.running.count == 0)
    }

    @Test("One that ends by itself meanwhile is not tried again") func endsMeanwhile() throws {
        var driver = try driver { $0.retry = RetryPolicy(attempts: 3, backoff: .fixed(.seconds(5))) }
        driver.cancel(run(minute))
        driver.handle(.reported([.finished(Finish(run: run(minute), fence: 0, outcome: .failed(.exit(1)), at: driver.now.wall))]))
        driver.advance(.seconds(25))
        #expect(driver.starts == ["a@\(minute.seconds)"])
    }

    @Test("One that somebody ended stays cancelled though the service ends meanwhile: nobody tries it again") func servicesEnd() throws {
        var driver = try driver { $0.retry = RetryPolicy(attempts: 3, backoff: .fixed(.seconds(5))) }
        driver.cancel(run(minute))
        driver.handle(.stop)
        driver.finish(run(minute))
        driver.advance(.milliseconds(1))
        #expect(driver.outcome(run(minute)) == .cancelled)
        var other = try self.driver { $0.retry = RetryPolicy(attempts: 3, backoff: .fixed(.seconds(5))) }
        other.handle(.stop)
        other.finish(run(minute), .cancelled)
        other.advance(.milliseconds(1))
        #expect(other.outcome(run(minute)) == .interrupted, "what the service's own end took down is left to others")
    }

    @Test("One that runs here is ended though the store fails") func storeFails() throws {
        var driver = try driver()
        driver.failure = (MachineDriver.unavailable, .all)
        #expect(driver.cancel(run(minute)) == .isEnding && driver.endings.count == 1)
        #expect(driver.cancel(run(minute + 60)) == .refused(.storeFails("gone")))
    }

    @Test("One that waits in a queue never starts, and the next goes on in its place") func waits() throws {
        var driver = try driver { $0.overlap = .queue(2) }
        driver.advance(.seconds(120))
        #expect(driver.cancel(run(minute + 60)) == .neverStarts)
        driver.advance(.milliseconds(1))
        #expect(driver.outcome(run(minute + 60)) == .cancelled)
        driver.finish(run(minute))
        #expect(driver.starts == ["a@\(minute.seconds)", "a@\((minute + 120).seconds)"])
    }

    @Test("One that waits for its next attempt has none any more, whoever looks at the history") func retryWaits() throws {
        var driver = try driver { $0.retry = RetryPolicy(attempts: 3, backoff: .fixed(.seconds(20))) }
        driver.finish(run(minute), .failed(.exit(1)))
        driver.questions = []
        #expect(driver.cancel(run(minute)) == .neverStarts)
        driver.writeGathered()
        #expect(driver.outcome(run(minute), 2) == .cancelled)
        #expect(driver.questions.suffix(3) == ["claim 1", "request a", "write 0 1"], "who asked is kept with it before it has ended")
        driver.advance(.seconds(29))
        #expect(driver.starts == ["a@\(minute.seconds)"])
        let job = driver.machine.agenda.table.jobs[0]
        #expect(Retry.missing(in: driver.ledger.history(of: job.id), job, now: driver.now.wall, notBefore: driver.now.wall).isEmpty)
    }

    @Test("A further attempt that cannot be claimed is not said to be withdrawn, and is once it can be") func retryWhileStoreFails() throws
    {
        var driver = try driver { $0.retry = RetryPolicy(attempts: 3, backoff: .fixed(.seconds(20))) }
        driver.finish(run(minute), .failed(.exit(1)))
        driver.advance(.milliseconds(1))
        driver.failure = (MachineDriver.unavailable, .all)
        #expect(driver.cancel(run(minute)) == .refused(.storeFails("gone")))
        driver.failure = nil
        driver.advance(.seconds(28))
        #expect(driver.outcome(run(minute), 2) == .cancelled && driver.starts == ["a@\(minute.seconds)"])
    }

    @Test("Who asked is kept with a further attempt that is withdrawn, before that is said") func retryNamed() throws {
        var driver = try driver { $0.retry = RetryPolicy(attempts: 3, backoff: .fixed(.seconds(20))) }
        driver.finish(run(minute), .failed(.exit(1)))
        driver.advance(.milliseconds(1))
        driver.questions = []
        #expect(driver.cancel(run(minute)) == .neverStarts)
        #expect(driver.questions == ["claim 1", "request a"])
    }

    @Test("A run of which somebody asked that it ends is not tried again, whoever finds it when its node is gone") func wishOutlivesOwner()
        throws
    {
        var driver = try driver(node: "a") { $0.retry = RetryPolicy(attempts: 3, backoff: .fixed(.seconds(5))) }
        let job = driver.machine.agenda.table.jobs[0], request = RunRequest(.cancel, by: "b", at: driver.now.wall)
        for (second, request) in [(minute - 20, request), (minute - 10, nil)] {
            driver.handle(
                .interrupted(
                    OpenRun(
                        run: run(second), attempt: 1, fence: 1, startedAt: nil, process: nil, ownerSeenAt: driver.now.wall, request: request
                    ),
                    job))
        }
        #expect(!driver.machine.agenda.hasRetry(of: run(minute - 20)) && driver.machine.agenda.hasRetry(of: run(minute - 10)))
        for (outcome, request, isTried) in [(Outcome.timedOut, request, false), (.interrupted, request, false), (.timedOut, nil, true)] {
            let record = RunRecord(
                run: run(minute - 20), attempt: 1, trigger: .scheduled, first: minute - 20, count: 1, claimedAt: driver.now.wall,
                startedAt: nil, finishedAt: driver.now.wall, outcome: outcome, resources: nil, tail: [], request: request)
            #expect(Retry.missing(in: [record], job, now: driver.now.wall, notBefore: driver.now.wall).isEmpty != isTried)
        }
    }

    @Test("The lost lease of one attempt takes nothing from the next one of its run, which waits") func lostAttempt() throws {
        var driver = try driver(node: "a") { ($0.overlap, $0.retry) = (.queue(2), RetryPolicy(attempts: 2, backoff: .fixed(.seconds(5)))) }
        driver.advance(.seconds(60))
        driver.finish(run(minute), .failed(.exit(1)))
        driver.advance(.seconds(6))
        #expect(driver.going.map(\.run) == [run(minute + 60)] && driver.machine.situation.waiting[run(minute)]?.attempt.number == 2)
        let first = OpenRun(run: run(minute), attempt: 1, fence: 1, startedAt: nil, process: nil)
        driver.renewal = Renewal(lost: [first])
        driver.handle(.leasesDue)
        driver.renewal = Renewal(handedOver: [.init(run: first, to: "b")])
        driver.handle(.leasesDue)
        driver.finish(run(minute + 60))
        #expect(driver.starts.last == "a@\(minute.seconds) 2")
    }

    @Test("A further attempt that another node keeps is taken from it by claiming it") func retryElsewhere() throws {
        var driver = try driver(node: "a") { $0.retry = RetryPolicy(attempts: 2, backoff: .fixed(.seconds(20))) }
        let other = run(minute - 60)
        let answer = driver.ledger.claim(
            [Claim(run: other, trigger: .manual, attempt: 1, first: minute, since: minute - 120)], now: driver.now.wall, byUs: false)
        guard case .won(let fence) = answer.first else { return }
        driver.ledger.finish([Finish(run: other, fence: fence, outcome: .failed(.exit(1)), at: driver.now.wall)])
        #expect(driver.cancel(other) == .neverStarts)
        driver.advance(.milliseconds(1))
        #expect(driver.outcome(other, 2) == .cancelled && driver.starts == ["a@\(minute.seconds)"])
    }

    @Test("One of another node is passed on; one that nobody knows, or that has ended, is refused") func elsewhere() throws {
        var driver = try driver()
        driver.isOpenElsewhere = true
        #expect(driver.cancel(run(minute + 60)) == .passedOn)
        driver.isOpenElsewhere = false
        #expect(driver.cancel(run(minute + 60)) == .refused(.unknownRun))
        driver.finish(run(minute), .failed(.exit(3)))
        driver.advance(.milliseconds(1))
        #expect(driver.cancel(run(minute)) == .refused(.hasEnded(.failed(.exit(3)))))
    }

    @Test("One that has just ended is refused, though the ledger still has it open until its outcome is written") func hasJustEnded() throws
    {
        var driver = try driver()
        driver.isOpenElsewhere = true
        driver.finish(run(minute), .failed(.exit(3)))
        driver.questions = []
        #expect(driver.cancel(run(minute)) == .refused(.hasEnded(.failed(.exit(3)))) && driver.questions.isEmpty)
    }

    @Test("What others ask is heard with the renewal, once, and what waits ends, too") func heard() throws {
        var driver = try driver(node: "a") { $0.overlap = .queue(1) }
        driver.advance(.seconds(60))
        driver.questions = []
        func asked(_ run: RunID) -> Renewal.Request {
            let attempt = driver.machine.situation.running[run] ?? driver.machine.situation.waiting[run]?.attempt
            let open = OpenRun(run: run, attempt: 1, fence: attempt?.fence ?? 0, startedAt: nil, process: nil)
            return .init(run: open, request: RunRequest(.cancel, by: "b", at: driver.now.wall))
        }
        let requests = [asked(run(minute)), asked(run(minute + 60))]
        driver.renewal = Renewal(requests: requests)
        driver.handle(.leasesDue)
        #expect(driver.questions == ["renew 2"], "what waits is renewed, too")
        #expect(driver.endings == [run(minute): .cancelled])
        driver.renewal = Renewal(requests: requests)
        driver.handle(.leasesDue)
        let told = driver.told.filter { if case .cancelAsked = $0 { true } else { false } }
        #expect(told.count == 2)
        driver.finish(run(minute))
        driver.advance(.milliseconds(1))
        #expect(driver.outcome(run(minute)) == .cancelled && driver.outcome(run(minute + 60)) == .cancelled)
        #expect(driver.started.count == 1)
    }

    @Test("What waited and is another node's now does not start here; what was handed over is not ours any more") func lost() throws {
        var driver = try driver(node: "a") { $0.overlap = .queue(1) }
        driver.advance(.seconds(60))
        let waiting = try #require(driver.machine.situation.waiting[run(minute + 60)]).attempt
        let running = try #require(driver.machine.situation.running[run(minute)])
        func open(_ attempt: Attempt) -> OpenRun {
            OpenRun(run: attempt.run, attempt: 1, fence: attempt.fence, startedAt: nil, process: nil)
        }
        driver.renewal = Renewal(lost: [open(waiting)], handedOver: [.init(run: open(running), to: "b")])
        driver.handle(.leasesDue)
        #expect(driver.machine.situation.waiting.isEmpty && driver.machine.situation.running.count == 0)
        #expect(driver.told.contains { if case .handedOver(run(minute), to: "b") = $0 { true } else { false } })
        #expect(driver.started.count == 1)
    }
}

@Suite("A run that is claimed and not yet with the runner") struct CancelledAheadTests {
    @Test("It is ended as soon as the runner has it") func ahead() async throws {
        let fixture = try await Fixture(claimsAhead: .milliseconds(50))
        _ = await fixture.scheduler.replaceTable([try Fixture.job("a", "* * * * *")], since: Fixture.start)
        let run = RunID(job: JobID("a"), .scheduled(Fixture.start + 30))
        try await fixture.running {
            fixture.clocks.advance(by: .milliseconds(29_995))
            _ = await fixture.waker.waitUntilAsleep()
            #expect(await fixture.scheduler.runningCount == 1)
            #expect(await fixture.runner.attempts.isEmpty)
            #expect(await fixture.scheduler.cancel(run, by: "somebody") == .isEnding)
            fixture.clocks.advance(by: .milliseconds(5))
            _ = await fixture.runner.waitForAttempts(1)
            _ = await fixture.waker.waitUntilAsleep()
            await fixture.scheduler.settle()
            let record = try await fixture.ledger.record(of: run.job, at: Fixture.start + 30)
            #expect(record?.outcome == .cancelled)
        }
    }
}
