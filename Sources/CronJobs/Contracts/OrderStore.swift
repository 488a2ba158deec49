// A run that somebody wants of a job which is another host's (`host=NAME`). Whoever was asked names the run and writes the order down; the host
// that it is for hears of it with its next renewal, as of a request, and claims the run under that name. A run is claimed once, so whoever
// crashes when, it starts once at most and has one outcome.
//
//     passed on ──▶ read by its host ──▶ claimed there under its name ──▶ removed        a run like any other
//         └────── its time is over ──▶ removed by who passed it on ──▶ claimed here, and recorded as undelivered

/// A run that is for another host to start.
public struct PassedOrder: Hashable, Sendable {
    /// How many there may be at once.
    public static let bound = 1000

    public var run: RunID
    public var host: String
    /// It starts beside whatever runs.
    public var isForced: Bool
    /// Who asks, in words.
    public var by: String
    /// How long it stands from now on.
    public var left: Duration

    public init(_ run: RunID, host: String, isForced: Bool = false, by: String, left: Duration) {
        self.run = run
        self.host = host
        self.isForced = isForced
        self.by = by
        self.left = left
    }
}

/// Hands orders to the hosts that they are for.
public protocol OrderStore: Sendable {
    /// Writes an order down; false where there are too many.
    func passOn(_ order: PassedOrder) async throws(StoreError) -> Bool

    /// What stands for a host, and is not too old.
    func orders(for host: String) async throws(StoreError) -> [PassedOrder]

    /// False where it was not there any more.
    func removeOrder(_ run: RunID) async throws(StoreError) -> Bool
}

extension Ledger {
    /// Orders for other hosts; `nil` where there are none.
    public nonisolated var orders: (any OrderStore)? { self as? any OrderStore }
}
