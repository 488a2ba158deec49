public import CronExpressions

/// One try of a run, claimed and ready to start.
public struct Attempt: Hashable, Sendable {
    public var run: RunID
    public var number: Int
    public var fence: Int64
    public var trigger: Trigger
    public var job: Job
    /// The fire time, or the moment of the request or of the service's start.
    public var scheduledAt: Instant
    /// Fire times that this run covers beyond its own: what the job sees as `CRON_MISSED`.
    public var missed: Int
    /// The earliest fire time that it covers.
    public var first: Instant
    /// After this moment it must not start any more; `nil` is without limit.
    public var startDeadline: WallTime?
    /// To be asked before a start that comes late; only where the ledger is shared.
    public var gate: StartGate?
    /// What the legacy service's data holds for the job: input and a file of its own, never shell text. Few jobs have one.
    public var body: [UInt8]?

    public init(
        run: RunID, number: Int = 1, fence: Int64, trigger: Trigger, job: Job, scheduledAt: Instant, missed: Int = 0,
        startDeadline: WallTime? = nil, body: [UInt8]? = nil, first: Instant? = nil
    ) {
        self.run = run
        self.number = number
        self.fence = fence
        self.trigger = trigger
        self.job = job
        self.scheduledAt = scheduledAt
        self.missed = missed
        self.first = first ?? scheduledAt
        self.startDeadline = startDeadline
        self.body = body
    }

    /// When it is meant to start; lateness counts from here.
    public var dueAt: Instant { run.occasion.fireTime.map(job.dueTime) ?? scheduledAt }
}

/// What a runner tells about an attempt, in this order: at most one `started`, then exactly one `finished`.
public enum RunEvent: Hashable, Sendable {
    case started(Start)
    case finished(Finish)
}

public protocol RunReporter: Sendable {
    /// Takes events of any attempts, oldest first.
    func report(_ events: [RunEvent]) async
}

/// Carries out attempts and reports how they end. Looks at an attempt's `gate` right before it starts it.
public protocol Runner: Sendable {
    /// Starts the attempts in order, or holds them until there is room. Every attempt ends in one `finished` event; never throws, because
    /// a launch that fails is an outcome.
    func start(_ attempts: [Attempt], reportingTo reporter: any RunReporter) async
}
