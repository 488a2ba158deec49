public import CronJobs

extension SharedLedgerComparison {
    /// The ledger's server, as far as the comparison does something to it.
    public struct Server: Sendable {
        /// A node's end of the ledger, not opened yet: no quarantine, no limit of earliness, leases and silences of hours.
        public var makeNode: @Sendable () async throws -> any SharedLedger
        /// Keeps aside what it holds now.
        public var keep: @Sendable () async throws -> Void
        /// It holds again what was kept, or nothing where nothing was; nobody is connected to it any more.
        public var setBack: @Sendable () async throws -> Void
        /// Returns once its clock shows another millisecond.
        public var tick: @Sendable () async throws -> Void

        public init(
            makeNode: @escaping @Sendable () async throws -> any SharedLedger, keep: @escaping @Sendable () async throws -> Void,
            setBack: @escaping @Sendable () async throws -> Void, tick: @escaping @Sendable () async throws -> Void
        ) {
            self.makeNode = makeNode
            self.keep = keep
            self.setBack = setBack
            self.tick = tick
        }
    }
}
