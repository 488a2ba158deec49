public import CronExpressions

/// The policies that `# crond: key=value` lines set for the entry below them. What is nil was not set.
///
/// DIALECT 11 lists more keys than these; this version refuses an entry that sets one of the others, because an entry never runs with a
/// policy other than the one asked for.
public struct Directives: Hashable, Sendable {
    /// A fire time arrives while a run of the same job is going.
    public enum Overlap: Hashable, Sendable { case allow, skip }
    /// How late a run may still start.
    public enum Grace: Hashable, Sendable { case limited(Duration), unlimited }
    /// What happens to the fire times that passed while nothing could start.
    public enum CatchUp: Hashable, Sendable { case none, last, all(Int) }
    /// How long after a failed attempt the next one is due.
    public enum Backoff: Hashable, Sendable { case fixed(Duration), exponential(first: Duration, cap: Duration) }
    /// On which of the hosts that have the entry it runs.
    public enum Host: Hashable, Sendable { case any, all, named(String) }
    /// A fire time arrives while the store cannot be reached.
    public enum StoreDown: String, Hashable, Sendable { case hold, local, rank0, skip }
    /// How output is logged.
    public enum Log: Hashable, Sendable { case lines, raw, json, none }

    /// The name that the job goes by.
    public var name: String?
    /// The zone by name.
    public var tz: String?
    /// Replaces the fields: whole seconds, at least one.
    public var every: Duration?
    /// Fire times before this one do not count.
    public var after: Instant?
    /// Fire times after this one do not count.
    public var until: Instant?
    /// Puts off each start by less than this; whole seconds.
    public var jitter: Duration?
    public var overlap: Overlap?
    public var maxRunning: Int?
    public var grace: Grace?
    public var catchUp: CatchUp?
    /// How often each fire time's run is tried, the first attempt included.
    public var attempts: Int?
    public var backoff: Backoff?
    public var host: Host?
    public var storeDown: StoreDown?
    public var log: Log?
    /// The directory, an absolute path.
    public var cwd: String?
    /// The umask as a number (`022` is 18).
    public var umask: UInt16?

    public init() {}

    /// Nothing set.
    public static let none = Directives()
}
