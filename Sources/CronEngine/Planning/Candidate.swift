internal import CronExpressions
internal import CronJobs

/// Something that wants to start: how it is claimed, and the attempt that it becomes when the claim is won.
struct Candidate {
    var claim: Claim
    /// Its fence comes with the claim.
    var attempt: Attempt
    /// Its job's place in the table, where it is one of its fire times.
    var index = 0
    /// It starts beside whatever runs.
    var isForced = false
    /// It is entered so that nobody starts it, because somebody asked for that.
    var cancelledBy: String?

    /// A fire time of a job, or several in one.
    ///
    /// - Parameter by: who asked for the job, where no table has it.
    init(_ job: Job, _ range: FireRange, since watermark: Instant, now: WallTime, by: String? = nil) {
        let late = now - WallTime(job.dueTime(of: range.last)) > Planner.punctuality
        let run = RunID(job: job.id, .scheduled(range.last)), deadline = job.startDeadline(of: range)
        claim = Claim(
            run: run, trigger: late ? .catchUp : .scheduled, first: range.first, count: range.count, since: watermark,
            startDeadline: deadline, concurrencyLimit: job.policies.values.concurrencyLimit, pool: job.policies.values.pool, by: by)
        attempt = Attempt(
            run: run, fence: 0, trigger: late ? .catchUp : .scheduled, job: job, scheduledAt: range.last, missed: range.count - 1,
            startDeadline: deadline, first: range.first)
        attempt.by = by
    }

    /// The next attempt of a run, by the job as it is now.
    init(_ retry: Retry, _ job: Job) {
        claim = Claim(
            run: retry.run, trigger: retry.trigger, attempt: retry.number, first: retry.first, count: retry.count,
            since: retry.scheduledAt, concurrencyLimit: job.policies.values.concurrencyLimit, pool: job.policies.values.pool, by: retry.by)
        attempt = Attempt(
            run: retry.run, number: retry.number, fence: 0, trigger: retry.trigger, job: job, scheduledAt: retry.scheduledAt,
            missed: retry.count - 1, startDeadline: retry.deadline, first: retry.first)
        attempt.by = retry.by
        cancelledBy = retry.cancelledBy
        if cancelledBy != nil { (claim.concurrencyLimit, claim.pool) = (nil, nil) }
    }

    /// A run that somebody asked for.
    init(_ order: RunOrder, _ job: Job, now: WallTime) {
        let moment = order.at ?? now.instant, policies = job.policies.values
        let run = RunID(job: job.id, .manual(moment, order.token))
        claim = Claim(
            run: run, trigger: .manual, first: moment, since: moment,
            concurrencyLimit: order.isForced ? nil : policies.concurrencyLimit, pool: policies.pool, by: order.by)
        attempt = Attempt(
            run: run, fence: 0, trigger: .manual, job: job, scheduledAt: moment, startDeadline: policies.grace.map { now + $0 })
        attempt.by = order.by
        isForced = order.isForced
    }

    /// A job of the service's start.
    init(startup job: Job, incarnation: Int64, now: WallTime) {
        let run = RunID(job: job.id, .startup(incarnation))
        claim = Claim(run: run, trigger: .startup, first: now.instant, since: now.instant)
        attempt = Attempt(run: run, fence: 0, trigger: .startup, job: job, scheduledAt: now.instant)
    }

    var range: FireRange { FireRange(first: claim.first, last: attempt.scheduledAt, count: claim.count) }
}

extension Job {
    func startDeadline(of range: FireRange) -> WallTime? {
        policies.values.grace.map { WallTime(dueTime(of: range.last)) + $0 }
    }
}

extension Claim {
    /// Others decided the beginning of its range, up to `mark`.
    func isDecidedInPart(by mark: Instant) -> Bool {
        guard attempt == 1, let fireTime = run.occasion.fireTime else { return false }
        return first <= mark && mark < fireTime
    }
}
