import CronExpressions
import Crontabs
import Testing

@Suite("The original's id and rendering")
struct OriginalIdentity {
    @Test(arguments: OriginalVectors.all)
    func vector(_ vector: OriginalVectors.Vector) throws {
        let bytes = Array((vector.line + "\n").utf8)
        let table = read(bytes)
        guard let entry = table.entries.first else {
            // Legal there, an error here: `0~30/2` draws a step, `@DAILY` is not lower case, `%in` has no command.
            let refused = ["0~30/2 * * * * root echo a", "0 0 * * * root %in", "@DAILY root echo a"]
            #expect(refused.contains(vector.line) || vector.line.hasPrefix("0 0 * * * -root"), "\(table.errors)")
            return
        }
        #expect(entry.derivedHash == vector.hash)
        let rendering = try #require(table.originalRendering(of: entry, in: bytes, format: .system))
        #expect(rendering.row == vector.row)
        #expect(rendering.jobID == "crondServiceTask-" + entry.derivedHex)
    }

    @Test func whatPythonCannotReadStaysAsWritten() throws {
        let bytes = Array("05 00 ? * 5#2 root echo a\n".utf8)
        let table = read(bytes)
        let entry = try #require(table.entries.first, "\(table.errors)")
        let row = try #require(table.originalRendering(of: entry, in: bytes, format: .system)).row
        #expect(row == ["5", "0", "?", "*", "5#2", "root", "echo a"])
    }

    @Test func userFormatHasAnEmptyUser() throws {
        let bytes = Array("0 5 * * * /usr/bin/backup".utf8)
        let table = read(bytes, .user)
        let entry = try #require(table.entries.first)
        let rendering = try #require(table.originalRendering(of: entry, in: bytes, format: .user))
        #expect(rendering.row == ["0", "5", "*", "*", "*", "", "/usr/bin/backup"])
        #expect(rendering.derivedHex == entry.derivedHex)
    }

    @Test func theDashIsNoPartOfIt() throws {
        let quiet = try #require(read("-0 5 * * * root x").entries.first)
        let loud = try #require(read("0 5 * * * root x").entries.first)
        #expect(quiet.quiet && !loud.quiet)
        #expect(quiet.derivedHash == loud.derivedHash)
    }
}
