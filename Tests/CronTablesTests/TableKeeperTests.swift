import CLinux
import CronExpressions
import CronJobs
import CronTables
import Crontabs
import Glibc
import Synchronization
import Testing

@Suite("What the table's files hold while somebody changes them") struct TableKeeperTests {
    /// 2027-07-01T00:00:00Z
    static let start = Instant(1_814_400_000)

    final class Hands: Clocks {
        private let seconds = Mutex<Int64>(0)
        func move(_ more: Int64) { seconds.withLock { $0 += more } }
        var wall: WallTime { WallTime(TableKeeperTests.start + seconds.withLock { $0 }) }
        var monotonic: MonotonicTime { MonotonicTime(nanoseconds: seconds.withLock { $0 } * 1_000_000_000) }
    }

    /// A keeper over a file of the test's own, started with a table.
    struct Place {
        let path: String
        let clocks = Hands()
        let store = MemoryRevisionStore()
        let keeper: TableKeeper
        var table: String { "\(path)/table" }

        init(_ text: String) async throws {
            var template = Array("/tmp/keeper-XXXXXX".utf8CString)
            try #require(mkdtemp(&template) != nil)
            path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            keeper = Self.keeper(path, store, clocks)
            try write(text)
            _ = try await keeper.start(policy: .auto)
        }

        static func keeper(_ path: String, _ store: any RevisionStore, _ clocks: Hands) -> TableKeeper {
            TableKeeper(
                source: TableSource(files: ["\(path)/table"], format: .user),
                compiler: TableCompiler(format: .user, zone: .utc, zones: .system, host: "host"), store: store, clocks: clocks,
                strict: false, observer: Heard())
        }

        /// - Parameter age: how many seconds ago the file was last modified, by the test's clock.
        func write(_ text: String, age: Int64 = 0) throws {
            let file = try #require(fopen(table, "w"))
            fputs(text, file)
            fclose(file)
            let time = timespec(tv_sec: Int(clocks.wall.instant.seconds - age), tv_nsec: 0)
            utimensat(AT_FDCWD, table, [time, time], 0)
        }

        func changed(isBeingWritten: Bool = false) async -> [String]? {
            guard case .changed(let table) = await keeper.check(isBeingWritten: isBeingWritten) else { return nil }
            return table.compiled.jobs.map { $0.command?.text ?? "" }
        }

        func remove() {
            unlink(table)
            rmdir(table)
            rmdir(path)
        }
    }

    @Test("Half a file is not taken for the whole while its writer has it open") func slowWriter() async throws {
        let place = try await Place("1 * * * * one\n2 * * * * two\n")
        defer { place.remove() }
        try place.write("1 * * * * one\n")
        place.clocks.move(1)
        #expect(await place.changed(isBeingWritten: true) == nil)
        place.clocks.move(5)
        #expect(await place.changed(isBeingWritten: true) == nil)
        try place.write("1 * * * * one\n2 * * * * two\n3 * * * * three\n")
        #expect(await place.changed() == ["one", "two", "three"])
        #expect(await place.store.revisions().count == 2, "no half table is a revision")
    }

    @Test("Lines that are only added are not waited for, and a writer who never closes is waited for ten seconds")
    func boundedWait() async throws {
        let place = try await Place("1 * * * * one\n")
        defer { place.remove() }
        try place.write("1 * * * * one\n2 * * * * two\n")
        #expect(await place.changed(isBeingWritten: true) == ["one", "two"])
        try place.write("2 * * * * two\n")
        #expect(await place.changed(isBeingWritten: true) == nil)
        place.clocks.move(11)
        #expect(await place.changed(isBeingWritten: true) == ["two"])
    }

    @Test("A file that cannot be read keeps what it last held, running and at a start") func unreadable() async throws {
        let place = try await Place("1 * * * * one\n")
        defer { place.remove() }
        unlink(place.table)
        mkdir(place.table, 0o755)
        place.clocks.move(20)
        #expect(await place.changed() == nil)
        let next = Place.keeper(place.path, place.store, place.clocks)
        #expect(try await next.start(policy: .auto).compiled.jobs.map(\.command?.text) == ["one"])
        #expect(await place.store.revisions().count == 1)
    }

    @Test("A mode that alone is changed is noted for the revision in use; one that a start finds is not, for it may be an image's")
    func mode() async throws {
        let place = try await Place("1 * * * * one\n")
        defer { place.remove() }
        func kept(_ number: Int) async -> UInt32? { await place.store.files(of: number)?.first?.attributes?.mode }
        chmod(place.table, 0o644)
        #expect(await place.changed() == nil)
        chmod(place.table, 0o600)
        #expect(await place.changed() == nil)
        #expect(await kept(1) == 0o600)
        #expect(await place.store.revisions().count == 1, "it is no edit")
        try place.write("2 * * * * two\n")
        #expect(await place.changed() == ["two"])
        #expect(await kept(2) == 0o600)
        // A container made anew, whose image has this very table.
        unlink(place.table)
        try place.write("2 * * * * two\n")
        chmod(place.table, 0o644)
        let next = Place.keeper(place.path, place.store, place.clocks)
        _ = try await next.start(policy: .auto)
        _ = await next.check(force: true)
        #expect(await kept(2) == 0o600)
        chmod(place.table, 0o640)
        _ = await next.check()
        #expect(await kept(2) == 0o640)
        #expect(await kept(1) == 0o600, "an older revision has what it had")
    }

    @Test("A mode that the store does not take is noted by the next look") func modeWhileTheStoreFails() async throws {
        let path = try await Place("1 * * * * one\n"), store = ForgetfulStore()
        defer { path.remove() }
        let keeper = Place.keeper(path.path, store, path.clocks)
        _ = try await keeper.start(policy: .auto)
        _ = await keeper.check()
        await store.refuse(next: 1)
        chmod(path.table, 0o600)
        for mode: UInt32 in [0o644, 0o600] {
            _ = await keeper.check()
            #expect(await store.files(of: 1)?.first?.attributes?.mode == mode)
        }
    }

    @Test("A line that comes with an old modification time begins where the table was last seen without it") func oldTime() async throws {
        let place = try await Place("1 * * * * one\n")
        defer { place.remove() }
        place.clocks.move(3600)
        #expect(await place.changed() == nil)
        place.clocks.move(5)
        try place.write("1 * * * * one\n2 * * * * two\n", age: 7200)
        guard case .changed(let table) = await place.keeper.check() else {
            Issue.record("no change was seen")
            return
        }
        #expect(table.since == Self.start + 3600)
    }

    @Test("While nothing happens the keeper is not asked, but for once an hour; its last look counts as one all the same") func calm()
        async throws
    {
        let place = try await Place("1 * * * * one\n")
        defer { place.remove() }
        #expect(!place.keeper.isUnchanged(), "nobody has looked yet")
        #expect(await place.changed() == nil)
        place.clocks.move(3599)
        #expect(place.keeper.isUnchanged())
        place.clocks.move(1)
        #expect(!place.keeper.isUnchanged(), "an hour is over")
        place.clocks.move(5)
        try place.write("1 * * * * one\n2 * * * * two\n", age: 7200)
        #expect(!place.keeper.isUnchanged())
        guard case .changed(let table) = await place.keeper.check() else {
            Issue.record("no change was seen")
            return
        }
        #expect(table.since == Self.start + 3599)
        unlink(place.table)
        #expect(await place.changed() == nil)
        #expect(!place.keeper.isUnchanged(), "a deleted file is looked for at every look")
    }
}
