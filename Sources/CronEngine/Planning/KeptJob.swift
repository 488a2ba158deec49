public import CronJobs

/// A job that no table has, as whoever keeps it has it: one with a million of them need not have each of them whole. It never changes.
public protocol KeptJob: AnyObject, Sendable {
    var id: JobID { get }
    var policies: JobPolicies { get }
    /// The same each time. Asked for whenever something is decided about it.
    var job: Job { get }
}

/// One that is kept whole.
package final class WholeJob: KeptJob {
    package let job: Job

    package init(_ job: Job) { self.job = job }

    package var id: JobID { job.id }
    package var policies: JobPolicies { job.policies }
}
