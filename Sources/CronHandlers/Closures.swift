public import CronJobs
internal import Synchronization

/// The closures of jobs that need not last, by job. Shared by who adds jobs and who runs them.
public final class Closures: Sendable {
    /// What the action of such a job is called.
    public static let handlerName = "closure"

    private let bodies = Mutex<[JobID: Handlers.Body]>([:])

    public init() {}

    public subscript(job: JobID) -> Handlers.Body? {
        get { bodies.withLock { $0[job] } }
        set { bodies.withLock { $0[job] = newValue } }
    }

    public var jobs: Set<JobID> { bodies.withLock { Set($0.keys) } }
}
