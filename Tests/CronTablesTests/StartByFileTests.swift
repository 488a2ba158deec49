import CronJobs
import CronTables
import Crontabs
import Glibc
import Testing

@Suite("A start, file by file, over files of the test's own") struct StartByFileTests {
    private typealias Place = FollowingPlace
    private static let image = "1 * * * * one\n2 * * * * two\n", moved = "9 * * * * moved\n"

    private static func source(_ path: String) -> TableSource {
        mkdir("\(path)/drop", 0o755)
        return TableSource(files: ["\(path)/table"], dropInFolders: ["\(path)/drop"], format: .user)
    }

    /// Another file than the one that was there, as in a container made anew.
    private func replace(_ name: String, _ text: String, in place: Place) throws {
        try place.write(text, to: "new")
        rename("\(place.path)/new", "\(place.path)/\(name)")
    }

    @Test("A line that one side moved to another file runs once, with one warning, over restarts and edits") func once() async throws {
        let first = try await Place(Self.image, source: Self.source)
        defer { first.remove() }
        try first.write(Self.image + Self.moved)
        #expect(await first.checked()?.count == 3)
        try replace("table", Self.image, in: first)
        try first.write(Self.moved, to: "drop/one")
        let second = try await Place(nil, beside: first, source: Self.source)
        #expect(first.read() == Self.image + Self.moved && first.read("drop/one") == Self.moved, "both files stay as they are")
        #expect(second.heard.count("runsOnce") == 1)
        let third = try await Place(nil, beside: first, source: Self.source)
        #expect(third.heard.count("runsOnce") == 0 && third.heard.count("filesWin") == 0)
        try third.write(Self.image + Self.moved + "3 * * * * three\n")
        #expect(await third.checked()?.sorted() == ["moved", "one", "three", "two"])
        try third.write(Self.image + "3 * * * * three\n")
        #expect(await third.checked()?.sorted() == ["moved", "one", "three", "two"], "the other one stands still")
    }

    @Test("Files that are the same on both sides do not make a foreign table one's own") func foreign() async throws {
        let own = try await Place("1 * * * * mine\n", source: Self.source)
        defer { own.remove() }
        try own.write("5 * * * * shared\n", to: "drop/one")
        #expect(await own.checked()?.count == 2)
        try replace("table", "2 * * * * other\n", in: own)
        await #expect(throws: TableRefusal.self) { _ = try await Place(nil, beside: own, source: Self.source) }
        #expect(own.read() == "2 * * * * other\n", "nothing is written before that is known")
    }

    @Test("A named file that is deleted while the service runs is restored; one that is taken away while nothing runs is not")
    func deleted() async throws {
        let first = try await Place(Self.image)
        defer { first.remove() }
        unlink(first.table)
        #expect(await first.checked() == nil)
        let second = try await Place(nil, beside: first)
        #expect(second.read() == Self.image)

        let other = try await Place(Self.image)
        defer { other.remove() }
        unlink(other.table)
        let next = try await Place(nil, beside: other)
        #expect(next.read() == nil && next.heard.count("filesWin") == 1)
        #expect(await next.revisions() == 2)
    }

    @Test("An editor that deletes and makes the file anew costs no edit in a container of the same image") func editor() async throws {
        let first = try await Place(Self.image)
        defer { first.remove() }
        unlink(first.table)
        #expect(await first.checked() == nil)
        try first.write(Self.moved)
        #expect(await first.checked() == ["moved"])
        try replace("table", Self.image, in: first)
        let second = try await Place(nil, beside: first)
        #expect(second.read() == Self.moved)
    }

    @Test("While it runs, a refused file keeps its last good version, and the others are applied") func refused() async throws {
        let place = try await Place(Self.image, source: Self.source)
        defer { place.remove() }
        try place.write(Self.moved, to: "drop/one")
        #expect(await place.checked()?.count == 3)
        try place.write("\u{1}", to: "drop/one")
        #expect(await place.checked() == nil)
        #expect(await place.keeper.faults.refused.map(\.path) == ["\(place.path)/drop/one"])
        try place.write("4 * * * * four\n")
        #expect(await place.checked() == ["four", "moved"])
        #expect(place.heard.count("notUsed") == 1 && place.heard.refusals == [.init(isNamed: false, hasOther: true)])
        unlink("\(place.path)/drop/one")
        #expect(await place.checked() == ["four"])
        #expect(await place.keeper.faults.refused.isEmpty)
    }
}
