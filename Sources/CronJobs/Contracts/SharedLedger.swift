// A ledger that several nodes share has a clock of its own, owners that may vanish without a word, and a memory that may be younger than
// theirs. Nothing of it concerns a single-node store.

/// Whether a claimed attempt may be started now, after time has passed since its claim.
public enum StartAnswer: Hashable, Sendable {
    /// It is ours, and nobody started it: start it. Answered once for each fence.
    case go
    /// Somebody has started it: this node.
    case duplicate(node: String)
    /// Somebody has taken it over.
    case stale
    /// It is decided, or was never entered.
    case gone
    /// It was not started, and is not where it was looked for.
    case elsewhere(AttemptState)
}

/// What the other end and the other nodes look like, as of the last renewal.
public struct SharedView: Hashable, Sendable {
    /// Names of the nodes heard of in the last 15 s, sorted; this one among them.
    public var nodes: [String]
    /// Hosts of those nodes.
    public var hosts: Set<String>
    /// The store's clock minus ours, from the quickest of the last answers; `nil` before the first.
    public var clockOffset: Duration?
    /// The store decides nothing for this long yet.
    public var quarantine: Duration

    /// Jobs that are paused, as far as this node heard.
    public var paused: Set<JobID>

    /// What each node that lives announced as its zone.
    public var zones: [String: String]

    /// Another number after each change of the jobs that the store keeps (`JobStore`).
    public var storedJobs: Int64

    /// Another number after each order for another host (`OrderStore`).
    public var orders: Int64

    /// Nodes of an older version of this program that used the store until a newer one came, lately; the store refuses them.
    public var refused: Set<String>

    public init(
        nodes: [String], clockOffset: Duration?, quarantine: Duration, paused: Set<JobID> = [], zones: [String: String] = [:],
        storedJobs: Int64 = 0, orders: Int64 = 0, refused: Set<String> = [], hosts: Set<String> = []
    ) {
        self.nodes = nodes
        self.clockOffset = clockOffset
        self.quarantine = quarantine
        self.paused = paused
        self.zones = zones
        self.storedJobs = storedJobs
        self.orders = orders
        self.refused = refused
        self.hosts = hosts
    }
}

/// The part of a ledger that exists only because others use it, too.
///
/// It remembers every watermark that it saw move, every pause that it heard of and every attempt that it handed out, and tells them to a store that was reached anew before
/// it asks it anything else. A claim whose answer was lost is handed out when it is asked for again.
public protocol SharedLedger: Ledger {
    /// This process among all that ever used the store.
    nonisolated var node: String { get }

    /// How long an attempt stays its owner's without `renew`, which is to be called every `renewalInterval`, also with no attempts: the other
    /// nodes hear from us by it.
    nonisolated var leaseDuration: Duration { get }
    nonisolated var renewalInterval: Duration { get }

    /// Asked right before a start that did not follow its claim within two seconds. Moves the attempt from claimed to running, once.
    func mayStart(_ starts: [Start]) async throws(StoreError) -> [StartAnswer]

    /// The same for attempts in a certain state: a worker takes what is queued in its pool, and owns it from then on.
    func mayStart(_ starts: [Start], from state: AttemptState) async throws(StoreError) -> [StartAnswer]

    /// Tells the other nodes, with the next renewal, by which zone this one reads times of day.
    func announce(zone: String) async

    /// What was heard at the last renewal; asks nobody.
    func view() async -> SharedView
}

extension SharedLedger {
    /// For a ledger without pools: only `.claimed` is there to be started.
    public func mayStart(_ starts: [Start], from state: AttemptState) async throws(StoreError) -> [StartAnswer] {
        state == .claimed ? try await mayStart(starts) : starts.map { _ in .gone }
    }

    public nonisolated var shared: (any SharedLedger)? { self }

    /// This node's place among `view().nodes` for a job, 0 being the first to try: each job has an order of its own.
    public nonisolated func rank(of job: JobID, among nodes: [String]) -> Int { NodeOrder.rank(of: job, node: node, among: nodes) }
}
