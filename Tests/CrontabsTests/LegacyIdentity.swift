import CronExpressions
import Crontabs
import Testing

@Suite("The legacy service's id and rendering")
struct LegacyIdentity {
    @Test(arguments: LegacyVectors.all)
    func vector(_ vector: LegacyVectors.Vector) throws {
        let bytes = Array((vector.line + "\n").utf8)
        let table = read(bytes)
        guard let entry = table.entries.first else {
            // Legal there, an error here: `0~30/2` draws a step, `@DAILY` is not lower case, `%in` has no command.
            let refused = ["0~30/2 * * * * root echo a", "0 0 * * * root %in", "@DAILY root echo a"]
            #expect(refused.contains(vector.line) || vector.line.hasPrefix("0 0 * * * -root"), "\(table.errors)")
            return
        }
        #expect(entry.derivedHash == vector.hash)
        let rendering = try #require(table.legacyRendering(of: entry, in: bytes))
        #expect(rendering.row == vector.row)
        #expect(rendering.jobID == "crondServiceTask-" + entry.derivedHex)
    }

    @Test func whatPythonCannotReadStaysAsWritten() throws {
        let bytes = Array("05 00 ? * 5#2 root echo a\n".utf8)
        let table = read(bytes)
        let entry = try #require(table.entries.first, "\(table.errors)")
        let row = try #require(table.legacyRendering(of: entry, in: bytes)).row
        #expect(row == ["5", "0", "?", "*", "5#2", "root", "echo a"])
    }

    @Test func userFormatHasAnEmptyUser() throws {
        let bytes = Array("0 5 * * * /usr/bin/backup".utf8)
        let table = read(bytes, .user)
        let entry = try #require(table.entries.first)
        let rendering = try #require(table.legacyRendering(of: entry, in: bytes))
        #expect(rendering.row == ["0", "5", "*", "*", "*", "", "/usr/bin/backup"])
        #expect(rendering.derivedHex == entry.derivedHex)
    }

    @Test func theDashIsNoPartOfIt() throws {
        let quiet = try #require(read("-0 5 * * * root x").entries.first)
        let loud = try #require(read("0 5 * * * root x").entries.first)
        #expect(quiet.quiet && !loud.quiet)
        #expect(quiet.derivedHash == loud.derivedHash)
    }

    @Test func everyIsOneFieldWithItsSeconds() throws {
        let bytes = Array(
            "# crond: every=5m\n@every root x\n# crond: every=300s\n@every 5m root x\n# crond: every=6m\n@every root x\n".utf8)
        let table = read(bytes)
        try #require(table.entries.count == 3)
        let rendering = try #require(table.legacyRendering(of: table.entries[0], in: bytes))
        #expect(rendering.row == ["@every 300s", "root", "x"])
        #expect(rendering.derivedHex == "2c7c199b1134b577")
        #expect(table.entries.map(\.derivedHex).prefix(2) == ["2c7c199b1134b577", "2c7c199b1134b577"], "however the interval is written")
        #expect(table.entries.last?.derivedHash != table.entries.first?.derivedHash)
        let again = try #require(table.legacyRendering(of: table.entries[1], in: bytes))
        #expect(again == rendering)
    }
}
