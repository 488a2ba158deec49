internal import CronJobs

/// How a Redis is set up, as far as it tells us, and what of it endangers a ledger. Looked at by the caller: nothing here is logged or decided.
public struct EngineReport: Hashable, Sendable {
    /// A value, or that the server does not let us see it: managed ones forbid CONFIG.
    public enum Known<Value: Hashable & Sendable>: Hashable, Sendable {
        case value(Value)
        case hidden

        public var value: Value? { if case .value(let value) = self { value } else { nil } }
    }

    public var version = ""
    public var mode = ""
    /// `master` or `slave`.
    public var role = Known<String>.hidden
    public var connectedReplicas = Known<Int>.hidden
    public var evictionPolicy = Known<String>.hidden
    public var appendOnly = Known<String>.hidden
    public var appendSync = Known<String>.hidden
    public var snapshots = Known<String>.hidden
    public var leastReplicas = Known<Int>.hidden
    /// Which life of the server this is, as a script of ours is told.
    public var runID = Known<String>.hidden

    /// What of the server's settings endangers a promise, or is unknown.
    public enum Concern: Hashable, Sendable {
        /// Watermarks may be thrown away when memory is short.
        case evicts(policy: String)
        /// Nothing survives a restart but what the nodes remember.
        case persistsNothing
        /// A restart loses minutes.
        case persistsSnapshotsOnly
        /// A restart loses what the system had not written yet.
        case neverSyncs
        /// A failover or a split may lose what no replica has.
        case replicasNotRequired
        /// A restart is told from nothing but our connections.
        case hidesRestarts
        case hidden([String])
    }

    public var concerns: [Concern] {
        var found: [Concern] = []
        if let policy = evictionPolicy.value, policy != "noeviction" { found.append(.evicts(policy: policy)) }
        switch (appendOnly.value, snapshots.value) {
        case ("no"?, ""?): found.append(.persistsNothing)
        case ("no"?, _): found.append(.persistsSnapshotsOnly)
        default: if appendOnly.value == "yes", appendSync.value == "no" { found.append(.neverSyncs) }
        }
        if (connectedReplicas.value ?? 0) > 0, leastReplicas.value == 0 { found.append(.replicasNotRequired) }
        if runID == .hidden { found.append(.hidesRestarts) }
        let unseen = [
            ("maxmemory-policy", evictionPolicy == .hidden), ("appendonly", appendOnly == .hidden), ("save", snapshots == .hidden),
            ("min-replicas-to-write", leastReplicas == .hidden),
        ].filter(\.1).map(\.0)
        if !unseen.isEmpty { found.append(.hidden(unseen)) }
        return found
    }
}

extension EngineReport.Concern: CustomStringConvertible {
    /// A sentence for the operator.
    public var description: String {
        switch self {
        case .evicts(let policy):
            "maxmemory-policy is \(policy): when memory is short, Redis may throw away what was decided. Set noeviction."
        case .persistsNothing:
            "Redis writes nothing to disk: after its restart only the nodes that were running remember. Set appendonly yes."
        case .persistsSnapshotsOnly: "Redis writes snapshots only: a crash loses the minutes since the last. Set appendonly yes."
        case .neverSyncs: "appendfsync is no: a power failure loses what the system had not written yet. Set everysec or always."
        case .replicasNotRequired:
            "There are replicas and none must have a change: a failover may forget starts. Set min-replicas-to-write 1, or wait=1 in the URL."
        case .hidesRestarts:
            "Scripts on this Redis may not use INFO, so its restarts do not show: after each new connection it decides nothing for up to 10 s. Permit INFO (ACL: +info)."
        case .hidden(let settings): "This Redis does not tell \(settings.joined(separator: ", ")): ask whoever runs it."
        }
    }
}

extension RedisClient {
    /// Looks at how the server is set up.
    public func engine() async throws(RedisError) -> EngineReport {
        let link = try await link()
        var report = EngineReport()
        report.version = link.greeting.version
        report.mode = link.greeting.mode
        let names = ["maxmemory-policy", "appendonly", "appendfsync", "save", "min-replicas-to-write"]
        let replies = try await link.connection.send(
            [RedisCommand("INFO", "replication")] + names.map { RedisCommand("CONFIG", "GET", .text($0)) }
                + [RedisCommand("EVAL", .text(RedisScript.life), "0")])
        for line in (replies.first?.text ?? "").split(whereSeparator: \.isNewline) {
            if line.hasPrefix("role:") { report.role = .value(String(line.dropFirst(5))) }
            if line.hasPrefix("connected_slaves:"), let count = Int(line.dropFirst(17)) { report.connectedReplicas = .value(count) }
        }
        func setting(_ index: Int) -> EngineReport.Known<String> {
            guard index < replies.count, let value = replies[index].pairs.first?.value.text else { return .hidden }
            return .value(value)
        }
        report.evictionPolicy = setting(1)
        report.appendOnly = setting(2)
        report.appendSync = setting(3)
        report.snapshots = setting(4)
        if let life = replies.last?.bytes { report.runID = .value(String(decoding: life, as: UTF8.self)) }
        if let count = setting(5).value.flatMap({ Int($0) }) { report.leastReplicas = .value(count) }
        return report
    }
}
