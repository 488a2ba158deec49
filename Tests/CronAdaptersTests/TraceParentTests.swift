import CronAdapters
import CronScheduler
import CronTesting
import InMemoryTracing
import Synchronization
import Testing
import Tracing

@Suite struct TraceParentTests {
    /// Writes the current span of an in-memory tracer as W3C Trace Context, as tracers of servers do; names of headers are in any case.
    private struct W3C: Instrument {
        var format: @Sendable (_ trace: String, _ span: String) -> String = { "00-\($0)-\($1)-01" }

        func extract<Carrier, Extract: Extractor>(
            _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
        ) where Carrier == Extract.Carrier {}

        func inject<Carrier, Inject: Injector>(
            _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
        ) where Carrier == Inject.Carrier {
            guard let span = context.inMemorySpanContext else { return }
            injector.inject(format(span.traceID, span.spanID), forKey: "Traceparent", into: &carrier)
            injector.inject("vendor=1", forKey: "tracestate", into: &carrier)
            injector.inject("x", forKey: "X-B3-TraceId", into: &carrier)
        }
    }

    private final class Box: Sendable {
        private let value = Mutex<[String: String]>([:])
        func set(_ new: [String: String]) { value.withLock { $0 = new } }
        var all: [String: String] { value.withLock { $0 } }
    }

    private func environment(
        in tracer: InMemoryTracer?, _ instrument: any Instrument
    ) async throws -> [String: String] {
        let rehearsal = Rehearsal(), box = Box()
        var configuration = Scheduler.Configuration()
        if let tracer { configuration.traceRuns(with: tracer) }
        let scheduler = try await rehearsal.start(configuration: configuration)
        try await scheduler.add("traced", .every(.minutes(1))) { context in box.set(context.environment(tracedBy: instrument)) }
        await rehearsal.suspend(for: .seconds(61))
        await scheduler.shutdown()
        return box.all
    }

    private static let trace = "0af7651916cd43dd8448eb211c80319c"

    private static func tracer() -> InMemoryTracer {
        InMemoryTracer(idGenerator: .init(nextTraceID: { trace }, nextSpanID: { "b7ad6b7169203331" }))
    }

    @Test("A command is told the run, and the run's span as TRACEPARENT")
    func command() async throws {
        let tracer = Self.tracer(), all = try await environment(in: tracer, W3C())
        let span = try #require(tracer.finishedSpans.first)
        #expect(all["TRACEPARENT"] == "00-\(span.traceID)-\(span.spanID)-01")
        #expect(all["TRACESTATE"] == "vendor=1")
        #expect(all["CRON_RUN_ID"] == "traced@\((Rehearsal.beginning + 60).seconds)")
        #expect(all["CRON_JOB"] == "traced" && all["CRON_ATTEMPT"] == "1" && all["CRON_MISSED"] == "0")
        #expect(all["CRON_SCHEDULED_AT"] == "2027-01-01T00:01:00Z" && all["CRON_LATENESS_MS"] == "1000")
        #expect(Int64(all["CRON_FENCE"] ?? "") ?? 0 > 0)
        #expect(all.count == 9, "nothing that no command looks for: \(all)")
    }

    @Test(
        "What is no W3C trace parent is not handed on",
        arguments: [
            "", "00-\(trace)-b7ad6b7169203331", "00-\(trace)-0000000000000000-01", "00-\(trace)-b7ad6b7169203331-01-more",
            "ff-\(trace)-b7ad6b7169203331-01", "00-trace-span-01", "00-\(trace)-b7ad6b7169203331-01\nX=1",
        ])
    func malformed(_ text: String) async throws {
        let all = try await environment(in: Self.tracer(), W3C { _, _ in text })
        #expect(all["TRACEPARENT"] == nil && all["TRACESTATE"] == nil)
        #expect(all["CRON_JOB"] == "traced")
    }

    @Test("Without a span there is none; a failed run's span says so")
    func without() async throws {
        #expect(try await environment(in: nil, W3C())["TRACEPARENT"] == nil)
        let rehearsal = Rehearsal(), tracer = Self.tracer()
        var configuration = Scheduler.Configuration()
        configuration.traceRuns(with: tracer)
        let scheduler = try await rehearsal.start(configuration: configuration)
        try await scheduler.add("bad", .every(.minutes(1))) { _ in throw StoreError(.full, "no room") }
        await rehearsal.advance(by: .minutes(1))
        await scheduler.shutdown()
        let span = try #require(tracer.finishedSpans.first)
        #expect(span.status?.code == .error && span.errors.count == 1)
    }
}
