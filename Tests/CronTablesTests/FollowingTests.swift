import CronExpressions
import CronJobs
import CronTables
import Crontabs
import Glibc
import Testing

@Suite("Following what others publish") struct FollowingTests {
    typealias Place = FollowingPlace

    @Test("A newer revision is written to the file, applied once, and published by nobody again") func newer() async throws {
        let place = try await Place("1 * * * * one\n")
        defer { place.remove() }
        #expect(await place.followed() == nil, "its own is the newest")
        let text = "# é \t\n2 * * * * two"
        try await place.publish(text)
        #expect(await place.followed() == ["two"])
        #expect(place.read() == text)
        #expect(await place.followed() == nil)
        #expect(await place.checked() == nil, "what it wrote is no edit")
        #expect(await place.revisions() == 2)
        #expect(place.heard.count("followed(revision: 2, previous: Optional(1))") == 1, "what it replaced can be brought back")
        try place.write("3 * * * * three\n")
        #expect(await place.checked() == ["three"])
        #expect(await place.revisions() == 3)
        #expect(await place.followed() == nil)
    }

    @Test("An edit that was not looked at yet comes first, and then is the newest") func ownEdit() async throws {
        let place = try await Place("1 * * * * one\n")
        defer { place.remove() }
        try await place.publish("2 * * * * two\n")
        try place.write("3 * * * * three, longer\n")
        guard case .unsettled = await place.keeper.follow() else { return #expect(Bool(false), "the edit is looked at first") }
        #expect(place.read() == "3 * * * * three, longer\n")
        #expect(await place.checked() == ["three, longer"])
        #expect(await place.followed() == nil)
        #expect(await place.store.newestRevision()?.number == 3)
    }

    @Test("A revision that is refused whole is not applied, and said once") func refused() async throws {
        let place = try await Place("1 * * * * one\n", strict: true)
        defer { place.remove() }
        try await place.publish("61 * * * * wrong\n")
        for _ in 0..<3 { #expect(await place.followed() == nil) }
        #expect(place.read() == "1 * * * * one\n")
        #expect(place.heard.count("notUsed") == 1)
        try await place.publish("2 * * * * two\n")
        #expect(await place.followed() == ["two"])
    }

    @Test("Only files of the table are written, whatever paths a revision names") func foreignPath() async throws {
        let place = try await Place("1 * * * * one\n")
        defer { place.remove() }
        try await place.publish("2 * * * * two\n", path: "\(place.path)/elsewhere")
        #expect(await place.followed() == ["two"])
        #expect(place.read("elsewhere") == nil && place.read() == "1 * * * * one\n")
        #expect(await place.checked() == nil, "the file that it could not write is no edit")
        #expect(await place.revisions() == 2)
    }

    @Test("Nor by a restore: the revision is used, and what is not written is said") func foreignPathRestored() async throws {
        let place = try await Place("1 * * * * one\n")
        defer { place.remove() }
        try await place.publish("2 * * * * two\n", path: "\(place.path)/elsewhere")
        guard case .done(let table) = try await place.keeper.restore(2) else { return #expect(Bool(false), "it is restored") }
        #expect(table.compiled.jobs.map(\.command?.text) == ["two"])
        #expect(table.unwritten.first == UnwrittenFile(path: "\(place.path)/elsewhere", reason: "it is no file of this table"))
        #expect(place.read("elsewhere") == nil && place.read() == "1 * * * * one\n")
    }

    @Test("A table behind a symbolic link is its deployer's: nothing is followed, and that is said once") func readOnly() async throws {
        let place = try await Place("1 * * * * one\n")
        defer { place.remove() }
        unlink(place.table)
        try place.write("1 * * * * one\n", to: "target")
        symlink("\(place.path)/target", place.table)
        defer { unlink("\(place.path)/target") }
        try await place.publish("2 * * * * two\n")
        for _ in 0..<3 { #expect(await place.followed() == nil) }
        #expect(place.read("target") == "1 * * * * one\n")
        #expect(place.heard.count("notFollowed") == 1)
    }

    @Test("A drop-in file that the followed revision does not have goes away; the order of files makes no edit") func dropIns() async throws
    {
        let place = try await Place("1 * * * * one\n") {
            mkdir("\($0)/drop", 0o755)
            return TableSource(files: ["\($0)/table"], dropInFolders: ["\($0)/drop"], format: .user)
        }
        defer { place.remove() }
        try place.write("2 * * * * two\n", to: "drop/one")
        #expect(await place.checked() == ["one", "two"])
        let files = [("drop/two", "3 * * * * three\n"), ("table", "1 * * * * one\n")]
        try await place.publish(files.map { TableFile(path: "\(place.path)/\($0.0)", content: Array($0.1.utf8)) })
        #expect(await place.followed() == ["three", "one"])
        #expect(place.read("drop/one") == nil && place.read("drop/two") == "3 * * * * three\n")
        #expect(await place.checked() == nil)
        #expect(await place.revisions() == 3)
    }

    @Test("With a key only what is properly signed is followed; what is not is refused once") func signed() async throws {
        let seal = TableSeal(name: "default", key: try TableKey(Array("sixteen bytes ok".utf8)))
        let place = try await Place("1 * * * * one\n", seal: seal)
        defer { place.remove() }
        #expect(await place.store.newestRevision().map(seal.accepts) == true)
        try await place.publish("2 * * * * evil\n")
        for _ in 0..<3 { #expect(await place.followed() == nil) }
        #expect(place.heard.count("revisionsRefused") == 1)
        try await place.publish("3 * * * * good\n", signer: seal)
        try await place.publish("4 * * * * evil\n")
        #expect(await place.followed() == ["good"], "the signed one below an unsigned one")
        #expect(place.read() == "3 * * * * good\n")
    }

    @Test("What is published after a replay has a number above all that were in use") func replay() async throws {
        let place = try await Place("1 * * * * one\n")
        defer { place.remove() }
        try await place.publish("2 * * * * two\n")
        #expect(await place.followed() == ["two"])
        await place.store.forget(after: 1)
        try place.write("3 * * * * three\n")
        #expect(await place.checked() == ["three"])
        #expect(await place.store.newestRevision()?.number == 3)
        #expect(await place.followed() == nil)
    }

    @Test("A service that runs leaves the newest deployment's base as it is") func base() async throws {
        let place = try await Place("1 * * * * one\n")
        defer { place.remove() }
        // Another replica starts with another image.
        let files = [TableFile(path: place.table, content: Array("2 * * * * two\n".utf8))]
        _ = try await place.store.append(
            files, hash: TableHash.hash(files), origin: .deployed, now: place.clocks.wall, terms: RevisionTerms(base: "the other's"))
        #expect(await place.followed() == ["two"])
        #expect(await place.store.bases(of: "localhost").deployment == "the other's")
        try place.write("3 * * * * three\n")
        #expect(await place.checked() == ["three"])
        #expect(await place.store.bases(of: "localhost").deployment == "the other's")
    }

    @Test(
        "Whatever the publisher's clock showed, a new job begins between the last look and now", arguments: [-86_400, 0, 86_400] as [Int64])
    func skew(_ seconds: Int64) async throws {
        let place = try await Place("1 * * * * one\n")
        defer { place.remove() }
        place.clocks.move(10)
        let files = [TableFile(path: place.table, content: Array("2 * * * * two\n".utf8))]
        let theirs = place.clocks.wall + .seconds(seconds)
        _ = try await place.store.append(files, hash: TableHash.hash(files), origin: .edited, now: theirs)
        guard case .changed(let table) = await place.keeper.follow() else {
            Issue.record("it is followed")
            return
        }
        #expect(table.since >= TableKeeperTests.start && table.since <= place.clocks.wall.instant)
    }

    @Test("A file of rubbish is not followed, and what is signed for another name is not used") func rubbish() async throws {
        let key = try TableKey(Array("sixteen bytes ok".utf8)), seal = TableSeal(name: "default", key: key)
        let place = try await Place("1 * * * * one\n", seal: seal)
        defer { place.remove() }
        try await place.publish("2 * * * * two\u{0}\n", signer: seal)
        for _ in 0..<2 { #expect(await place.followed() == nil) }
        #expect(place.heard.count("notUsed") == 1 && place.read() == "1 * * * * one\n")
        try await place.publish("3 * * * * three\n", signer: TableSeal(name: "other", key: key))
        for _ in 0..<2 { #expect(await place.followed() == nil) }
        #expect(place.heard.count("revisionsRefused") == 1)
        try await place.publish("4 * * * * four\n", signer: seal)
        #expect(await place.followed() == ["four"])
    }
}
