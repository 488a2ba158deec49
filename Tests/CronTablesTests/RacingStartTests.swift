import CronJobs
import CronTables
import Crontabs
import Testing

@Suite("Starts at the same time on a shared store") struct RacingStartTests {
    private typealias Place = FollowingPlace

    /// Another service's start, right before ours publishes.
    private func faster(_ text: String, at path: String, base: String = "other") async -> ForgetfulStore {
        let store = ForgetfulStore(), files = [TableFile(path: path, content: Array(text.utf8))]
        await store.before { store in
            _ = try await store.append(
                files, hash: TableHash.hash(files), origin: .deployed, now: WallTime(nanoseconds: 1),
                terms: RevisionTerms(base: base))
        }
        return store
    }

    @Test("The same content is one revision") func same() async throws {
        // The path of the files is part of the content: so it is looked up first.
        let first = try await Place("1 * * * * one\n")
        defer { first.remove() }
        let store = await faster("1 * * * * one\n", at: first.table)
        let place = try await Place(nil, store: store) { _ in TableSource(files: [first.table], format: .user) }
        defer { place.remove() }
        #expect(await store.revisions().count == 1)
        #expect(await place.current() == 1)
    }

    @Test("Different contents are two, the later one by a decision that knew of the first") func different() async throws {
        let store = await faster("1 * * * * one\n2 * * * * two\n", at: "/elsewhere")
        let place = try await Place("1 * * * * one\n", store: store)
        defer { place.remove() }
        #expect(await store.revisions().map(\.origin) == [.deployed, .deployed])
        #expect(await place.current() == 2)
        #expect(place.heard.overruled == [1])
        let image = try #require(await store.bases(of: "").deployment.flatMap { TableBase($0) })
        #expect(image.base(of: place.table) == .known(.bytes(TableHash.hash(content: Array("1 * * * * one\n".utf8)))), "the last one's")
    }

    @Test("A foreign table that came first is not published over") func foreign() async throws {
        let store = await faster("2 * * * * two\n", at: "/elsewhere")
        await #expect(throws: TableRefusal.self) { _ = try await Place("1 * * * * one\n", store: store) }
        #expect(await store.revisions().count == 1)
    }

    @Test("Very many at once all start, with one revision") func many() async throws {
        let first = try await Place("1 * * * * one\n")
        defer { first.remove() }
        try await withThrowingTaskGroup(of: Int?.self) { group in
            for _ in 0..<60 { group.addTask { await (try Place(nil, beside: first)).current() } }
            for try await number in group { #expect(number == 1) }
        }
        #expect(await first.revisions() == 1)
    }
}
