internal import CronExpressions
internal import CronJobs

extension Attempt {
    /// A candidate: its fence comes with the claim.
    init(_ job: Job, _ range: FireRange, late: Bool) {
        self.init(
            run: RunID(job: job.id, .scheduled(range.last)), fence: 0, trigger: late ? .catchUp : .scheduled, job: job,
            scheduledAt: range.last, missed: range.count - 1, startDeadline: job.startDeadline(of: range), first: range.first)
    }

    init(startup job: Job, incarnation: Int64, now: WallTime) {
        self.init(
            run: RunID(job: job.id, .startup(incarnation)), fence: 0, trigger: .startup, job: job, scheduledAt: now.instant)
    }
}

extension Job {
    func startDeadline(of range: FireRange) -> WallTime? {
        settings.values.grace.map { WallTime(nanoseconds: WallTime(dueTime(of: range.last)).nanoseconds &+ $0.wholeNanoseconds) }
    }
}
