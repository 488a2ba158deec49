internal import CronJobs

/// Answers what is asked about jobs that run once, without the secrets that are known.
struct OnceAnswers: Sendable {
    let keeper: OnceKeeper
    let secrets: Secrets

    func answer(_ request: ControlRequest, _ asker: Asker) async throws(ControlRefusal) -> [ControlPart] {
        switch request {
        case .at(let wanted): return [.once(masked(try await keeper.add(wanted, for: asker)))]
        case .atList: return try await keeper.list().map { .once(masked($0)) }
        case .atCancel(let jobs): return [.changed(try await keeper.cancel(jobs, for: asker))]
        default: return []
        }
    }

    /// Its own among them.
    private func masked(_ once: OnceSnapshot) -> OnceSnapshot {
        var once = once
        let variables = once.variables.map { "\($0.name)=\($0.value)" }
        for mask in [SecretMask(secrets.names.secrets(among: variables)), secrets.mask].compactMap(\.self) {
            once.command = mask.masked(once.command)
            for index in once.variables.indices { once.variables[index].value = mask.masked(once.variables[index].value) }
        }
        return once
    }
}
