internal import CronExpressions
internal import CronJobs
internal import CronEngine
internal import CronTables

/// Jobs that run once: what the service has of them, and who answers for them.
extension Service {
    /// Takes over what the store has, before what the last life left open is decided.
    func openOnce(_ store: StoreOpening, _ scheduler: SchedulerEngine, _ zones: ZoneDatabase) async throws(StoreError) {
        guard let jobs = store.ledger.jobs, let users, let keeper else { return }
        let trust = OnceTrust(
            name: configuration.name, host: configuration.host, isShared: store.ledger.shared != nil, tableKey: configuration.tableKey,
            follows: configuration.follows)
        let keyPath = Places.hostKey(name: configuration.name, environment: configuration.environment)
        let parts = OnceKeeper.Parts(
            ledger: store.ledger, store: jobs, scheduler: scheduler, users: users, canSwitchUser: canSwitchUser,
            hasBroker: broker != nil, policies: configuration.policies, clocks: clocks, zones: zones, log: log, events: events,
            secrets: secrets)
        let once = OnceKeeper(loop: loop, zone: await keeper.zone, trust: trust, hostKeyPath: keyPath, parts: parts)
        self.once = once
        try await once.look()
    }

    func askOnce(_ request: ControlRequest, _ asker: Asker) async throws(ControlRefusal) -> [ControlPart] {
        guard let once else { throw .starting }
        switch request {
        case .at(let wanted): return [.once(masked(try await once.add(wanted, for: asker)))]
        case .atList: return try await once.list().map { .once(masked($0)) }
        case .atCancel(let jobs): return [.changed(try await once.cancel(jobs, for: asker))]
        default: return []
        }
    }

    /// Without the secrets that are known, its own among them.
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
