public import CronExpressions

/// The lasting definition of what to run and when. Its state belongs to its `id` and outlives it.
public struct Job: Hashable, Sendable {
    public var id: JobID
    public var timing: Timing
    public var command: Command
    public var settings: JobSettings

    public enum Timing: Hashable, Sendable {
        case cron(CronSchedule)
        /// `@reboot`: once per start of the service, no fire times.
        case startup
    }

    public init(id: JobID, timing: Timing, command: Command, settings: JobSettings = .standard) {
        self.id = id
        self.timing = timing
        self.command = command
        self.settings = settings
    }

    /// The first fire time after `instant`; `nil` if there is none.
    public func nextFireTime(after instant: Instant) -> Instant? {
        switch timing {
        case .cron(let schedule): schedule.next(after: instant)
        case .startup: nil
        }
    }
}
