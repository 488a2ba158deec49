internal import CronJobs
internal import CronStoreSQLite
internal import CronTesting
internal import Testing

@Suite("The model of the ledger answers what SQLite answers") struct ModelComparisonTests {
    @Test("Random calls, over several lives", arguments: 0..<UInt64(8))
    func sameAnswers(_ seed: UInt64) async throws {
        let directory = try TemporaryDirectory()
        let make: @Sendable () async throws -> SQLiteStore = {
            try await SQLiteStore.open(path: directory.file(), now: WallTime(nanoseconds: 0))
        }
        try await LedgerComparison.run(make(), seed: seed, calls: 300) { _ in try await make() }
    }
}
