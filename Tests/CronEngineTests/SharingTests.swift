import CronExpressions
import CronJobs
import CronEngine
import CronTesting
import LinuxEvents
import Testing

@Suite("A ledger that others use, too") struct SharingTests {
    struct Node {
        let clocks = ManualClocks(wall: WallTime(Fixture.start))
        let waker: ManualWaker
        let ledger = SharedFake()
        let runner: RecordingRunner
        let observer = RecordingObserver()
        let scheduler: SchedulerEngine
        private let executor = ThreadExecutor()

        init() async {
            waker = ManualWaker(clocks)
            runner = RecordingRunner(clocks: clocks)
            scheduler = SchedulerEngine(
                executor: executor, clocks: clocks, waker: waker, ledger: ledger, runner: runner, observer: observer)
            _ = await ledger.open(bootID: "boot", now: clocks.wall)
        }

        func advance(_ duration: Duration) async {
            clocks.advance(by: duration)
            _ = await waker.waitUntilAsleep()
        }

        func running(_ body: () async throws -> Void) async throws {
            let task = Task { [scheduler] in await scheduler.run() }
            _ = await waker.waitUntilAsleep()
            try await body()
            await scheduler.stop()
            await task.value
        }
    }

    /// A job for which node `a` is second among `a`, `b`.
    func jobOfSecondRank(_ ledger: SharedFake) throws -> Job {
        for number in 0..<100 {
            let job = try Fixture.job("job-\(number)", "* * * * *")
            if ledger.rank(of: job.id, among: ["a", "b"]) == 1 { return job }
        }
        throw StoreError(.unavailable, "no such job among a hundred")
    }

    func jobOfFirstRank(_ ledger: SharedFake) throws -> Job {
        for number in 0..<100 {
            let job = try Fixture.job("job-\(number)", "* * * * *")
            if ledger.rank(of: job.id, among: ["a", "b"]) == 0 { return job }
        }
        throw StoreError(.unavailable, "no such job among a hundred")
    }

    @Test(
        "While claims are refused, renewals that work do not mean that the store is back",
        arguments: [StoreError.Code.full, .forbidden, .wrongType])
    func refusedClaims(_ code: StoreError.Code) async throws {
        let node = await Node()
        _ = await node.scheduler.replaceTable([try Fixture.every("tick", 1)], since: Fixture.start)
        try await node.running {
            await node.ledger.fail(claims: StoreError(code, "no"))
            for _ in 0..<20 {
                await node.advance(.seconds(1))
                await node.scheduler.keepLeases()
            }
            #expect(await node.scheduler.storeIsDown)
            await node.ledger.fail(claims: nil)
            await node.advance(.seconds(2))
        }
        #expect(node.observer.events.filter { $0.hasPrefix("store") } == ["store failed \(code)", "store recovered"])
    }

    @Test("While renewals are refused, claims that work do not mean that the store is back") func refusedRenewals() async throws {
        let node = await Node()
        _ = await node.scheduler.replaceTable([try Fixture.every("tick", 1)], since: Fixture.start)
        try await node.running {
            await node.ledger.fail(renewals: StoreError(.forbidden, "no"))
            for second in 0..<20 {
                if second.isMultiple(of: 5) { await node.scheduler.keepLeases() }
                await node.advance(.seconds(1))
            }
            await node.ledger.fail(renewals: nil)
            await node.scheduler.keepLeases()
        }
        #expect(await node.runner.attempts.count >= 20)
        #expect(node.observer.events.filter { $0.hasPrefix("store") } == ["store failed forbidden, jobs go on", "store recovered"])
    }

