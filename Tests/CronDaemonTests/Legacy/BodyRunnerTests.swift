import CronExpressions
import CronJobs
import CronTesting
import LinuxEvents
import Testing

@testable import CronDaemon

@Suite("Bodies of the legacy service's jobs") struct BodyRunnerTests {
    /// A Redis that answers when the test says so.
    private actor SlowData: LegacyData {
        private var bodies: [String: String] = [:]
        private var isSlow = false
        private var failure: StoreError.Code?
        private var long: Set<String> = []
        private var waiting: [CheckedContinuation<Void, Never>] = []
        private(set) var questions: [[String]] = []

        func set(_ job: String, _ body: String) { bodies[job] = body }
        func setSlow(_ isSlow: Bool) { self.isSlow = isSlow }
        func setFails(_ failure: StoreError.Code?) { self.failure = failure }
        func setTooLong(_ job: String) { long.insert(job) }

        func answer() {
            for one in waiting { one.resume() }
            waiting = []
        }

        func waitForQuestions(_ count: Int) async { while questions.count < count { await Task.yield() } }

        func bodies(of jobs: [JobID]) async throws(StoreError) -> [JobID: LegacyBody] {
            questions.append(jobs.map(\.description).sorted())
            if isSlow { await withCheckedContinuation { waiting.append($0) } }
            if let failure { throw StoreError(failure, "not for us") }
            var found: [JobID: LegacyBody] = [:]
            for job in jobs { found[job] = bodies[job.description].map { .bytes(Array($0.utf8)) } }
            for job in jobs where long.contains(job.description) { found[job] = .tooLong(2 << 20) }
            return found
        }

        func cache() -> [UInt8]? { nil }
        func setCache(_ text: [UInt8]) {}
        func hasPickledJobs() -> Bool { false }
    }

    private actor Reports: RunReporter {
        private(set) var outcomes: [String] = []
        func report(_ events: [RunEvent]) {
            for case .finished(let finish) in events { outcomes.append("\(finish.run.job) \(finish.outcome)") }
        }
    }

    private struct Silence: LogSink {
        func write(_ line: [UInt8]) -> Bool { true }
    }

    private let clocks = ManualClocks(wall: WallTime(nanoseconds: 0))
    private let data = SlowData()
    private let runner: RecordingRunner
    private let reports = Reports()
    private let bodies: BodyRunner

    init() {
        runner = RecordingRunner(clocks: clocks, reportsStarts: false)
        bodies = BodyRunner(
            runner, data: data, executor: ThreadExecutor(), clocks: clocks,
            log: Log(format: .logfmt, level: .error, clocks: clocks, errors: Silence()))
    }

    private func attempt(_ job: String) -> Attempt {
        let job = Job(id: JobID(job), timing: .startup, command: Command(text: "true"))
        return Attempt(run: RunID(job: job.id, .startup(1)), fence: 1, trigger: .startup, job: job, scheduledAt: Instant(0))
    }

    private func claim(_ job: String) -> Claim {
        Claim(run: attempt(job).run, trigger: .startup, first: Instant(0), since: Instant(0))
    }

    private var started: [String] {
        get async { await runner.attempts.map { "\($0.job.id) \(String(decoding: $0.body ?? [], as: UTF8.self))" } }
    }

    @Test("They are looked up beside the claim, and not again for the start") func beside() async {
        await data.set("a", "one")
        await bodies.prepare([claim("a"), claim("b")])
        await data.waitForQuestions(1)
        await bodies.start([attempt("a"), attempt("b")], reportingTo: reports)
        _ = await runner.waitForAttempts(2)
        #expect(await started.sorted() == ["a one", "b "])
        #expect(await data.questions == [["a", "b"]])
    }

    @Test("A slow answer holds only the runs that asked: the start returns, others go on") func slow() async {
        await data.setSlow(true)
        await bodies.prepare([claim("a")])
        await data.waitForQuestions(1)
        await bodies.start([attempt("a")], reportingTo: reports)
        await data.setSlow(false)
        await data.set("a", "late")
        await bodies.start([attempt("b")], reportingTo: reports)
        _ = await runner.waitForAttempts(1)
        #expect(await started == ["b "])
        await data.answer()
        _ = await runner.waitForAttempts(2)
        #expect(await started == ["b ", "a late"])
    }

    @Test("Who leaves a queue later gets the body as it is then") func later() async {
        await data.set("a", "old")
        await bodies.prepare([claim("a")])
        await data.waitForQuestions(1)
        clocks.advance(by: .seconds(10))
        await data.set("a", "new")
        await bodies.start([attempt("a")], reportingTo: reports)
        _ = await runner.waitForAttempts(1)
        #expect(await started == ["a new"])
    }

    @Test("What waits for its body can be cancelled, and ends with the service, without a start") func ends() async {
        await data.setSlow(true)
        await bodies.start([attempt("a"), attempt("b")], reportingTo: reports)
        #expect(await Set(bodies.runs) == [attempt("a").run, attempt("b").run])
        #expect(await bodies.cancel([attempt("a").run], as: .replaced, killAfter: nil) == [attempt("a").run])
        await bodies.stop(patience: .zero, killAfter: .zero)
        #expect(await reports.outcomes == ["a cancelled(replaced)", "b cancelled"])
        await data.waitForQuestions(1)
        await data.answer()
        await bodies.start([], reportingTo: reports)
        #expect(await started.isEmpty)
    }

    @Test("Where they cannot be read, those last known are used") func fails() async {
        await data.set("a", "known")
        await bodies.start([attempt("a")], reportingTo: reports)
        _ = await runner.waitForAttempts(1)
        await data.setFails(.unavailable)
        await bodies.start([attempt("a")], reportingTo: reports)
        _ = await runner.waitForAttempts(2)
        #expect(await started == ["a known", "a known"])
    }

    @Test("A message whose body cannot be had is not sent with another text; one that has none, or keys that are not for us, are no reason")
    func messages() async {
        func message(_ job: String) -> Attempt {
            var attempt = attempt(job)
            attempt.job.action = .publish(Publication(exchange: "x", key: "k", content: "the command's text"))
            return attempt
        }
        await data.setTooLong("long")
        await bodies.start([message("none"), message("long")], reportingTo: reports)
        _ = await runner.waitForAttempts(1)
        #expect(await reports.outcomes == ["long undelivered(body too long)"])
        await data.setFails(.unavailable)
        await bodies.start([message("none"), message("new")], reportingTo: reports)
        _ = await runner.waitForAttempts(2)
        #expect(await reports.outcomes.last == "new undelivered(body unreadable)")
        await data.setFails(.corrupt)
        await bodies.start([message("new")], reportingTo: reports)
        _ = await runner.waitForAttempts(3)
        #expect(await started == ["none ", "none ", "new "])
    }
}
