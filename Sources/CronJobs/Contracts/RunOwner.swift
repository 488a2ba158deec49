/// Who carries an attempt out, or did, as far as the store knows. Whoever takes one over whose owner is gone changes the fence only: it ran where it ran.
public struct RunOwner: Hashable, Sendable {
    public var fence: Int64
    /// `nil` where the store is one host's.
    public var host: String?
    /// The number of its process there. `nil` where it has not started, or ended before its start was written down.
    public var process: Int32?

    public init(fence: Int64, host: String? = nil, process: Int32? = nil) {
        self.fence = fence
        self.host = host
        self.process = process
    }
}

/// Knows who had an attempt.
public protocol OwnerStore: Sendable {
    /// `nil` where the attempt is not known (any more).
    func owner(of run: RunID, attempt: Int) async throws(StoreError) -> RunOwner?

    /// Runs that other nodes have started and that have no outcome yet, with the hosts of those nodes.
    func runningElsewhere() async throws(StoreError) -> [RunID: String]
}

extension OwnerStore {
    /// A store of one host has none.
    public func runningElsewhere() async throws(StoreError) -> [RunID: String] { [:] }
}

extension Ledger {
    /// Who had attempts; `nil` where it does not remember.
    public nonisolated var owners: (any OwnerStore)? { self as? any OwnerStore }

    /// All attempts of a run that it remembers, the first one first.
    public func attempts(of run: RunID) async throws(StoreError) -> [RunRecord] {
        try await history(of: run.job, limit: 2000).filter { $0.run == run }.sorted { $0.attempt < $1.attempt }
    }
}
