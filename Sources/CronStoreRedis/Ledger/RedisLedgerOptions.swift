/// The times of a ledger on Redis. All nodes of a ledger must have the same.
public struct RedisLedgerOptions: Sendable {
    public var leaseDuration = Duration.seconds(30)
    public var renewalInterval = Duration.seconds(5)
    /// How long a server that came back decides nothing.
    public var quarantine = Duration.seconds(10)
    /// A step of the server's clock, or a silence, that is treated as a comeback.
    public var jump = Duration.seconds(30)
    /// How much before its fire time, by the server's clock, a run may be claimed; `nil` is without limit, for tests whose times are made up.
    public var earliness: Duration? = .milliseconds(500)
    /// Rows kept for each job at any moment, whether anybody prunes or not.
    public var runsKept = 1000
    /// How long replicas may take to confirm a claim, where the URL says `wait`.
    public var confirmation = Duration.milliseconds(200)

    public init() {}
}
