public import CronJobs

// What jobs find in their environment, for whoever asks: `NAME=value`, without what tells an attempt about itself.
extension ProcessRunner {
    /// Of an attempt that runs here, or was one of the last that did; `nil` where it did not, or was adopted.
    public func environment(of run: RunID, attempt: Int) -> [String]? {
        let process = processes.values.first { $0.run == run && $0.number == attempt }
        if let process { return process.environment.map { lines($0.user, $0.variables) } }
        return pastEnvironments.of(run, attempt: attempt).map { lines($0.user, $0.variables) }
    }

    /// What a job would find now; `nil` where its user is not known, or it is no command.
    public func environment(of job: Job) -> [String]? {
        guard let command = job.command else { return nil }
        guard let name = command.user, name != options.ownUser.name, options.canSwitchUser else {
            return lines(ownNow ?? options.ownUser, command.variables)
        }
        guard case .known(let user) = users.entry(name) else { return nil }
        return lines(user, command.variables)
    }

    private func lines(_ user: User, _ variables: Variables) -> [String] {
        JobEnvironment.base(
            container: options.containerEnvironment, user: user, variables: variables, foreign: user.uid != options.ownUser.uid
        ).sorted()
    }
}
