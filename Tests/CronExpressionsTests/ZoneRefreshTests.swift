import Testing

@testable import CronExpressions

@Suite("Zone files that change") struct ZoneRefreshTests {
    static func file(_ name: String) throws -> [UInt8] { try #require(ZoneArchive.builtIn.bytes(of: name), "\(name)") }

    let july = Instant(1_782_864_000)

    private func with(_ body: (ZoneFolder, ZoneDatabase) throws -> Void) throws {
        let folder = try ZoneFolder()
        defer { folder.remove() }
        try folder.write("Here", try Self.file("Europe/Berlin"))
        try body(folder, ZoneDatabase(directory: folder.path))
    }

    @Test("A changed file is noticed, once") func changed() throws {
        try with { folder, database in
            let old = try database.zone(named: "Here")
            #expect(database.refresh() == ZoneRefresh())
            try folder.write("Here", try Self.file("Asia/Tokyo"))
            #expect(try database.zone(named: "Here") == old, "not before a refresh")
            #expect(database.refresh().changed == ["Here"])
            #expect(try database.zone(named: "Here").offset(at: july) == 9 * 3600)
            #expect(old.offset(at: july) == 7200, "who holds the old one keeps it")
            #expect(database.refresh() == ZoneRefresh())
        }
    }

    @Test("The same rules in a new file are no change") func sameRules() throws {
        try with { folder, database in
            let old = try database.zone(named: "Here")
            try folder.write("Here", TZifTests.berlin)
            #expect(database.refresh() == ZoneRefresh())
            #expect(try database.zone(named: "Here").storage === old.storage)
        }
    }

    @Test("A damaged or deleted file leaves the zone as it was known, until there is a good one") func lost() throws {
        try with { folder, database in
            let old = try database.zone(named: "Here")
            try folder.write("Here", Array("TZif".utf8))
            #expect(database.refresh() == ZoneRefresh(changed: [], lost: ["Here"]))
            folder.delete("Here")
            #expect(database.refresh().lost == ["Here"])
            #expect(try database.zone(named: "Here") == old)
            try folder.write("Here", try Self.file("Asia/Tokyo"))
            #expect(database.refresh().changed == ["Here"])
        }
    }

    @Test("Zone data that is installed later takes the place of the copy inside the program, and makes unknown names known")
    func installed() throws {
        try with { folder, database in
            let builtIn = try database.zone(named: "CET")
            #expect(throws: ZoneError.self) { try database.zone(named: "There") }
            try folder.write("CET", try Self.file("CET"))
            try folder.write("There", try Self.file("Asia/Tokyo"))
            #expect(database.refresh().changed == ["There"])
            #expect(try database.zone(named: "CET").storage === builtIn.storage)
            #expect(try database.source(of: "CET") == .system(path: "\(folder.path)/CET"))
            #expect(try database.zone(named: "There").offset(at: july) == 9 * 3600)
            folder.delete("CET")
            #expect(database.refresh() == ZoneRefresh())
            #expect(try database.source(of: "CET") == .builtIn(version: ZoneArchive.builtIn.version))
        }
    }
}
