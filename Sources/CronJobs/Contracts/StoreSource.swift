/// A store that a scheduler is to use, before it is opened: `.memory`, `.sqlite(…)` and `.redis(…)`, or one of a program's own.
public struct StoreSource: Sendable {
    /// For people: what kind of store, and where.
    public let description: String
    private let opening: @Sendable (any Clocks) async throws(StoreError) -> OpenedStore

    /// - Parameter open: opens it, by the machine's clocks. What it throws as `unavailable` or `held` is tried again.
    public init(_ description: String, open: @escaping @Sendable (any Clocks) async throws(StoreError) -> OpenedStore) {
        self.description = description
        opening = open
    }

    /// Opens it now. `unavailable` and `held` may pass; what else it throws stays so until somebody mends it.
    public func open(clocks: any Clocks) async throws(StoreError) -> OpenedStore { try await opening(clocks) }

    /// Ends with the process.
    public static let memory = StoreSource("memory") { _ throws(StoreError) in OpenedStore(MemoryLedger()) }

    /// A ledger that is there already, such as one that two schedulers of a test share.
    public static func ledger(_ ledger: any Ledger, clock: StoreClock? = nil) -> StoreSource {
        StoreSource("ledger") { _ throws(StoreError) in OpenedStore(ledger, clock: clock) }
    }
}

/// What opening a store gave.
public final class OpenedStore: Sendable {
    public let ledger: any Ledger
    /// The store's own clock, where others share it: jobs are planned by it.
    public let clock: StoreClock?
    /// How long before their fire time jobs are claimed at most: where a disk confirms each claim, and nobody else decides.
    public let claimsAhead: Duration

    public init(_ ledger: any Ledger, clock: StoreClock? = nil, claimsAhead: Duration = .zero) {
        self.ledger = ledger
        self.clock = clock
        self.claimsAhead = claimsAhead
    }
}
