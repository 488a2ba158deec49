public import CronExpressions

/// The lasting definition of what to run and when. Its state belongs to its `id` and outlives it.
public struct Job: Hashable, Sendable {
    public var id: JobID
    public var timing: Timing
    public var action: Action
    public var policies: JobPolicies

    /// When it runs: by a cron line, by another schedule, or once at the service's start.
    public enum Timing: Hashable, Sendable {
        case cron(CronSchedule)
        /// `@reboot`: once per start of the service, no fire times.
        case startup
        /// Any other schedule, behind one reference: a table of cron lines does not grow by it.
        case other(AnySchedule)

        /// The rule of its fire times; `nil` for `@reboot`.
        public var schedule: AnySchedule? {
            switch self {
            case .cron(let schedule): AnySchedule(schedule)
            case .startup: nil
            case .other(let schedule): schedule
            }
        }
    }

    public init(id: JobID, timing: Timing, action: Action, policies: JobPolicies = .standard) {
        self.id = id
        self.timing = timing
        self.action = action
        self.policies = policies
    }

    /// A job that runs a command.
    public init(id: JobID, timing: Timing, command: Command, policies: JobPolicies = .standard) {
        self.init(id: id, timing: timing, action: .command(command), policies: policies)
    }

    /// The command that it runs; `nil` where it does something else. Setting it makes it the action.
    public var command: Command? {
        get { action.command }
        set { if let newValue { action = .command(newValue) } }
    }

    /// Whoever claims its runs hands them to the workers of a pool.
    public var isForWorkers: Bool { policies.values.pool != nil }

    /// The first fire time after `instant`; `nil` if there is none.
    public func nextFireTime(after instant: Instant) -> Instant? {
        switch timing {
        case .cron(let schedule): schedule.next(after: instant)
        case .startup: nil
        case .other(let schedule): schedule.next(after: instant)
        }
    }

    /// The zone in which its fire times are meant; nil where they follow from none.
    public var zone: Zone? {
        switch timing {
        case .cron(let schedule): schedule.zone
        case .startup: nil
        case .other(let schedule): (schedule.base as? BoundedSchedule<CronSchedule>)?.base.zone
        }
    }

    /// When the run of a fire time is meant to start: the fire time, its jitter and the job's delay. Later fire times are due later.
    public func dueTime(of fireTime: Instant) -> Instant {
        let delay = policies.values.delay
        return delay == .zero ? displacedTime(of: fireTime) : displacedTime(of: fireTime) + delay.components.seconds
    }

    /// The due time as it would be without the delay.
    public func displacedTime(of fireTime: Instant) -> Instant {
        let jitter = policies.values.jitter
        guard jitter.limit > 1 else { return fireTime }
        return jitter.due(fireTime, key: id.description, next: nextFireTime(after: fireTime))
    }

    /// The first start that is still to come: its fire time, which may have passed, and when that is due.
    public func upcoming(after now: Instant) -> (fireTime: Instant, due: Instant)? {
        let delay = policies.values.delay.components.seconds, shifted = Instant(now.seconds &- delay)
        guard delay > 0 || policies.values.jitter.limit > 1 else { return nextFireTime(after: now).map { ($0, $0) } }
        // Each is due before the next fire time: only the last one that has passed may not be due yet.
        if let passed = timing.schedule?.last(through: shifted), displacedTime(of: passed) > shifted {
            return (passed, dueTime(of: passed))
        }
        return nextFireTime(after: shifted).map { ($0, dueTime(of: $0)) }
    }

    /// When the first fire time after `instant` is due; `nil` if there is none.
    public func nextDueTime(after instant: Instant) -> Instant? { nextFireTime(after: instant).map(dueTime) }
}
