/// What happens when a fire time arrives while a run of the same job is still going.
public enum OverlapPolicy: Hashable, Sendable {
    /// Start beside it, up to the job's `maxRunning`.
    case allow
    /// Do not start; the fire time's outcome is `skipped(overlap)`.
    case skip
    /// Start once it has ended, behind those that wait already: at most so many. Beyond them it is as `skip`.
    case queue(Int)
    /// End it, as `cancelled(replaced)`, and start once it has ended. One that waits so is replaced by the next, too.
    case replace

    /// Whether a fire time that finds a run going waits until that has ended. Each node knows only its own runs: such a job is one host's.
    public var waits: Bool {
        switch self {
        case .allow, .skip: false
        case .queue, .replace: true
        }
    }
}
