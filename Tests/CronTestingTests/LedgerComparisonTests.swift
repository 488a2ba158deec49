import CronJobs
import CronTesting
import Testing

@Suite("The model of the ledger answers what the stores answer") struct LedgerComparisonTests {
    @Test("A ledger in memory", arguments: 0..<UInt64(12))
    func memory(_ seed: UInt64) async throws {
        try await LedgerComparison.run(MemoryLedger(), seed: seed, calls: 300) { $0 }
    }
}
