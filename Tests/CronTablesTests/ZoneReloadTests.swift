import CronExpressions
import CronJobs
import CronTables
import Crontabs
import Glibc
import Testing

@Suite struct ZoneReloadTests {
    /// 2027-07-01T00:00:00Z
    static let now = Instant(1_814_400_000)

    struct StillClocks: Clocks {
        var wall: WallTime { WallTime(ZoneReloadTests.now) }
        var monotonic: MonotonicTime { MonotonicTime(nanoseconds: 0) }
    }

    /// A keeper over a table and a zone folder of the test's own, started.
    struct Place {
        let path: String
        let heard = Heard()
        let keeper: TableKeeper
        let store = MemoryRevisionStore()
        var first = CompiledTable()

        init(_ table: String) async throws {
            var template = Array("/tmp/reload-XXXXXX".utf8CString)
            try #require(mkdtemp(&template) != nil)
            path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            try Self.write("\(path)/table", table)
            try Self.copy("Europe/Berlin", "\(path)/Here")
            try Self.copy("Europe/Berlin", "\(path)/Other")
            let zones = ZoneDatabase(directory: path)
            let clocks = StillClocks()
            keeper = TableKeeper(
                source: TableSource(files: ["\(path)/table"], format: .user),
                compiler: TableCompiler(format: .user, zone: try zones.zone(named: "Other"), zones: zones, host: "host"), store: store,
                clocks: clocks, strict: false, observer: heard,
                ownZone: { try? zones.zone(named: "Other") })
            first = try await keeper.start(policy: .auto).compiled
        }

        func change(_ name: String, to zone: String) throws { try Self.copy(zone, "\(path)/\(name)") }

        func reload() async -> LoadedTable? {
            if case .changed(let table) = await keeper.check(force: true) { return table }
            return nil
        }

        func remove() {
            for name in ["table", "Here", "Other", "There"] { unlink("\(path)/\(name)") }
            rmdir(path)
        }

        private static func write(_ path: String, _ text: String) throws {
            let file = try #require(fopen(path, "w"))
            fputs(text, file)
            fclose(file)
        }

        private static func copy(_ zone: String, _ path: String) throws {
            let source = try #require(fopen("/usr/share/zoneinfo/\(zone)", "r"))
            let target = try #require(fopen("\(path).new", "w"))
            var byte = fgetc(source)
            while byte != EOF {
                fputc(byte, target)
                byte = fgetc(source)
            }
            fclose(source)
            fclose(target)
            #expect(rename("\(path).new", path) == 0)
        }
    }

    static let table = """
        # crond: name=here tz=Here
        0 9 * * * one

        # crond: name=utc tz=UTC
        0 9 * * * two

        # crond: name=own
        0 9 * * * three

        """

    private func next(_ name: String, _ table: CompiledTable) -> String? {
        table.jobs.first { $0.id == JobID(name) }?.nextFireTime(after: Self.now)?.rfc3339UTC()
    }

    @Test func aReloadTakesChangedZoneFilesIntoAccountAndSaysSoOnce() async throws {
        let place = try await Place(Self.table)
        defer { place.remove() }
        #expect(next("here", place.first) == "2027-07-01T07:00:00Z")
        #expect(await place.reload() == nil)
        try place.change("Here", to: "Asia/Tokyo")
        if case .changed = await place.keeper.check() { Issue.record("not before a reload") }
        let table = try #require(await place.reload())
        #expect(next("here", table.compiled) == "2027-07-02T00:00:00Z")
        #expect(table.compiled.jobs.map(\.id) == place.first.jobs.map(\.id))
        #expect(table.compiled.jobs[1] == place.first.jobs[1] && table.compiled.jobs[2] == place.first.jobs[2])
        #expect(table.revision?.number == 1, "the text is the same, so it is no new revision")
        #expect(place.heard.count("zonesChanged([\"Here\"])") == 1)
        #expect(await place.reload() == nil)
    }

    @Test func theServicesOwnZoneIsFollowedToo() async throws {
        let place = try await Place(Self.table)
        defer { place.remove() }
        try place.change("Other", to: "Asia/Tokyo")
        let table = try #require(await place.reload())
        #expect(next("own", table.compiled) == "2027-07-02T00:00:00Z")
        #expect(next("here", table.compiled) == "2027-07-01T07:00:00Z")
        #expect(place.heard.count("zonesChanged([\"Other\"])") == 1)
    }

    @Test func aLineOfAnUnknownZoneRunsOnceThereIsOne() async throws {
        let place = try await Place("# crond: name=late tz=There\n0 9 * * * one\n")
        defer { place.remove() }
        #expect(place.first.jobs.isEmpty)
        try place.change("There", to: "Asia/Tokyo")
        let table = try #require(await place.reload())
        #expect(next("late", table.compiled) == "2027-07-01T00:00:00Z" || next("late", table.compiled) == "2027-07-02T00:00:00Z")
    }

    @Test func aDeletedZoneFileLeavesTheJobsAsTheyAre() async throws {
        let place = try await Place(Self.table)
        defer { place.remove() }
        unlink("\(place.path)/Here")
        #expect(await place.reload() == nil)
        #expect(place.heard.count("zonesLost([\"Here\"])") == 1)
    }
}
