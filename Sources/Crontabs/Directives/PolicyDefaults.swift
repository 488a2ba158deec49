internal import CronExpressions
public import CronJobs

/// What jobs have whose entries say nothing else: policies that are written as directives are, but for the whole service.
public struct PolicyDefaults: Sendable {
    public private(set) var values = JobPolicies.Values()

    public init() {}

    /// Sets what `key=value` above each entry would.
    ///
    /// - Returns: what the key takes, where this is no value of it.
    public mutating func set(_ key: String, to value: String) -> String? {
        guard let directive = Directive.named(key) else { return "no such policy" }
        var directives = Directives()
        directives.policies = values
        var zones = ZoneLookup(ZoneDatabase(directory: ""))
        switch directive.take(value, &directives, &zones) {
        case nil:
            values = directives.policies
            return nil
        case .because(let message, _): return message
        case .notAValue: return "expected \(directive.plainForm)"
        }
    }
}
