public import CronScheduler
public import Tracing

extension Scheduler.Configuration {
    /// Each run is a span of its own, named by its job; what its handler does is within it.
    ///
    /// - Parameter tracer: nil is the system's.
    public mutating func traceRuns(with tracer: (any Tracer)? = nil) {
        let inner = wrap
        wrap = { context, body in
            let tracer = tracer ?? InstrumentationSystem.tracer
            try await Self.span(context, tracer) {
                if let inner { try await inner(context, body) } else { try await body(context) }
            }
        }
    }

    private static func span(_ context: RunContext, _ tracer: some Tracer, _ body: () async throws -> Void) async throws {
        try await tracer.withSpan("cron \(context.job)", ofKind: .internal) { span in
            span.attributes["cron.job"] = "\(context.job)"
            span.attributes["cron.run"] = "\(context.run)"
            span.attributes["cron.attempt"] = context.attempt
            span.attributes["cron.scheduled_at"] = context.scheduledAt.rfc3339UTC()
            span.attributes["cron.trigger"] = context.trigger.rawValue
            do { try await body() } catch {
                span.setStatus(SpanStatus(code: .error, message: "\(error)"))
                throw error
            }
        }
    }
}
