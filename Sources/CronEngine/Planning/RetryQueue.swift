internal import CronExpressions
public import CronJobs

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
    /// Who asked for the run.
    var by: String?
    /// Who asked that it does not start: it is claimed, and has its outcome at once.
    var cancelledBy: String?

    /// What follows an attempt that ended; `nil` for nothing.
    init?(after finish: Finish, of attempt: Attempt) {
        self.init(
            run: attempt.run, after: attempt.number, finish.outcome, at: finish.at, job: attempt.job, trigger: attempt.trigger,
            first: attempt.first, count: attempt.missed + 1, scheduledAt: attempt.scheduledAt, by: attempt.by)
    }

    /// What follows an attempt that ran from memory, by its claim; `nil` for nothing.
    init?(after finish: Finish, of claim: Claim, _ job: Job) {
        self.init(
            run: claim.run, after: claim.attempt, finish.outcome, at: finish.at, job: job, trigger: claim.trigger, first: claim.first,
            count: claim.count, scheduledAt: claim.run.occasion.fireTime ?? claim.first, by: claim.by)
    }

    /// What follows an attempt that the history has; `nil` for nothing.
    init?(after record: RunRecord, job: Job) {
        // Somebody asked that it ends: whatever it ended as, and whoever finds it, that is its end.
        if record.request?.kind == .cancel { return nil }
        guard let outcome = record.outcome, let finishedAt = record.finishedAt, let moment = record.run.occasion.moment else {
            return nil
        }
        self.init(
            run: record.run, after: record.attempt, outcome, at: finishedAt, job: job, trigger: record.trigger, first: record.first,
            count: record.count, scheduledAt: moment, by: record.by)
    }

    private init?(
        run: RunID, after number: Int, _ outcome: Outcome, at end: WallTime, job: Job, trigger: Trigger, first: Instant, count: Int,
        scheduledAt: Instant, by: String?
    ) {
        let values = job.policies.values
        guard outcome.invitesRetry(of: job.action), number < values.retry.attempts else { return nil }
        // Nothing is known against the job itself where its service went away.
        let delay = outcome == .interrupted ? Duration.zero : values.retry.delay(after: number)
        self.run = run
        self.number = number + 1
        self.trigger = trigger
        self.first = first
        self.count = count
        self.scheduledAt = scheduledAt
        self.by = by
        due = end + delay
        deadline = values.grace.map { [due] in due + $0 }
    }

    var event: SchedulerEvent { .retryScheduled(run, attempt: number, at: due) }

    /// What the history of a job leaves to be tried again: runs whose last attempt has none after it, and is not too old.
    static func missing(in history: [RunRecord], _ job: Job, now: WallTime, notBefore earliest: WallTime) -> [Retry] {
        var last: [RunID: RunRecord] = [:]
        for record in history where record.attempt > last[record.run]?.attempt ?? 0 { last[record.run] = record }
        return last.values.compactMap { record in
            guard var retry = Retry(after: record, job: job), !retry.isTooLate(now) else { return nil }
            retry.due = max(retry.due, earliest)
            return retry
        }.sorted { $0.scheduledAt < $1.scheduledAt }
    }

    /// One order for all, whichever way they lie in memory: what follows can be told again.
    fileprivate func comes(before other: Retry) -> Bool {
        if (due, run.job, scheduledAt) != (other.due, other.run.job, other.scheduledAt) {
            return (due, run.job, scheduledAt) < (other.due, other.run.job, other.scheduledAt)
        }
        return run.occasion.description < other.run.occasion.description
    }

    func isTooLate(_ now: WallTime) -> Bool { deadline.map { $0 < now } ?? false }
}

extension Claim {
    /// By which the further attempt of a run that has ended is taken from whoever would start it; `nil` where none is to follow.
    public init?(withdrawing record: RunRecord, of job: Job, now: WallTime) {
        guard let retry = Retry(after: record, job: job), !retry.isTooLate(now) else { return nil }
        self = Candidate(retry, job).claim
        concurrencyLimit = nil
    }
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

    func has(_ run: RunID) -> Bool { waiting[run] != nil }

    /// Makes the next attempt of a run one that will not start, and is due now; false if none waits.
    mutating func cancel(_ run: RunID, by: String, now: WallTime) -> Bool {
        guard var retry = waiting[run] else { return false }
        retry.cancelledBy = by
        retry.due = min(retry.due, now)
        retry.deadline = nil
        waiting[run] = retry
        next = min(next ?? retry.due, retry.due)
        return true
    }

    /// Takes out what is due, oldest first.
    mutating func take(upTo now: WallTime) -> [Retry] {
        guard let next, next <= now else { return [] }
        let due = waiting.values.filter { $0.due <= now }.sorted { $0.comes(before: $1) }
        for retry in due { waiting[retry.run] = nil }
        self.next = waiting.values.lazy.map(\.due).min()
        return due
    }
}

extension RunID.Occasion {
    /// The fire time, or when somebody asked for it.
    fileprivate var moment: Instant? {
        switch self {
        case .scheduled(let instant), .manual(let instant, _): instant
        case .startup: nil
        }
    }
}

extension OpenRun {
    /// A service notes once a minute that it lives.
    private static let seenInterval = Duration.seconds(60)

    /// Whether its owner went away within the job's grace.
    func isRecent(_ job: Job?, now: WallTime) -> Bool {
        guard let job else { return false }
        guard let grace = job.policies.values.grace else { return true }
        guard let seen = ownerSeenAt else { return false }
        return now - seen <= grace + Self.seenInterval
    }
}