    @Test("Jobs go on while only renewals are refused; that they wait is said as soon as a claim is refused, too")
    func refusedBoth() async throws {
        let node = await Node()
        _ = await node.scheduler.replaceTable([try Fixture.every("tick", 1)], since: Fixture.start)
        try await node.running {
            await node.ledger.fail(renewals: StoreError(.wrongType, "no"))
            await node.scheduler.keepLeases()
            await node.advance(.seconds(2))
            #expect(await node.scheduler.storeIsDown)
            #expect(await !node.scheduler.storeHoldsJobs)
            await node.ledger.fail(claims: StoreError(.wrongType, "no"))
            for _ in 0..<10 {
                await node.advance(.seconds(1))
                await node.scheduler.keepLeases()
            }
            #expect(await node.scheduler.storeHoldsJobs)
        }
        #expect(
            node.observer.events.filter { $0.hasPrefix("store") } == ["store failed wrongType, jobs go on", "store failed wrongType"])
    }

    @Test(
        "Where another node decides meanwhile, its answers prove neither a right to claim nor a key to write to",
        arguments: [StoreError.Code.forbidden, .wrongType])
    func othersDecide(_ code: StoreError.Code) async throws {
        let node = await Node()
        let job = try Fixture.job("tick", "* * * * *")
        _ = await node.scheduler.replaceTable([job], since: Fixture.start)
        try await node.running {
            await node.ledger.fail(claims: StoreError(code, "no"))
            await node.advance(.seconds(30))
            let minute = Fixture.start + 30
            let claim = Claim(run: RunID(job: job.id, .scheduled(minute)), trigger: .scheduled, first: minute, since: Fixture.start)
            await node.ledger.decideElsewhere(claim, now: node.clocks.wall)
            await node.ledger.fail(claims: nil)
            await node.advance(.seconds(1))
            await node.scheduler.keepLeases()
            #expect(await node.scheduler.storeIsDown)
            await node.advance(.seconds(59))
            #expect(await !node.scheduler.storeIsDown)
        }
    }

    @Test("A claim that failed and that nobody asks for any more is not waited for for ever") func goneClaim() async throws {
        let node = await Node()
        _ = await node.scheduler.replaceTable([try Fixture.job("tick", "* * * * *")], since: Fixture.start)
        try await node.running {
            await node.ledger.fail(claims: StoreError(.full, "no"))
            await node.advance(.seconds(30))
            _ = await node.scheduler.replaceTable([], since: Fixture.start + 30)
            await node.advance(.seconds(5))
            await node.scheduler.keepLeases()
            #expect(await node.scheduler.storeIsDown)
            await node.advance(.seconds(10))
            await node.scheduler.keepLeases()
            #expect(await !node.scheduler.storeIsDown)
        }
    }

    @Test("The second of two nodes asks 200 ms after the first, and starts what the first did not") func stagger() async throws {
        let node = await Node()
        let job = try jobOfSecondRank(node.ledger)
        await node.ledger.set(nodes: ["a", "b"])
        await node.scheduler.keepLeases()
        _ = await node.scheduler.replaceTable([job], since: Fixture.start)
        try await node.running {
            await node.advance(.seconds(30))
            #expect(await node.runner.attempts.isEmpty, "it is the other node's turn")
            await node.advance(.milliseconds(199))
            #expect(await node.runner.attempts.isEmpty)
            await node.advance(.milliseconds(1))
            #expect(await node.runner.attempts.map(\.scheduledAt) == [Fixture.start + 30])
        }
    }

    @Test("While the store fails only the first node starts a `rank0` job; after that the others let it speak first") func rankZero()
        async throws
    {
        let node = await Node()
        let second = try jobOfSecondRank(node.ledger)
        var values = JobPolicies.Values()
        values.storeDown = .rank0
        let jobs = [second, try jobOfFirstRank(node.ledger)].map {
            Job(id: $0.id, timing: $0.timing, action: $0.action, policies: JobPolicies(values))
        }
        await node.ledger.set(nodes: ["a", "b"])
        await node.scheduler.keepLeases()
        _ = await node.scheduler.replaceTable(jobs, since: Fixture.start)
        try await node.running {
            await node.ledger.fail(StoreError(.unavailable, "gone"))
            await node.advance(.seconds(30))
            for _ in 0..<5 { await node.advance(.seconds(1)) }
            #expect(await node.runner.attempts.map(\.run.job) == [jobs[1].id])
            await node.ledger.fail(nil)
            await node.scheduler.keepLeases()
            for _ in 0..<2 { await node.advance(.seconds(1)) }
            #expect(await node.runner.attempts.map(\.run.job) == [jobs[1].id], "the other node may have run it")
            for _ in 0..<3 { await node.advance(.seconds(1)) }
            #expect(await node.runner.attempts.map(\.run.job) == [jobs[1].id, jobs[0].id])
        }
    }

    @Test("A job that waits for the node before us runs in its turn, though thousands of others come and go meanwhile")
    func waitsAmongMany() async throws {
        let node = await Node()
        let job = try jobOfSecondRank(node.ledger)
        await node.ledger.set(nodes: ["a", "b"])
        await node.scheduler.keepLeases()
        let others = (0..<3000).map { JobID("other-\($0)") }, never = Job.Timing.other(AnySchedule(OneTimeSchedule(at: [])))
        let added = others.map { (job: Job(id: $0, timing: never, command: Command(text: "")), watermark: Fixture.start) }
        await node.scheduler.changeStored(adding: added + [(job: job, watermark: Fixture.start)])
        try await node.running {
            await node.advance(.seconds(30))
            #expect(await node.runner.attempts.isEmpty)
            await node.scheduler.changeStored(adding: [], removing: others)
            #expect(await node.scheduler.jobs.map(\.id) == [job.id])
            for _ in 0..<5 { await node.advance(.milliseconds(100)) }
            #expect(await node.runner.attempts.map(\.scheduledAt) == [Fixture.start + 30])
        }
    }

    @Test("A node that is alone, or first, asks at once") func first() async throws {
        let node = await Node()
        let job = try jobOfSecondRank(node.ledger)
        await node.scheduler.keepLeases()
        _ = await node.scheduler.replaceTable([job], since: Fixture.start)
        try await node.running {
            await node.advance(.seconds(30))
            #expect(await node.runner.attempts.count == 1)
        }
    }

    @Test("Where the store decides nothing yet the fire time is asked for again, and starts once") func later() async throws {
        let node = await Node()
        await node.ledger.set(wait: .seconds(3))
        _ = await node.scheduler.replaceTable([try Fixture.job("a", "* * * * *")], since: Fixture.start)
        try await node.running {
            await node.advance(.seconds(30))
            #expect(await node.runner.attempts.isEmpty)
            await node.ledger.set(wait: nil)
            await node.advance(.seconds(2))
            #expect(await node.runner.attempts.isEmpty, "it is not asked before it wants to be")
            await node.advance(.seconds(1))
            #expect(await node.runner.attempts.map(\.scheduledAt) == [Fixture.start + 30])
        }
    }

    @Test("What others decided while the node could not ask is not counted as missed by its next run") func decidedInPart() async throws {
        let node = await Node()
        await node.ledger.set(wait: .seconds(3))
        let job = try Fixture.every("a", 20), first = Fixture.start + 10
        _ = await node.scheduler.replaceTable([job], since: Fixture.start)
        try await node.running {
            await node.advance(.seconds(10))
            let claim = Claim(run: RunID(job: job.id, .scheduled(first)), trigger: .scheduled, first: first, since: Fixture.start)
            await node.ledger.decideElsewhere(claim, now: node.clocks.wall)
            await node.ledger.set(wait: nil)
            await node.advance(.seconds(20))
            _ = await node.waker.waitUntilAsleep()
            #expect(await node.runner.attempts.map(\.scheduledAt) == [first + 20])
            #expect(await node.runner.attempts.map(\.missed) == [0])
        }
    }

    @Test("What runs is renewed, and a start that comes late must be allowed") func leases() async throws {
        let node = await Node()
        _ = await node.scheduler.replaceTable([try Fixture.job("a", "* * * * *")], since: Fixture.start)
        try await node.running {
            await node.advance(.seconds(30))
            let attempt = try #require(await node.runner.attempts.first)
            await node.scheduler.keepLeases()
            #expect(await node.ledger.renewed.map(\.run) == [attempt.run])
            let gate = try #require(attempt.gate)
            #expect(gate.isOpen(at: node.clocks.monotonic))
            node.clocks.advance(by: .seconds(60))
            #expect(!gate.isOpen(at: node.clocks.monotonic))
            let start = Start(run: attempt.run, fence: attempt.fence, at: node.clocks.wall, process: nil)
            #expect(await gate.mayStart(start) == true)
            await node.ledger.set(gate: .stale)
            #expect(await gate.mayStart(start) == false)
        }
    }

    @Test("An answer that was more than two seconds in coming is asked for again, and then holds") func slowAnswer() async throws {
        let node = await Node()
        _ = await node.scheduler.replaceTable([try Fixture.job("a", "* * * * *")], since: Fixture.start)
        try await node.running {
            await node.advance(.seconds(30))
            let attempt = try #require(await node.runner.attempts.first), gate = try #require(attempt.gate)
            let start = Start(run: attempt.run, fence: attempt.fence, at: node.clocks.wall, process: nil)
            for (length, answer) in [(Duration.milliseconds(2001), nil), (.seconds(2), true)] as [(Duration, Bool?)] {
                await node.ledger.set(meanwhile: { [clocks = node.clocks] in clocks.advance(by: length) })
                #expect(await gate.mayStart(start) == answer)
            }
            await node.ledger.set(meanwhile: {})
            // What this node started itself it may take for started; another node's is not ours.
            await node.ledger.set(gate: .duplicate(node: "a"))
            #expect(await gate.mayStart(start) == true)
            await node.ledger.set(gate: .duplicate(node: "b"))
            #expect(await gate.mayStart(start) == false)
        }
    }

    @Test("An attempt that comes back under a new fence goes on here and finishes under it") func takenBack() async throws {
        let node = await Node()
        _ = await node.scheduler.replaceTable([try Fixture.job("a", "* * * * *")], since: Fixture.start)
        try await node.running {
            await node.advance(.seconds(30))
            let attempt = try #require(await node.runner.attempts.first)
            // Another life of the ledger hands the open attempt over, as a sweep of an expired lease does.
            _ = await node.ledger.open(bootID: "boot", now: node.clocks.wall)
            let swept = await node.ledger.sweep(now: node.clocks.wall)
            let open = try #require(swept.first)
            #expect(open.fence > attempt.fence)
            #expect(await node.scheduler.keeps(open))
            await node.runner.finish(attempt.run, .succeeded)
            await node.scheduler.settle()
            #expect(await node.ledger.record(of: attempt.run.job, at: attempt.scheduledAt)?.outcome == .succeeded)
        }
    }

    @Test(
        "What ended while its node stood still for a lease is told once the ledger has answered: as it ended, or as another node's",
        arguments: [false, true])
    func stoodStill(isTaken: Bool) async throws {
        let node = await Node()
        let job = try Fixture.job("a", "* * * * *") { $0.retry = RetryPolicy(attempts: 2, backoff: .fixed(.seconds(5))) }
        _ = await node.scheduler.replaceTable([job], since: Fixture.start)
        try await node.running {
            await node.advance(.seconds(30))
            let attempt = try #require(await node.runner.attempts.first), run = attempt.run
            await node.scheduler.keepLeases()
            await node.scheduler.settle()
            node.clocks.advance(by: .seconds(31))
            if isTaken { await node.ledger.endElsewhere(attempt, .interrupted, at: node.clocks.wall) }
            await node.runner.finish(run, .failed(.exit(1)))
            await node.scheduler.settle()
            let told = node.observer.events.filter { $0.contains("\(run)") && !$0.hasPrefix("started") }
            let due = node.clocks.wall.instant.seconds + 5
            #expect(
                told == (isTaken ? ["overtaken \(run) failed(exit 1)"] : ["finished \(run) failed(exit 1)", "retry \(run) 2 at \(due)"]))
            #expect(await node.ledger.record(of: run.job, at: attempt.scheduledAt)?.outcome == (isTaken ? .interrupted : .failed(.exit(1))))
        }
    }

    @Test(
        "What is known to be lost is told as another node's; what ends within its lease is told at once, before the store has heard of it")
    func knownToBeLost() async throws {
        let node = await Node()
        _ = await node.scheduler.replaceTable([try Fixture.job("a", "* * * * *"), try Fixture.job("b", "* * * * *")], since: Fixture.start)
        try await node.running {
            await node.advance(.seconds(30))
            let attempts = await node.runner.attempts
            await node.scheduler.settle()
            let lost = try #require(attempts.first { $0.run.job == JobID("a") }),
                own = try #require(attempts.first { $0.run.job == JobID("b") })
            await node.ledger.lose(lost)
            await node.scheduler.keepLeases()
            await node.runner.finishAll()
            #expect(node.observer.events.contains("finished \(own.run) succeeded"))
            await node.scheduler.settle()
            #expect(
                node.observer.events.filter { $0.contains("\(lost.run)") }.suffix(2) == [
                    "leases lost \(lost.run)", "overtaken \(lost.run) succeeded",
                ])
        }
    }

    @Test("While the store fails an end is told at once, however old the lease") func oldLeaseWithoutStore() async throws {
        let node = await Node()
        _ = await node.scheduler.replaceTable([try Fixture.job("a", "* * * * *")], since: Fixture.start)
        try await node.running {
            await node.advance(.seconds(30))
            let run = try #require(await node.runner.attempts.first).run
            await node.scheduler.keepLeases()
            await node.ledger.fail(StoreError(.unavailable, "gone"))
            node.clocks.advance(by: .seconds(10))
            await node.scheduler.keepLeases()
            node.clocks.advance(by: .seconds(31))
            await node.runner.finish(run, .succeeded)
            #expect(node.observer.events.last { $0.contains("\(run)") } == "finished \(run) succeeded")
            await node.ledger.fail(nil)
        }
    }

    @Test("A paused job does not start from memory while the store fails", arguments: [StoreDownPolicy.local, .rank0])
    func pausedWithoutStore(_ policy: StoreDownPolicy) async throws {
        let node = await Node()
        let job = try Fixture.job("a", "* * * * *") { $0.storeDown = policy }
        await node.ledger.setPaused(true, [job.id])
        await node.scheduler.keepLeases()
        _ = await node.scheduler.replaceTable([job], since: Fixture.start)
        try await node.running {
            await node.ledger.fail(StoreError(.unavailable, "gone"))
            await node.advance(.seconds(70))
            #expect(await node.runner.attempts.isEmpty)
            await node.ledger.fail(nil)
            await node.advance(.seconds(10))
            #expect(await node.runner.attempts.isEmpty)
            #expect(node.observer.events.contains { $0.contains("skipped") }, "\(node.observer.events)")
        }
    }
}
