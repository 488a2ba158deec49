import CronJobs
import CronTesting
import Testing

@Suite("The store that schedulers of a test share") struct MemoryFleetTests {
    /// Its clock is the caller's, so a claim is late when the caller says so.
    private static let checks = SharedLedgerConformance.claims.map(\.name).filter { !$0.hasPrefix("a claim after its start deadline") }

    @Test("It does what every shared store does", arguments: checks)
    func conformance(_ name: String) async throws {
        let check = try #require(SharedLedgerConformance.claims.first { $0.name == name })
        let fleet = MemoryFleet()
        let number = Counter()
        try await check.run(
            {
                let ledger = try await fleet.node("node-\(await number.next())").open(clocks: ManualClocks(wall: WallTime(nanoseconds: 0)))
                    .ledger
                return try #require(ledger.shared)
            }, { fleet.expireLeases() })
    }

    @Test("It keeps jobs and pauses as every store does", arguments: (KeepingConformance.jobs + KeepingConformance.pauses).map(\.name))
    func keeping(_ name: String) async throws {
        let check = try #require((KeepingConformance.jobs + KeepingConformance.pauses).first { $0.name == name })
        try await check.run({ try await MemoryFleet().node("a").open(clocks: ManualClocks(wall: WallTime(nanoseconds: 0))).ledger }, { $0 })
    }

    private actor Counter {
        private var last = 0

        func next() -> Int {
            last += 1
            return last
        }
    }
}
