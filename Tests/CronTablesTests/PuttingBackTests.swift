import CronJobs
import CronTables
import Glibc
import Testing

@Suite("A store that has lost the table in use") struct PuttingBackTests {
    private typealias Place = FollowingPlace
    private static let one = "1 * * * * one\n", two = "2 * * * * two\n", three = "3 * * * * three\n"

    @Test("It gets it back from one of those who run it, who says so; the others take its number") func emptied() async throws {
        let a = try await Place(Self.one)
        defer { a.remove() }
        let b = try await Place(nil, beside: a), c = try await Place(nil, follows: false, beside: a)
        await a.store.forget(after: 0)
        for place in [a, b, c, a, b, c] { #expect(await place.followed() == nil) }
        #expect(await a.store.revisions().map(\.number) == [2])
        #expect(await a.store.files(of: 2)?.map(\.content) == [Array(Self.one.utf8)])
        for place in [a, b, c] { #expect(await place.current() == 2) }
        #expect(a.heard.count("publishedAgain") == 1 && b.heard.count("publishedAgain") == 0 && c.heard.count("publishedAgain") == 0)
        #expect(b.heard.count("followed") == 0, "nothing changed")
    }

    @Test("Those who notice at the same time publish it once") func racing() async throws {
        let a = try await Place(Self.one)
        defer { a.remove() }
        let b = try await Place(nil, beside: a), (keeperA, keeperB) = (a.keeper, b.keeper)
        await a.store.forget(after: 0)
        async let first = keeperA.follow()
        async let second = keeperB.follow()
        _ = await (first, second)
        #expect(await a.revisions() == 1)
        #expect(a.heard.count("publishedAgain") + b.heard.count("publishedAgain") == 1)
    }

    @Test("An earlier state gets the newest table behind it; a number that was given again does not stand for it") func earlier()
        async throws
    {
        let place = try await Place(Self.one)
        defer { place.remove() }
        try place.write(Self.two)
        #expect(await place.checked() == ["two"])
        await place.store.forget(after: 1)
        #expect(await place.followed() == nil)
        #expect(await place.store.revisions().map(\.number) == [1, 3])
        await place.store.forget(after: 1)
        for text in [Self.three, Self.one + Self.three] { try await place.publish(text) }
        #expect(await place.store.newestNumber() == 3, "as great as what is in use")
        #expect(await place.followed() == nil)
        #expect(await place.store.newestRevision()?.number == 4)
        #expect(await place.store.files(of: 4)?.map(\.content) == [Array(Self.two.utf8)])
        #expect(place.read() == Self.two)
    }

    @Test("Who knows that its own table is not the newest leaves it to others for some time") func behind() async throws {
        let place = try await Place(Self.one, follows: false)
        defer { place.remove() }
        try await place.publish(Self.two)
        #expect(await place.followed() == nil)
        await place.store.forget(after: 0)
        for _ in 0..<4 { #expect(await place.followed() == nil) }
        #expect(await place.revisions() == 0)
        for _ in 0..<4 { #expect(await place.followed() == nil) }
        #expect(await place.revisions() == 1, "nobody else did")
    }

    @Test("After the loss newer revisions are followed as before, however great the numbers were that were refused") func goesOn()
        async throws
    {
        let seal = TableSeal(name: "default", key: try TableKey(Array("sixteen bytes ok".utf8)))
        let place = try await Place(Self.one, seal: seal)
        defer { place.remove() }
        for _ in 0..<5 { for text in [Self.two, Self.three] { try await place.publish(text) } }
        #expect(await place.followed() == nil, "none of them is signed")
        await place.store.forget(after: 0)
        for _ in 0..<6 { #expect(await place.followed() == nil) }
        #expect(await place.store.newestRevision().map(seal.accepts) == true, "what is put back is signed")
        try await place.publish(Self.three, signer: seal)
        #expect(await place.followed() == ["three"])
    }

    @Test("What nobody may use does not stand for what was lost") func unsigned() async throws {
        let seal = TableSeal(name: "default", key: try TableKey(Array("sixteen bytes ok".utf8)))
        let place = try await Place(Self.one, seal: seal)
        defer { place.remove() }
        await place.store.forget(after: 0)
        for text in [Self.two, Self.three, Self.two] { try await place.publish(text) }
        for _ in 0..<6 { #expect(await place.followed() == nil) }
        let newest = try #require(await place.store.newestRevision())
        #expect(seal.accepts(newest) && newest.number == 4)
        #expect(await place.current() == 4)
    }

    @Test("The bases come back with it: a new container of the same image gets the edited table") func bases() async throws {
        let place = try await Place(Self.one)
        defer { place.remove() }
        try place.write(Self.two)
        #expect(await place.checked() == ["two"])
        await place.store.forget(after: 0)
        #expect(await place.followed() == nil)
        unlink(place.table)
        // Another inode and time than those that are known.
        try place.write(Self.one, to: "new")
        rename("\(place.path)/new", place.table)
        _ = try await Place(nil, beside: place)
        #expect(place.read() == Self.two)
        #expect(await place.revisions() == 1)
    }

    @Test("A store that takes nothing is complained of once, and tried again") func failing() async throws {
        let place = try await Place(Self.one)
        defer { place.remove() }
        await place.store.forget(after: 0)
        await place.store.refuse(next: 2)
        for _ in 0..<2 { #expect(await place.followed() == nil) }
        #expect(place.heard.count("notPublishedAgain") == 1, "\(place.heard.events)")
        #expect(await place.store.newestRevision() == nil)
        #expect(await place.followed() == nil)
        #expect(await place.store.newestRevision()?.origin == .restored)
    }

    @Test("That another service was faster is no reason to complain") func overtaken() async throws {
        let place = try await Place(Self.one)
        defer { place.remove() }
        await place.store.forget(after: 0)
        for _ in 0..<2 {
            await place.store.before { store in
                _ = try await store.append([], hash: "x", origin: .edited, now: WallTime(nanoseconds: 0))
            }
            #expect(await place.followed() == nil)
        }
        #expect(await place.followed() == nil)
        #expect(await place.store.newestRevision()?.origin == .restored)
        #expect(place.heard.count("notPublishedAgain") == 0, "\(place.heard.events)")
    }
}
