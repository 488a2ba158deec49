public import CronJobs
internal import Synchronization

/// The closures of jobs that need not last, by job. Shared by who adds jobs and who runs them.
public final class Closures: Sendable {
    /// What the action of such a job is called.
    public static let handlerName = "closure"

    private struct State {
        var bodies = JobMap<Handlers.Body>()
        var changes = 0
    }

    private let state = Mutex(State())

    public init() {}

    public subscript(job: JobID) -> Handlers.Body? {
        get { state.withLock { $0.bodies[job] } }
        set {
            state.withLock { state in
                let count = state.bodies.count
                state.bodies[job] = newValue
                if state.bodies.count != count { state.changes += 1 }
            }
        }
    }

    public var jobs: Set<JobID> { state.withLock { Set($0.bodies.entries.map(\.id)) } }

    /// Another number whenever one came or went.
    package var changes: Int { state.withLock { $0.changes } }
}
