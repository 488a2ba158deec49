import CronExpressions
import CronJobs
import CronTables
import Testing

@Suite("One seed for all who share a store") struct SeedTests {
    private static let line = "~ ~ * * * one\n"

    private func place(_ seed: TableSeed, _ line: String = line, beside other: FollowingPlace? = nil) async throws -> FollowingPlace {
        let place = try await FollowingPlace(other == nil ? line : nil, beside: other)
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

    @Test("Nothing is said of it where no line has a ~") func unused() async throws {
        let now = WallTime(nanoseconds: 1_700_000_000_000_000_000)
        let a = try await place(.drawn("second", at: now + .seconds(1)), "0 3 * * * one\n")
        defer { a.remove() }
        _ = await a.store.keep(.drawn("first", at: now))
        _ = await a.keeper.agreeOnSeed()
        #expect(await a.keeper.drawsFrom == "first")
        #expect(a.heard.count("drawnAnew") == 0)
    }

    @Test("Of services that start together on an empty store the first one's stays, whoever's clock is behind") func together() async throws
    {
        let now = WallTime(nanoseconds: 1_700_000_000_000_000_000)
        let a = try await place(.drawn("set first", at: now + .seconds(1)))
        defer { a.remove() }
        #expect(await a.store.offer(.drawn("set first", at: now + .seconds(1))).text == "set first")
        let second = await a.store.offer(.drawn("drawn first", at: now))
        let b = try await place(second, beside: a)
        for place in [a, b] { #expect(drawn(await place.keeper.agreeOnSeed()) == nil) }
        for place in [a, b] { #expect(await place.keeper.drawsFrom == "set first") }
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
