@testable internal import CronRabbitMQ
internal import CronExpressions
internal import CronJobs
internal import LinuxEvents
internal import Synchronization
internal import Testing

/// Attempts that cannot be sent, because there is no broker: they wait, end in time, and can be cancelled.
@Suite struct PublicationRunnerTests {
    /// Its waits end when a test says so.
    private final class Waits: Sendable {
        private let waiting = Mutex<[CheckedContinuation<Void, Never>]>([])
        private let (began, told) = AsyncStream<Void>.makeStream()

        func wait() async {
            await withCheckedContinuation { continuation in
                waiting.withLock { $0.append(continuation) }
                told.yield()
            }
        }

        /// Another wait has begun.
        func begun() async { for await _ in began { break } }

        func pass() { waiting.withLock { $0.removeFirst() }.resume() }
    }

    private final class Moving: Clocks {
        private let now = Mutex<Int64>(1_700_000_000_000_000_000)
        var wall: WallTime { WallTime(nanoseconds: now.withLock { $0 }) }
        var monotonic: MonotonicTime { MonotonicTime(nanoseconds: now.withLock { $0 }) }
        func advance(_ duration: Duration) { now.withLock { $0 += duration.wholeNanoseconds } }
    }

    private struct Reports: RunReporter {
        let stream: AsyncStream<RunEvent>
        private let told: AsyncStream<RunEvent>.Continuation

        init() { (stream, told) = AsyncStream<RunEvent>.makeStream() }

        func report(_ events: [RunEvent]) async { for event in events { told.yield(event) } }

        func finish() async -> Finish? {
            for await case .finished(let finish) in stream { return finish }
            return nil
        }
    }

    private let clocks = Moving(), waits = Waits(), reports = Reports(), executor = ThreadExecutor()
    private let runner: PublicationRunner

    init() throws {
        let publisher = Publisher(try AMQPURL("amqp://mq"), executor: executor, clocks: clocks) { _ in }
        runner = PublicationRunner(publisher, executor: executor, clocks: clocks, service: "test") { [waits] _ in await waits.wait() }
    }

    private func attempt(_ name: String, deadline: Duration? = .seconds(60)) -> Attempt {
        let job = Job(id: JobID(name), timing: .startup, action: .publish(Publication(key: "q", content: "x")))
        return Attempt(
            run: RunID(job: job.id, .scheduled(clocks.wall.instant)), fence: 1, trigger: .scheduled, job: job,
            scheduledAt: clocks.wall.instant,
            startDeadline: deadline.map { clocks.wall + $0 })
    }

    @Test func itWaitsForTheBrokerWithinItsGrace() async {
        await runner.start([attempt("a")], reportingTo: reports)
        await waits.begun()
        clocks.advance(.seconds(60))
        waits.pass()
        // It has looked when it waits again.
        await waits.begun()
        #expect(await runner.runs.count == 1, "its grace is not over yet")
        clocks.advance(.milliseconds(1))
        waits.pass()
        let finish = await reports.finish()
        #expect(finish?.outcome == .undelivered("no broker") && finish?.startedAt == nil)
        #expect(finish?.reason?.contains("there is no connection to amqp://mq:5672") == true)
        #expect(await runner.runs.isEmpty)
    }

    @Test func cancelledItIsNeverSent() async {
        let attempt = attempt("a", deadline: nil)
        await runner.start([attempt], reportingTo: reports)
        #expect(await runner.cancel([attempt.run, RunID("other@1") ?? attempt.run], as: .replaced, killAfter: nil) == [attempt.run])
        #expect(await reports.finish()?.outcome == .replaced)
        #expect(await runner.cancel([attempt.run], as: .cancelled, killAfter: nil) == [])
    }

    @Test func theEndOfTheServiceWaitsForNothingThatIsNotSent() async {
        await runner.start([attempt("a"), attempt("b", deadline: nil)], reportingTo: reports)
        await runner.stop(patience: .seconds(6), killAfter: .seconds(2))
        #expect(await reports.finish()?.outcome == .cancelled)
        #expect(await reports.finish()?.outcome == .cancelled)
        await runner.start([attempt("late")], reportingTo: reports)
        #expect(await reports.finish()?.outcome == .cancelled)
        await runner.close()
    }
}
