public import CronExpressions
public import CronJobs

/// What is so: read from the machine, nothing changes.
extension SchedulerEngine {
    /// The table's, and those that no table has.
    public var jobs: [Job] { machine.jobs }
    /// A job of the table, or one that no table has.
    public func job(_ id: JobID) -> Job? { machine.agenda.table.job(id) }
    /// Those of some ids, in one walk.
    public func jobs(_ ids: Set<JobID>) -> [JobID: Job] { machine.agenda.table.jobs(ids) }
    public var runningCount: Int { machine.situation.running.count }
    public var runningRuns: [RunID] { machine.situation.running.runs }

    /// Whether runs of a job go on or wait here.
    public func isRunning(_ job: JobID) -> Bool { machine.situation.count(of: job) > 0 }
    public var nextWake: Instant? { machine.agenda.table.queue.next }
    public var storeIsDown: Bool { machine.situation.store.fails }

    /// It is, in a way that jobs wait for.
    public var storeHoldsJobs: Bool { machine.situation.store.holdsJobs }

    /// The first fire time that a job waits for.
    public func nextFireTime(of id: JobID) -> Instant? { machine.agenda.table.nextFireTime(of: id) }

    /// Up to where a job is decided; nil where there is no such job.
    public func watermark(of id: JobID) -> Instant? { machine.agenda.table.watermark(of: id) }

    /// Jobs with fire times up to `now` that nobody here decided, and up to where they are decided.
    public func overdue(at now: Instant) -> [(job: Job, watermark: Instant)] { machine.agenda.table.overdue(at: now) }
}
