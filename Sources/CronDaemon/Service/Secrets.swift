public import CronJobs
internal import LinuxEvents

/// What the service must not say: the secrets in its own environment, in the assignments of its table, and in those of jobs that run once.
///
/// What a job writes is masked by the job's own environment, where it is read; this is for our words and answers.
public final class Secrets: Sendable {
    public let names: SecretNames
    private let own: Set<String>
    private let state: Locked<State>

    private struct State {
        /// Its own and the table's.
        var known: Set<String>
        var ofOnce: Set<String> = []
        var mask: SecretMask?
    }

    public init(_ names: SecretNames, environment: [String: String]) {
        self.names = names
        own = Set(environment.lazy.filter { names.contains($0.key) }.map(\.value))
        state = Locked(State(known: own, mask: SecretMask(own)))
    }

    /// Knows those of commands from now on.
    ///
    /// - Parameter adding: the commands are not all that there are; what was known stays.
    public func learn(_ settings: [CommandSetting], adding: Bool = false) {
        if names == .none { return }
        var found = own, last: Variables?
        for setting in settings where setting.variables !== last {
            let variables = setting.variables
            last = variables
            for assignment in variables.assignments where names.contains(assignment.name) { found.insert(assignment.value) }
        }
        state.withLock { state in
            if adding { found.formUnion(state.known) }
            guard found != state.known else { return }
            state.known = found
            state.mask = SecretMask(found.union(state.ofOnce))
        }
    }

    /// Knows those of the jobs that run once, which are all that there are.
    func learnOnce(_ jobs: some Sequence<OnceJob>) {
        if names == .none { return }
        var found: Set<String> = []
        for job in jobs { for variable in job.variables where names.contains(variable.name) { found.insert(variable.value) } }
        state.withLock { state in
            guard found != state.ofOnce else { return }
            state.ofOnce = found
            state.mask = SecretMask(state.known.union(found))
        }
    }

    public var mask: SecretMask? { state.withLock { $0.mask } }
}
