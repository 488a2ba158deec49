/// What the operator should know and no outcome tells. Each is told once.
public enum RunnerWarning: Hashable, Sendable {
    /// HOME cannot be entered; jobs start in `/`.
    case homeUnavailable(directory: String, user: String, reason: String)
    /// The service cannot become another user: the user's jobs run as its own.
    case userIgnored(name: String)
    /// Descriptors run short: the output of processes that a finished run left behind is not read any more.
    case lateOutputDropped(run: String)
    /// The machine is out of something: so many runs wait, each until its start deadline.
    case launchesFail(reason: String, remedy: String, waiting: Int)
    /// That is over.
    case launchesWork(after: Duration)

    /// What happened, the same text for all warnings of a kind.
    public var message: String {
        switch self {
        case .homeUnavailable: "home directory cannot be entered; jobs start in /"
        case .userIgnored: "not allowed to become another user; jobs run as the service's own"
        case .lateOutputDropped: "descriptors run short; output of processes that a run left behind is not read any more"
        case .launchesFail: "jobs cannot be started now; they wait, each until its grace is over"
        case .launchesWork: "jobs can be started again"
        }
    }

    /// What it happened to.
    public var subject: String {
        switch self {
        case .homeUnavailable(let directory, let user, let reason): "\(directory) of \(user): \(reason)"
        case .userIgnored(let name): name
        case .lateOutputDropped(let run): run
        case .launchesFail(let reason, _, _): reason
        case .launchesWork: "launches"
        }
    }
}
