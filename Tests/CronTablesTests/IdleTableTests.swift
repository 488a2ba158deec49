import CronJobs
import CronTables
import Crontabs
import Glibc
import Testing

@Suite("The table while no service runs over it") struct IdleTableTests {
    private typealias Place = FollowingPlace

    private func idle(_ place: Place, _ source: TableSource) -> IdleTable {
        IdleTable(source: source, store: place.store, sharing: TableSharing(host: "localhost"), clocks: place.clocks)
    }

    private func source(_ place: Place) -> TableSource {
        TableSource(files: [place.table], dropInFolders: ["\(place.path)/drop"], format: .user)
    }

    @Test("An older revision becomes the newest and is written back, and what it did not have goes") func restore() async throws {
        let place = try await Place("1 * * * * one\n") { TableSource(files: ["\($0)/table"], dropInFolders: ["\($0)/drop"], format: .user) }
        defer { place.remove() }
        mkdir("\(place.path)/drop", 0o755)
        try place.write("2 * * * * two\n")
        try place.write("3 * * * * drop\n", to: "drop/one")
        #expect(await place.checked() == ["two", "drop"])
        guard case .done(let number, let unwritten) = try await idle(place, source(place)).restore(1, author: "uid 7") else {
            throw Unexpected()
        }
        #expect(number == 3 && unwritten.isEmpty)
        #expect(place.read() == "1 * * * * one\n" && place.read("drop/one") == nil)
        #expect(await place.store.newestRevision().map(\.origin) == .restored)
        guard case .isCurrent = try await idle(place, source(place)).restore(3, author: nil) else { throw Unexpected() }
        #expect(await place.revisions() == 3, "nothing changed, nothing published")
    }

    @Test("A revision that names others' files changes nothing, and one that is not there neither") func refused() async throws {
        let place = try await Place("1 * * * * one\n")
        defer { place.remove() }
        try await place.publish("9 * * * * evil\n", path: "/etc/cron.d/evil")
        guard case .otherFiles(["/etc/cron.d/evil"]) = try await idle(place, source(place)).restore(2, author: nil) else {
            throw Unexpected()
        }
        guard case .noRevision = try await idle(place, source(place)).restore(9, author: nil) else { throw Unexpected() }
        #expect(await place.revisions() == 2)
    }

    @Test("Where a file cannot be written the revision is the newest all the same, and the file is named") func unwritten() async throws {
        let place = try await Place("1 * * * * one\n")
        defer { place.remove() }
        try place.write("2 * * * * two\n")
        #expect(await place.checked() == ["two"])
        unlink(place.table)
        symlink("\(place.path)/elsewhere", place.table)
        guard case .done(2 + 1, let unwritten) = try await idle(place, source(place)).restore(1, author: nil) else { throw Unexpected() }
        #expect(unwritten.map(\.path) == [place.table])
    }

    @Test("Its files are listed beside what stands there") func files() async throws {
        let place = try await Place("1 * * * * one\n")
        defer { place.remove() }
        #expect(try await idle(place, source(place)).files().map(\.use) == [.asFound])
        try place.write("2 * * * * two\n")
        #expect(try await idle(place, source(place)).files().map(\.use) == [.changed])
        unlink(place.table)
        #expect(try await idle(place, source(place)).files().map(\.use) == [.gone])
        let unnamed = try await idle(place, TableSource(files: ["/nowhere/else"], format: .user)).files()
        #expect(unnamed.map(\.use) == [.notLookedAt] && unnamed.first?.attributes == nil)
    }

    @Test("What a verb wrote is known to the next start for left: an older image does not win over it") func left() async throws {
        let place = try await Place("1 * * * * one\n")
        defer { place.remove() }
        try place.write("2 * * * * two\n")
        #expect(await place.checked() == ["two"])
        guard case .done = try await idle(place, source(place)).restore(1, author: nil) else { throw Unexpected() }
        try await place.publish("3 * * * * three\n")
        let next = try await Place(nil, beside: place)
        #expect(next.read() == "3 * * * * three\n")
    }

    struct Unexpected: Error {}
}
