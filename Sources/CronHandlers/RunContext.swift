public import CronExpressions
public import CronJobs

/// What a run knows of itself: handed to the handler, and everywhere below it as `RunContext.current`.
public struct RunContext: Sendable {
    /// The run that this task belongs to; `nil` outside of runs.
    @TaskLocal public static var current: RunContext?

    public let job: JobID
    /// The same for all attempts: what an effect that must not happen twice can be keyed by.
    public let run: RunID
    /// From 1.
    public let attempt: Int
    /// How many attempts there may be.
    public let attempts: Int
    /// Grows with every claim: what is written elsewhere under a smaller one is of an attempt that was given up.
    public let fence: Int64
    public let trigger: Trigger
    /// The fire time, or the moment at which the run was asked for. Of several in one run the earliest or the latest, as the job's catch-up policy says.
    public let scheduledAt: Instant
    /// The fire times that this run stands for: one, or a range of which the other runs were coalesced into this one.
    public let fireTimes: ClosedRange<Instant>
    /// How many fire times it covers beside its own.
    public let missed: Int
    public let startedAt: WallTime
    /// When it is cancelled as `timedOut`; `nil` is never.
    public let deadline: MonotonicTime?
    private let clocks: any Clocks

    init(_ attempt: Attempt, startedAt: WallTime, clocks: any Clocks) {
        let policies = attempt.job.policies.values
        let first = min(attempt.first, attempt.scheduledAt)
        job = attempt.job.id
        run = attempt.run
        self.attempt = attempt.number
        attempts = policies.retry.attempts
        fence = attempt.fence
        trigger = attempt.trigger
        fireTimes = first...attempt.scheduledAt
        scheduledAt = policies.catchUp == .first ? first : attempt.scheduledAt
        missed = attempt.missed
        self.startedAt = startedAt
        deadline = policies.timeout.map { clocks.monotonic + $0 }
        self.clocks = clocks
    }

    /// Nobody tries it again if it fails.
    public var isLastAttempt: Bool { attempt >= attempts }

    /// How long after its fire time it started; zero where it has none, because somebody asked for the run.
    public var lateness: Duration { run.occasion.fireTime == nil ? .zero : max(.zero, startedAt - WallTime(fireTimes.upperBound)) }

    /// How long it may still take; `nil` is without limit.
    public var timeLeft: Duration? { deadline.map { max(.zero, $0 - clocks.monotonic) } }

    /// What a command that this run starts is to find in its environment: the names and values that crond gives to a job's command.
    public var environment: [String: String] {
        [
            "CRON_RUN_ID": "\(run)", "CRON_JOB": "\(job)", "CRON_SCHEDULED_AT": scheduledAt.rfc3339UTC(), "CRON_ATTEMPT": "\(attempt)",
            "CRON_FENCE": "\(fence)", "CRON_LATENESS_MS": "\(lateness.wholeMilliseconds)", "CRON_MISSED": "\(missed)",
        ]
    }
}
