import Testing

@testable import CronExpressions

@Suite("The copy of the zones inside the program") struct ZoneArchiveTests {
    /// The version of the machine's own zone files; empty if there are none.
    static let systemVersion: String = {
        let line = (FileBytes.read("/usr/share/zoneinfo/tzdata.zi") ?? []).prefix { $0 != 0x0A }
        return String(decoding: line, as: UTF8.self).split(separator: " ").last.map(String.init) ?? ""
    }()

    @Test(
        "Every name of the system gives the same from both, at every change from the first to the year 2500",
        .enabled(if: systemVersion == ZoneArchive.builtIn.version, "the machine has another version: `make zones` would renew the copy"))
    func sameAsSystem() throws {
        let system = ZoneDatabase()
        let archive = ZoneArchive.builtIn
        for name in system.names() {
            guard case .system = try system.source(of: name) else { continue }
            let real = try system.zone(named: name)
            let bytes = try #require(archive.bytes(of: name), "\(name) is missing")
            let copy = try #require(ZoneDatabase.zone(bytes, identifier: name), "\(name) cannot be read")
            #expect(copy.showsTheSame(as: real), "\(name)")
            for change in real.storage.changes where change.start >= 0 && change.start < 2_200_000_000 {
                for instant in [Instant(change.start - 1), Instant(change.start)] {
                    if copy.offset(at: instant) != real.offset(at: instant) { Issue.record("\(name) at \(instant.rfc3339UTC())") }
                }
            }
        }
    }

    @Test("It is small, knows its version, and has every zone and link, each of which can be read") func complete() throws {
        let archive = ZoneArchive.builtIn
        #expect(ZoneArchive.builtIn.size < 500_000)
        #expect(archive.version.hasPrefix("20"))
        #expect(archive.names.count >= 590)
        for name in ["Europe/Berlin", "US/Eastern", "Asia/Calcutta", "America/Argentina/ComodRivadavia", "Etc/GMT+12", "UTC", "W-SU"] {
            #expect(archive.bytes(of: name) != nil, "\(name)")
        }
        for name in archive.names { #expect(archive.bytes(of: name).flatMap { TZifFile($0) } != nil, "\(name)") }
        #expect(archive.bytes(of: "Mars/Base") == nil)
    }

    @Test("Without files every zone is there, and misspelt names get suggestions") func withoutFiles() throws {
        let database = ZoneDatabase(directory: "/nonexistent")
        let july = try #require(Instant(rfc3339: "2300-07-01T00:00:00Z"))
        #expect(try database.zone(named: "Europe/Berlin").offset(at: july) == 7200)
        #expect(try database.source(of: "Europe/Berlin") == .builtIn(version: ZoneArchive.builtIn.version))
        #expect(try database.zone(named: "UTC").offset(at: july) == 0)
        #expect(database.names().count >= 590)
        #expect(database.suggestions(for: "Europe/Berln").first == "Europe/Berlin")
        #expect(throws: ZoneError.self) { try database.zone(named: "Mars/Base") }
    }

    @Test("The system's file comes first, and says so") func systemFirst() throws {
        let folder = try ZoneFolder()
        defer { folder.remove() }
        try folder.write("Own", TZifTests.berlin)
        let database = ZoneDatabase(directory: folder.path)
        #expect("\(try database.source(of: "Own"))" == "system \(folder.path)/Own")
        #expect("\(try database.source(of: "GMT"))" == "built-in \(ZoneArchive.builtIn.version)")
        #expect(database.names().contains("Own") && database.names().contains("GMT"))
        try folder.write("GMT", Array("rubbish".utf8))
        #expect(throws: ZoneError.self) { try ZoneDatabase(directory: folder.path).zone(named: "GMT") }
    }

    @Test("With no copy at all there is still UTC") func emptyArchive() throws {
        for bytes in [[], Array("zones 1 2025b 99\n".utf8), Array("zones 2 2025b 16\n".utf8), Array("zones 1 x -1\nA 0 1\n".utf8)] {
            let database = ZoneDatabase(directory: "/nonexistent", archive: ZoneArchive(bytes))
            #expect(try database.zone(named: "UTC").offset(at: Instant(0)) == 0)
            #expect(database.names().isEmpty)
        }
    }

    @Test("Damaged bytes make fewer zones, never a trap") func damaged() {
        let zone = TZifTests.berlin
        let lines = "A 0 \(zone.count)\nB 5 20\nC \(zone.count) 1\nD 9223372036854775807 1\nE 1 9223372036854775807\nF -1 5\nG 0 0\n"
        let head = "zones 1 2025b \(18 + lines.utf8.count)\n"
        let whole = Array((head + lines).utf8) + zone
        #expect(Set(ZoneArchive(whole).names) == ["A", "B"])
        var random = SeededGenerator(state: Support.seed)
        for _ in 0..<3000 {
            var bytes = Array(whole.prefix(random.chance(20) ? random.below(whole.count) : whole.count))
            for _ in 0...random.below(4) where !bytes.isEmpty {
                bytes[random.below(min(random.chance(70) ? 120 : whole.count, bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            let archive = ZoneArchive(bytes)
            for name in archive.names.prefix(10) { _ = archive.bytes(of: name).flatMap { TZifFile($0) } }
        }
    }
}
