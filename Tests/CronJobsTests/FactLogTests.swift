internal import CronExpressions
@testable internal import CronJobs
internal import Testing

@Suite("Facts in memory") struct FactLogTests {
    private let now = WallTime(nanoseconds: 0)

    @Test("They are bounded; a reader that was too slow hears of the gap") func bounded() {
        let log = FactLog(bound: 16)
        log.keep(true)
        for revision in 1...100 { log.add(.tableChanged(revision: revision), at: now) }
        let page = log.page(after: 10, limit: 99)
        #expect((16...18).contains(page.facts.count))
        #expect(page.hasGap && page.cursor == 100)
        #expect(page.facts.last?.kind == .tableChanged(revision: 100))
        let rest = log.page(after: 98, limit: 99)
        #expect(rest.facts.map(\.number) == [99, 100] && !rest.hasGap)
        for cursor in [Int64.min, .max, 100] { #expect(log.page(after: cursor, limit: 0).facts.isEmpty) }
        #expect(log.page(after: .max, limit: 9).facts.isEmpty)
        #expect(log.page(after: .min, limit: 999).facts.count == page.facts.count)
    }

    @Test("A change of the table is a fact of the same service") func table() async throws {
        let ledger = MemoryLedger(), revisions = MemoryRevisionStore(facts: ledger.factLog)
        _ = try await revisions.append([], hash: "a", origin: .edited, now: now)
        await ledger.keepFacts(true)
        for hash in ["a", "b"] { _ = try await revisions.append([], hash: hash, origin: .edited, now: now) }
        #expect(await ledger.facts(after: 0, limit: 9).facts.map(\.kind) == [.tableChanged(revision: 2)])
    }
}
