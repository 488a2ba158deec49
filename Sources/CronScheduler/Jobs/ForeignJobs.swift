internal import CronJobs
internal import Synchronization

/// The jobs that this program has no handler for: asked from wherever events are told.
final class ForeignJobs: Sendable {
    private let jobs = Mutex<Set<JobID>>([])

    subscript(job: JobID) -> Bool {
        get { jobs.withLock { $0.contains(job) } }
        set {
            jobs.withLock { jobs in
                if newValue { jobs.insert(job) } else { jobs.remove(job) }
            }
        }
    }
}
