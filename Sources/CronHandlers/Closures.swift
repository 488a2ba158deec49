public import CronJobs
internal import Synchronization

/// The closures of jobs that need not last, by job. Shared by who adds jobs and who runs them.
public final class Closures: Sendable {
    /// What the action of such a job is called.
    public static let handlerName = "closure"

    /// A closure that stands by itself in a generic collection is wrapped in an object first; in a structure it is not.
    private struct Entry: Identifiable, Sendable {
        var id: JobID
        var body: Handlers.Body
    }

    private struct State {
        var bodies = JobMap<Entry>()
        var changes = 0
    }

    private let state = Mutex(State())

    public init() {}

    public subscript(job: JobID) -> Handlers.Body? {
        get { state.withLock { $0.bodies[job]?.body } }
        set {
            state.withLock { state in
                let count = state.bodies.count
                if let newValue { state.bodies.put(Entry(id: job, body: newValue)) } else { state.bodies.remove(job) }
                if state.bodies.count != count { state.changes += 1 }
            }
        }
    }

    public var jobs: Set<JobID> { state.withLock { Set($0.bodies.entries.map(\.id)) } }

    /// Another number whenever one came or went.
    package var changes: Int { state.withLock { $0.changes } }
}
