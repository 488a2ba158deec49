internal import CronExpressions
internal import CronJobs
internal import CronRabbitMQ
internal import LinuxEvents
internal import Synchronization
internal import Testing

/// Runs that publish, with a real broker.
@Suite(.serialized, .realTime, .enabled(if: RabbitServer.isThere, Comment(rawValue: RabbitServer.skipped))) struct RabbitRunTests {
    private struct Reports: RunReporter {
        let stream: AsyncStream<RunEvent>
        private let told: AsyncStream<RunEvent>.Continuation

        init() { (stream, told) = AsyncStream<RunEvent>.makeStream() }

        func report(_ events: [RunEvent]) async { for event in events { told.yield(event) } }

        func next() async throws -> RunEvent {
            for await event in stream { return event }
            throw Complaint("no more reports")
        }

        func finish() async throws -> Finish {
            while true { if case .finished(let finish) = try await next() { return finish } }
        }
    }

    private let server: RabbitServer
    private let probe: RabbitProbe
    private let executor = ThreadExecutor()
    private let reports = Reports()

    init() throws {
        server = try RabbitServer.shared()
        probe = try RabbitProbe(server)
    }

    private func runner(_ options: String = "") async throws -> (PublicationRunner, Publisher) {
        let (opened, told) = AsyncStream<PublicationRunner?>.makeStream()
        let box = Mutex<PublicationRunner?>(nil)
        let publisher = Publisher(try AMQPURL(server.url + options), executor: executor, clocks: RealClocks()) { _ in
            let runner = box.withLock { $0 }
            runner?.assumeIsolated { $0.release() }
            told.yield(runner)
        }
        let runner = PublicationRunner(publisher, executor: executor, clocks: RealClocks(), service: "test")
        box.withLock { $0 = runner }
        try await publisher.start()
        for await _ in opened { break }
        return (runner, publisher)
    }

    private func attempt(
        _ key: String, exchange: String? = nil, number: Int = 1, deadline: Duration? = .seconds(60), body: [UInt8]? = nil,
        timeout: Duration? = nil
    ) -> Attempt {
        var values = JobPolicies.Values()
        values.timeout = timeout
        let now = RealClocks().wall
        let job = Job(
            id: JobID("job-\(key)"), timing: .startup, action: .publish(Publication(exchange: exchange, key: key, content: "its text")),
            policies: JobPolicies(values))
        return Attempt(
            run: RunID(job: job.id, .scheduled(Instant(1_700_000_000))), number: number, fence: 3, trigger: .scheduled, job: job,
            scheduledAt: now.instant, startDeadline: deadline.map { now + $0 }, body: body)
    }

    @Test func itIsStartedSentAndSucceeds() async throws {
        try probe.declare(queue: "run")
        let (runner, _) = try await runner()
        await runner.start([attempt("run", body: Array("of the store".utf8)), attempt("run-2")], reportingTo: reports)
        guard case .started = try await reports.next() else { return #expect(Bool(false), "not started") }
        var outcomes: [Outcome: Finish] = [:]
        for _ in 0..<2 {
            let finish = try await reports.finish()
            outcomes[finish.outcome] = finish
        }
        #expect(outcomes[.succeeded]?.startedAt != nil && outcomes[.succeeded]?.fence == 3)
        #expect(outcomes[.undelivered("no queue")]?.reason == "312 NO_ROUTE")
        let got = try #require(try probe.next("run"))
        #expect(got.body == "of the store" && got.id == "job-run@1700000000.1" && got.headers["cron-job"] == "job-run")
        #expect(got.headers["cron-fence"] == "3" && got.headers["cron-service"] == "test")
        await runner.close()
    }

    @Test func anExchangeThatIsNotThere() async throws {
        let (runner, _) = try await runner()
        await runner.start([attempt("k", exchange: "nowhere-at-all")], reportingTo: reports)
        #expect(try await reports.finish().outcome == .undelivered("no exchange"))
        await runner.close()
    }

    @Test func aClaimThatIsTooOldIsAskedAbout() async throws {
        try probe.declare(queue: "gated")
        let (runner, _) = try await runner()
        var lost = attempt("gated"), kept = attempt("gated", number: 2)
        lost.gate = StartGate(openUntil: MonotonicTime(nanoseconds: 0)) { _ in false }
        let asked = Mutex(0)
        kept.gate = StartGate(openUntil: MonotonicTime(nanoseconds: 0)) { _ in
            // The first time nobody can tell.
            asked.withLock { asked in
                asked += 1
                return asked == 1 ? nil : true
            }
        }
        await runner.start([lost], reportingTo: reports)
        #expect(try await reports.finish().outcome == .interrupted)
        await runner.start([kept], reportingTo: reports)
        #expect(try await reports.finish().outcome == .succeeded)
        #expect(try probe.all("gated").map { $0.headers["cron-attempt"] } == ["2"])
        await runner.close()
    }

    @Test func whatIsSentAndNeverConfirmedIsUnconfirmedAndTheNextAttemptHasItsID() async throws {
        try probe.declare(queue: "again")
        let (runner, publisher) = try await runner("?heartbeat=0&confirm=0.3")
        server.freeze()
        await runner.start([attempt("again")], reportingTo: reports)
        let finish = try await reports.finish()
        server.thaw()
        #expect(finish.outcome == .unconfirmed && finish.startedAt != nil, "\(finish)")
        // It arrived all the same, as did the second; whoever reads them sees one id.
        await runner.start([attempt("again", number: 2)], reportingTo: reports)
        while case let next = try await reports.finish(), next.outcome == .unconfirmed {
            await runner.start([attempt("again", number: next.attempt + 1)], reportingTo: reports)
        }
        let got = try probe.all("again")
        #expect(got.count >= 2 && Set(got.map(\.id)).count == 1, "\(got)")
        _ = publisher
        await runner.close()
    }

    @Test func aRunThatTakesTooLongOrIsCancelledAndTheEndOfTheService() async throws {
        try probe.declare(queue: "slow")
        let (runner, publisher) = try await runner("?heartbeat=0")
        server.freeze()
        defer { server.thaw() }
        await runner.start([attempt("slow", timeout: .milliseconds(100))], reportingTo: reports)
        #expect(try await reports.finish().outcome == .timedOut)
        let cancelled = attempt("slow")
        await runner.start([cancelled], reportingTo: reports)
        _ = try await again { publisher.inFlight == 1 ? true : nil }
        #expect(await runner.cancel([cancelled.run], as: .cancelled, killAfter: nil) == [cancelled.run])
        let finish = try await reports.finish()
        #expect(finish.outcome == .cancelled && finish.reason?.contains("after it was sent") == true)
        await runner.start([attempt("slow", number: 3)], reportingTo: reports)
        _ = try await again { publisher.inFlight == 1 ? true : nil }
        await runner.stop(patience: .milliseconds(100), killAfter: .seconds(1))
        #expect(try await reports.finish().outcome == .unconfirmed, "it was sent, and nobody will know")
        await runner.close()
    }
}
