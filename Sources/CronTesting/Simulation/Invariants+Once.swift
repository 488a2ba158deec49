internal import CronExpressions
internal import CronJobs

// What runs once: what was confirmed is decided, and what was cancelled does not start. Where the ledger lost something since, both may fail.

extension Invariants {
    struct Once {
        /// Put since the last loss.
        fileprivate var stored: Set<JobID> = []
        fileprivate var promised: [JobID: Instant] = [:]
        /// Taken out of the store for somebody who wanted it cancelled, whether or not he was told.
        fileprivate var withdrawn: Set<JobID> = []
        fileprivate var cancelled: Set<JobID> = []

        mutating func setBack() { self = Once() }
    }

    mutating func storedOnce(_ job: JobID) { once.stored.insert(job) }

    /// Somebody was told so; by then others may have cancelled it.
    mutating func promisedOnce(_ job: JobID, at time: Instant) {
        if once.stored.contains(job), !once.withdrawn.contains(job) { once.promised[job] = time }
    }

    /// Nobody need start it any more. The node that asked may be gone before it can say so.
    mutating func withdrawnOnce(_ job: JobID) {
        once.promised[job] = nil
        once.withdrawn.insert(job)
    }

    /// Somebody was told so.
    mutating func cancelledOnce(_ job: JobID) { once.cancelled.insert(job) }

    mutating func checkOnce(_ run: RunID) {
        if !once.cancelled.isEmpty, once.cancelled.contains(run.job) { broken(.cancelledRest, "\(run) was cancelled") }
    }

    mutating func settleOnce(_ ledger: ModelLedger, now: WallTime) {
        for (job, time) in once.promised where WallTime(time) + .seconds(20) < now && ledger.record(of: job, at: time) == nil {
            broken(.nothingLost, "\(job) was to run once, and nobody decided \(time.seconds)")
        }
    }
}
