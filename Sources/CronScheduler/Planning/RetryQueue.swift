internal import CronExpressions
internal import CronJobs

// Runs that failed and are tried again. Nothing of them is in a store: what waits here follows from the history (the last attempt of a run ended
// so that another is due), and is found there again by the next start, or by another node when this one is gone. The claim of the next attempt,
// which is won once, keeps two nodes that found the same from starting it twice.

/// The next attempt of a run.
struct Retry: Hashable {
    var run: RunID
    /// The number of the attempt to come.
    var number: Int
    var trigger: Trigger
    var first: Instant
    var count: Int
    var scheduledAt: Instant
    var due: WallTime
    /// Too late after this; `nil` is never.
    var deadline: WallTime?

    /// What follows an attempt that ended; `nil` for nothing.
    init?(after finish: Finish, of attempt: Attempt) {
        self.init(
            run: attempt.run, after: attempt.number, finish.outcome, at: finish.at, job: attempt.job, trigger: attempt.trigger,
            first: attempt.first, count: attempt.missed + 1, scheduledAt: attempt.scheduledAt)
    }

    /// What follows an attempt that the history has; `nil` for nothing.
    init?(after record: RunRecord, job: Job) {
        guard let outcome = record.outcome, let finishedAt = record.finishedAt, let fireTime = record.run.occasion.fireTime else {
            return nil
        }
        self.init(
            run: record.run, after: record.attempt, outcome, at: finishedAt, job: job, trigger: record.trigger, first: record.first,
            count: record.count, scheduledAt: fireTime)
    }

    private init?(
        run: RunID, after number: Int, _ outcome: Outcome, at end: WallTime, job: Job, trigger: Trigger, first: Instant, count: Int,
        scheduledAt: Instant
    ) {
        let values = job.settings.values
        guard outcome.invitesRetry, number < values.retry.attempts else { return nil }
        // Nothing is known against the job itself where its service went away.
        let delay = outcome == .interrupted ? Duration.zero : values.retry.delay(after: number)
        self.run = run
        self.number = number + 1
        self.trigger = trigger
        self.first = first
        self.count = count
        self.scheduledAt = scheduledAt
        due = WallTime(nanoseconds: end.nanoseconds &+ delay.wholeNanoseconds)
        deadline = values.grace.map { [due] in WallTime(nanoseconds: due.nanoseconds &+ $0.wholeNanoseconds) }
    }

    func isTooLate(_ now: WallTime) -> Bool { deadline.map { $0 < now } ?? false }
}

/// Retries, by when they are due.
struct RetryQueue {
    static let bound = 10_000

    private var waiting: [RunID: Retry] = [:]
    /// The earliest that is due.
    private(set) var next: WallTime?

    /// Enters a retry, unless this attempt or a later one waits already, or too many do; `false` then.
    @discardableResult
    mutating func insert(_ retry: Retry) -> Bool {
        guard waiting[retry.run].map({ $0.number < retry.number }) ?? (waiting.count < Self.bound) else { return false }
        waiting[retry.run] = retry
        next = min(next ?? retry.due, retry.due)
        return true
    }

    /// Takes out what is due, oldest first.
    mutating func take(upTo now: WallTime) -> [Retry] {
        guard let next, next <= now else { return [] }
        let due = waiting.values.filter { $0.due <= now }.sorted { ($0.due, $0.run.job) < ($1.due, $1.run.job) }
        for retry in due { waiting[retry.run] = nil }
        self.next = waiting.values.lazy.map(\.due).min()
        return due
    }
}
