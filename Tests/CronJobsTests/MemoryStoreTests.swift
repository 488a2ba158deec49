internal import CronExpressions
internal import CronJobs
internal import CronTesting
internal import Testing

@Suite struct MemoryStoreTests {
    @Test(arguments: LedgerConformance.checks.map(\.name))
    func ledger(_ name: String) async throws {
        let check = try #require(LedgerConformance.checks.first { $0.name == name })
        try await check.run({ MemoryLedger() }, { $0 })
    }

    @Test(arguments: KeepingConformance.checks.map(\.name))
    func keeping(_ name: String) async throws {
        let check = try #require(KeepingConformance.checks.first { $0.name == name })
        try await check.run({ MemoryLedger() }, { $0 })
    }

    @Test(arguments: RevisionStoreConformance.checks.map(\.name))
    func revisions(_ name: String) async throws {
        let check = try #require(RevisionStoreConformance.checks.first { $0.name == name })
        try await check.run({ MemoryRevisionStore() }, { $0 })
    }

    @Test func historyIsBoundedWithoutPruning() async {
        let ledger = MemoryLedger(rowsPerJob: 16, rowsOverall: 64)
        _ = await ledger.open(bootID: "b", now: WallTime(nanoseconds: 0))
        let jobs = (0..<10).map { JobID("job-\($0)") }
        for second in Int64(1)...100 {
            for job in jobs {
                let skip = Skip(job: job, first: Instant(second), last: Instant(second), count: 1, outcome: .missed(1), since: Instant(0))
                await ledger.skip([skip], now: WallTime(Instant(second)))
            }
        }
        var total = 0
        for job in jobs {
            let history = await ledger.history(of: job, limit: .max)
            #expect(history.count <= 18)
            #expect(history.first?.run.occasion == .scheduled(Instant(100)))
            total += history.count
        }
        #expect(total <= 72)
    }
}
