internal import CronExpressions
internal import CronJobs
internal import CronProcesses
internal import CronTables

/// What the settings say of the table: its zone, how its files are compiled, and how others' revisions are met.
extension Configuration {
    func sharing(in store: StoreOpening) -> TableSharing {
        TableSharing(
            name: name, host: host, isShared: worker == nil && store.ledger.shared != nil, adoptsName: adoptsName,
            follows: follows || tableKey != nil,
            seal: tableKey.map { TableSeal(name: name, key: $0) })
    }

    /// - Parameter limitsFail: why limits of memory and processors cannot be kept here.
    func compiler(_ zones: ZoneDatabase, isShared: Bool, limitsFail: String?) throws(ServiceFailure) -> TableCompiler {
        var compiler = TableCompiler(source: table, zone: try zone(zones), zones: zones, host: host)
        compiler.isUser = { UserDirectory.isKnown($0) }
        compiler.policies = JobPolicies(policies)
        compiler.isShared = isShared
        compiler.consumerTimeout = consumerTimeout
        if !isShared { compiler.unavailable["via"] = WorkerSetting.needsSharedStore }
        if broker == nil {
            let reason = "there is no broker (--amqp URL, CROND_AMQP or CROND_AMQP_FILE)"
            compiler.unavailable.merge(["publish": reason, "via": reason]) { first, _ in first }
        }
        if strict, let limitsFail {
            compiler.unavailable.merge(["limit-memory": limitsFail, "limit-cpu": limitsFail]) { first, _ in first }
            if policies.limits.needsGroup {
                throw ServiceFailure(code: 78, message: "limits of memory and processors cannot be kept: \(limitsFail)")
            }
        }
        return compiler
    }

    private func zone(_ zones: ZoneDatabase) throws(ServiceFailure) -> Zone {
        guard let name = zone else { return zones.localZone(environmentTZ: environment["TZ"]) }
        do { return try zones.zone(named: name) } catch { throw ServiceFailure(code: 78, message: "tz: \(error)") }
    }

    /// TZ, or /etc/localtime, names no zone: UTC is used.
    func reducedZone(_ zones: ZoneDatabase) -> ReducedFeature? {
        guard zone == nil, let fault = zones.fault(ofTZ: environment["TZ"]) else { return nil }
        return ReducedFeature(what: "tz", reason: "UTC is used: \(fault)", remedy: "set TZ, or --tz, to a zone that crond zones lists")
    }

    /// Finds out at each reload which zone is the service's own.
    func ownZone(_ zones: ZoneDatabase) -> @Sendable () -> Zone? {
        let (name, variable) = (zone, environment["TZ"])
        return {
            if let name { return try? zones.zone(named: name) }
            return zones.knownLocalZone(environmentTZ: variable)
        }
    }
}
