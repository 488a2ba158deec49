import CronAdapters
import CronScheduler
import CronTesting
import InMemoryTracing
import Logging
import MetricsTestKit
import ServiceLifecycle
import ServiceLifecycleTestKit
import Synchronization
import Testing
import Tracing

@Suite struct SchedulerServiceTests {
    @Test("Among services: a graceful shutdown ends it, and what happened was logged and counted")
    func service() async throws {
        let rehearsal = Rehearsal(), metrics = TestMetrics(), lines = Lines()
        let scheduler = rehearsal.scheduler()
        let logger = Logger(label: "test") { _ in LineHandler(lines: lines) }
        try await scheduler.add("good", .every(.minutes(1))) { _ in }
        try await scheduler.add("bad", .every(.minutes(1))) { _ in throw CancellationError() }
        let started = scheduler.events(.schedulerStarted)
        try await testGracefulShutdown { trigger in
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { try await SchedulerService(scheduler, logger: logger, metrics: metrics).run() }
                for await _ in started { break }
                await rehearsal.advance(by: .minutes(2))
                await rehearsal.suspend(for: .minutes(3))
                trigger.triggerGracefulShutdown()
            }
        }
        #expect(try metrics.expectCounter("cron_runs_total", [("job", "good"), ("outcome", "succeeded")]).totalValue == 3)
        #expect(try metrics.expectCounter("cron_runs_total", [("job", "bad"), ("outcome", "failed")]).totalValue == 3)
        #expect(try metrics.expectCounter("cron_fire_times_missed_total", [("job", "good"), ("reason", "tooLate")]).totalValue == 1)
        #expect(try metrics.expectTimer("cron_run_duration_seconds", [("job", "good")]).values.count == 3)
        #expect(lines.all.contains { $0.contains("run failed") && $0.contains("job=bad") && $0.contains("attempt=1") }, "\(lines.all)")
        #expect(lines.all.contains { $0.contains("scheduler ended") })
    }

    @Test("A run is a span, in which its handler's spans are; its loggers say which run they are of")
    func span() async throws {
        let rehearsal = Rehearsal(), tracer = InMemoryTracer(), lines = Lines()
        var configuration = Scheduler.Configuration()
        configuration.traceRuns(with: tracer)
        let scheduler = try await rehearsal.start(configuration: configuration)
        try await scheduler.add("traced", .every(.minutes(1))) { context in
            context.logger(Logger(label: "test") { _ in LineHandler(lines: lines) }).info("at work")
            tracer.withSpan("inner") { _ in }
        }
        await rehearsal.advance(by: .minutes(1))
        await scheduler.shutdown()
        let spans = tracer.finishedSpans
        #expect(spans.map(\.operationName) == ["inner", "cron traced"])
        #expect(spans.first?.parentSpanID == spans.last?.spanID)
        #expect(lines.all.contains { $0.contains("at work") && $0.contains("job=traced") && $0.contains("run=traced@") }, "\(lines.all)")
    }
}

private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    func note(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
}

private struct LineHandler: LogHandler {
    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    init(lines: Lines) { self.lines = lines }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        lines.note(([event.message.description] + all.map { "\($0.key)=\($0.value)" }.sorted()).joined(separator: " "))
    }
}
