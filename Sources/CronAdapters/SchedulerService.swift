public import CronScheduler
public import Logging
public import Metrics
public import ServiceLifecycle

/// A scheduler among the services of a program.
///
/// ```swift
/// var configuration = Scheduler.Configuration()
/// configuration.traceRuns()
/// let scheduler = Scheduler(store: …, handlers: […], configuration: configuration)
/// let group = ServiceGroup(services: [SchedulerService(scheduler, logger: logger)], gracefulShutdownSignals: [.sigterm], logger: logger)
/// try await group.run()
/// ```
///
/// When the group shuts down, the scheduler starts nothing more and gives its runs the patience of its configuration. What happens in it is logged
/// and counted: counters `cron_runs_total` (`job`, `outcome`), `cron_fire_times_missed_total` and `cron_fire_times_skipped_total` (`job`, `reason`),
/// a timer `cron_run_duration_seconds` (`job`).
public struct SchedulerService: Service {
    private let scheduler: Scheduler
    private let logger: Logger?
    private let metrics: any MetricsFactory

    /// - Parameters:
    ///   - logger: nil logs nothing.
    ///   - metrics: nil is the system's.
    public init(_ scheduler: Scheduler, logger: Logger? = nil, metrics: (any MetricsFactory)? = nil) {
        self.scheduler = scheduler
        self.logger = logger
        self.metrics = metrics ?? MetricsSystem.factory
    }

    public func run() async throws {
        let events = scheduler.events()
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { for await event in events { note(event) } }
            try await withGracefulShutdownHandler {
                try await scheduler.run()
            } onGracefulShutdown: {
                Task { await scheduler.shutdown() }
            }
        }
    }

    private func note(_ event: JobEvent) {
        if let logger { event.log(to: logger) }
        event.count(in: metrics)
    }
}
