import Glibc
import Testing

@testable import CronExpressions

@Suite("The machine's own zone") struct LocalZoneTests {
    private let july = Instant(1_782_864_000)

    private func database(_ folder: ZoneFolder, zones: String = "/nonexistent") -> ZoneDatabase {
        ZoneDatabase(directory: zones, archive: nil, localFile: folder.path + "/localtime")
    }

    private func link(_ folder: ZoneFolder, _ name: String = "localtime", to target: String) {
        #expect(symlink(target, folder.path + "/" + name) == 0)
    }

    @Test(
        "A link that leads nowhere names a zone all the same: the copy inside the program has it",
        arguments: ["/nowhere/usr/share/zoneinfo/Europe/Berlin", "../nowhere/zoneinfo/Europe/Berlin"])
    func dangling(_ target: String) throws {
        let folder = try ZoneFolder()
        defer { folder.remove() }
        link(folder, to: target)
        let database = database(folder)
        #expect(database.fault(ofTZ: nil) == nil)
        #expect(database.localZone(environmentTZ: nil).identifier == "Europe/Berlin")
        #expect(database.localZone(environmentTZ: nil).offset(at: july) == 7200)
        #expect(database.localZone(environmentTZ: "").offset(at: july) == 0, "the variable goes before it")
    }

    @Test("So do a link to a link, and a path in TZ") func indirect() throws {
        let folder = try ZoneFolder()
        defer { folder.remove() }
        link(folder, to: "second")
        link(folder, "second", to: "/nowhere/zoneinfo/Europe/Berlin")
        #expect(database(folder).localZone(environmentTZ: nil).identifier == "Europe/Berlin")
        for path in ["/nowhere/zoneinfo/Europe/Berlin", ":/nowhere/zoneinfo/Europe/Berlin"] {
            #expect(database(folder).localZone(environmentTZ: path).identifier == "Europe/Berlin")
            #expect(database(folder).fault(ofTZ: path) == nil)
        }
    }

    @Test("Without any it is UTC, and nothing is wrong; a link in a circle is something wrong") func absent() throws {
        let folder = try ZoneFolder()
        defer { folder.remove() }
        #expect(database(folder).knownLocalZone(environmentTZ: nil) == nil && database(folder).fault(ofTZ: nil) == nil)
        link(folder, to: "localtime")
        #expect(database(folder).fault(ofTZ: nil) != nil)
    }

    @Test("UTC stands in for a damaged file and for a zone that nobody has, and what is wrong is known") func damaged() throws {
        let folder = try ZoneFolder()
        defer { folder.remove() }
        try folder.write("localtime", Array("garbage".utf8))
        #expect(database(folder).localZone(environmentTZ: nil).offset(at: july) == 0)
        let path = folder.path + "/localtime"
        #expect(database(folder).fault(ofTZ: nil)?.description == "\(path): this file is damaged or no zone file")
        #expect(unlink(path) == 0)
        link(folder, to: "/nowhere/zoneinfo/Europe/Berlim")
        let fault = try #require(database(folder).fault(ofTZ: nil)?.description)
        #expect(fault.contains("it leads to /nowhere/zoneinfo/Europe/Berlim, which cannot be read; did you mean Europe/Berlin"), "\(fault)")
    }

    @Test("A zone of the system whose file is damaged is called so, not unknown", arguments: ["", ":"])
    func damagedSystemFile(_ colon: String) throws {
        let folder = try ZoneFolder()
        defer { folder.remove() }
        try folder.write("Berlin", Array("TZif".utf8))
        let fault = database(folder, zones: folder.path).fault(ofTZ: colon + "Berlin")?.description
        #expect(fault == "TZ=\(colon)Berlin: the file of this zone is damaged or no zone file")
    }

    @Test("A sound file that is no link counts as it is") func copied() throws {
        let folder = try ZoneFolder()
        defer { folder.remove() }
        try folder.write("localtime", TZifTests.berlin)
        #expect(database(folder).localZone(environmentTZ: nil).offset(at: july) != 0)
        #expect(database(folder).fault(ofTZ: nil) == nil)
    }
}
