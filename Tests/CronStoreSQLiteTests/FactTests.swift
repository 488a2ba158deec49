internal import CronExpressions
internal import CronJobs
internal import CronStoreSQLite
internal import Testing

@Suite("Facts in a file") struct FactTests {
    private let now = WallTime(Instant(100))

    @Test("A change of the table is a fact, in its order with the others; the same table again is none") func table() async throws {
        let directory = try TemporaryDirectory()
        let store = try await SQLiteStore.open(path: directory.file(), now: now)
        _ = try await store.open(bootID: "b", now: now)
        try await store.keepFacts(true)
        _ = try await store.append([TableFile(path: "/t", content: [1])], hash: "a", origin: .edited, now: now)
        let skip = Skip(job: JobID("a"), first: Instant(1), last: Instant(1), count: 1, outcome: .missed(1), since: Instant(0))
        try await store.skip([skip], now: now)
        for hash in ["a", "b"] {
            _ = try await store.append([TableFile(path: "/t", content: [1])], hash: hash, origin: .edited, now: now)
        }
        let facts = try await store.facts(after: 0, limit: 9).facts
        let outcome = Fact.Kind.ended(
            RunID(job: JobID("a"), .scheduled(Instant(1))), attempt: 1, outcome: .missed(1), first: Instant(1), count: 1)
        #expect(facts.map(\.kind) == [.tableChanged(revision: 1), outcome, .tableChanged(revision: 2)])
        #expect(facts.map(\.number) == [1, 2, 3])
        await store.close(now: now)
    }

    @Test("They are bounded; a reader that was too slow hears of the gap") func bounded() async throws {
        let directory = try TemporaryDirectory()
        let store = try await SQLiteStore.open(path: directory.file(), now: now)
        _ = try await store.open(bootID: "b", now: now)
        try await store.keepFacts(true)
        let wanted = Fact.bound + 5000, portion = 10_000
        for start in stride(from: 1, through: wanted, by: portion) {
            let skips = (start..<start + portion).map { job in
                Skip(job: JobID("j\(job)"), first: Instant(1), last: Instant(1), count: 1, outcome: .missed(1), since: Instant(0))
            }
            try await store.skip(skips, now: now)
        }
        let page = try await store.facts(after: 0, limit: 1), last = try await store.lastFact()
        #expect(page.hasGap)
        let kept = try Int(last - #require(page.facts.first).number) + 1
        #expect((Fact.bound...Fact.bound + 1024).contains(kept))
        #expect(try await store.facts(after: last - 1, limit: 9).hasGap == false)
        await store.close(now: now)
    }
}
