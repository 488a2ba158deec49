internal import CronJobs
internal import CronProcesses

/// What jobs find in their environment, for whoever asks: `NAME=value`, without what tells an attempt about itself.
protocol RunEnvironments: Sendable {
    /// Of an attempt that runs here, or was one of the last that did; `nil` where it did not, or was adopted.
    func environment(of run: RunID, attempt: Int) async -> [String]?

    /// What a job would find now; `nil` where its user is not known, or it is no command.
    func environment(of job: Job) async -> [String]?
}

extension ProcessRunner: RunEnvironments {}
