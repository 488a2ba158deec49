public import CronExpressions
public import CronJobs

/// What the `# crond: key=value` lines above an entry set.
public struct Directives: Hashable, Sendable {
    /// The name that the job goes by.
    public var name: String?
    /// The zone that `tz=` names.
    public var zone: Zone?
    /// Replaces the fields: whole seconds, at least one.
    public var every: Duration?
    /// Fire times before this one do not count.
    public var after: Instant?
    /// Fire times after this one do not count.
    public var until: Instant?
    /// The workers of a pool, which `policies.pool` names, are to run it.
    public var isForWorkers = false
    /// A message is sent; the command is not run.
    public var publishes = false
    /// Where the message goes; `nil` is the broker's default exchange.
    public var exchange: String?
    public var routingKey: String?
    /// All else, as the job takes it.
    public var policies = JobPolicies.Values()

    public init() {}

    /// Nothing set.
    public static let none = Directives()
}
