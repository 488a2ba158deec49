public import CronJobs

/// Why a scheduler did not do what it was asked. Nothing of the failed call was done.
public enum SchedulerError: Error, Hashable, Sendable {
    /// There is a job of this id already, and the call was to refuse that.
    case jobExists(JobID)
    case unknownJob(JobID)
    case badID(String)
    case badSchedule(JobID, String)
    case badOptions(JobID, String)
    case badParameters(JobID, String)
    /// A job of a closure cannot be changed so: add it again.
    case closure(JobID)
    /// Its parameters are of a newer version than this program's.
    case newerVersion(JobID, Int)
    /// Two handlers have this name.
    case handlerTwice(String)
    /// Somebody else changes the job all the time.
    case contended(JobID)
    /// Nothing runs, though a run was asked for.
    case notStarted(JobID, String)
    /// This program has no handler for the job.
    case notHere(JobID)
    case badImport(String)
    case store(StoreError)
    /// It was shut down.
    case ended
}

extension SchedulerError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .jobExists(let id): "there is a job \(id) already"
        case .unknownJob(let id): "there is no job \(id)"
        case .badID(let id): "'\(id)' is no id of a job: 1 to 256 bytes, no @ in it, and no at: at its beginning"
        case .badSchedule(let id, let why): "\(id): \(why)"
        case .badOptions(let id, let why): "\(id): \(why)"
        case .badParameters(let id, let why): "\(id): \(why)"
        case .closure(let id): "\(id) is the job of a closure: add it again to change it"
        case .newerVersion(let id, let version):
            "\(id) is left as it is: its parameters are of version \(version), which is newer than this program's"
        case .handlerTwice(let name): "two handlers are called \(name): give one of them another name"
        case .contended(let id): "\(id) is changed by others all the time: try again"
        case .notStarted(let id, let why): "\(id) was not started: \(why)"
        case .notHere(let id): "\(id) was not started: this program has no handler that reads its parameters"
        case .badImport(let why): "these are no exported jobs: \(why)"
        case .store(let error): error.message
        case .ended: "the scheduler was shut down"
        }
    }
}
