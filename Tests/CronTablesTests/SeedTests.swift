import CronExpressions
import CronJobs
import CronTables
import Testing

@Suite("One seed for all who share a store") struct SeedTests {
    private static let line = "~ ~ * * * one\n"

    private func place(_ seed: TableSeed, beside other: FollowingPlace? = nil) async throws -> FollowingPlace {
        let place = try await FollowingPlace(other == nil ? Self.line : nil, beside: other)
        await place.keeper.draw(from: seed)
        return place
    }

    private func drawn(_ check: TableKeeper.Check) -> Instant? {
        guard case .changed(let table) = check else { return nil }
        return table.compiled.jobs.first?.nextFireTime(after: Instant(0))
    }

    @Test("Who has another seed takes the store's, and its lines with ~ are edited; the same is no edit") func taken() async throws {
        let now = WallTime(nanoseconds: 1_700_000_000_000_000_000), later = now + .seconds(1)
        let a = try await place(.drawn("first", at: now))
        defer { a.remove() }
        let b = try await place(.drawn("second", at: later), beside: a)
        #expect(drawn(await a.keeper.agreeOnSeed()) == nil)
        let moved = try #require(drawn(await b.keeper.agreeOnSeed()))
        #expect(await b.keeper.drawsFrom == "first")
        #expect(drawn(await b.keeper.agreeOnSeed()) == nil)
        #expect(b.heard.count("drawnAnew") == 1 && a.heard.count("drawnAnew") == 0)
        let c = try await place(.drawn("third", at: WallTime(nanoseconds: later.nanoseconds * 2)), beside: a)
        #expect(try #require(drawn(await c.keeper.agreeOnSeed())) == moved, "the same for all")
    }

    @Test("An emptied store gets it back, also where a fresh service drew another there") func givenBack() async throws {
        let now = WallTime(nanoseconds: 1_700_000_000_000_000_000)
        let a = try await place(.drawn("first", at: now))
        defer { a.remove() }
        _ = await a.keeper.agreeOnSeed()
        await a.store.forget(after: 0)
        #expect(await a.store.seed() == nil)
        let fresh = TableSeed.drawn("fresh", at: WallTime(nanoseconds: now.nanoseconds * 2))
        #expect(await a.store.keep(fresh) == fresh)
        #expect(drawn(await a.keeper.agreeOnSeed()) == nil)
        #expect(await a.store.seed()?.text == "first")
    }
}
