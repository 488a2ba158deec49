import CronExpressions
import Crontabs
import Testing

@Suite("Where the parts of an entry stand")
struct Ranges {
    /// What the ranges of each entry of a table cut out of it: fields, user, command, directives and their values.
    private func parts(_ text: String, _ format: CrontabFormat = .system, dialect: Dialect = .vixie) throws -> [[String]] {
        let bytes = Array(text.utf8)
        func cut(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        let table = read(bytes, format, dialect: dialect)
        #expect(table.errors.isEmpty, "\(table.errors)")
        return try table.entries.map { entry in
            let ranges = try #require(entry.ranges(in: bytes))
            #expect(ranges.user.map(cut) == entry.user)
            return ranges.fields.map(cut) + [ranges.user.map(cut) ?? "-", cut(ranges.command)]
                + ranges.directives.flatMap { [$0.key, cut($0.range), cut($0.value)] }
        }
    }

    @Test("Each field, the user and the command, whatever stands between them") func fields() throws {
        #expect(try parts("0 5 * * 1-5 root x\n") == [["0", "5", "*", "*", "1-5", "root", "x"]])
        #expect(
            try parts("\u{FEFF}# ä\r\n \t-05\t0   * JAN  Mon\t\trööt  x  y%z \\% \r\nA=1\n1 2 3 4 5 www x")
                == [["05", "0", "*", "JAN", "Mon", "rööt", "x  y%z \\% "], ["1", "2", "3", "4", "5", "www", "x"]])
        #expect(try parts("  @daily   x y", .user) == [["@daily", "-", "x y"]])
        #expect(try parts("-@reboot root x") == [["@reboot", "root", "x"]])
    }

    @Test("In other dialects, too") func dialects() throws {
        #expect(try parts("0 0 12 * * ? 2030 root x", dialect: .quartz) == [["0", "0", "12", "*", "*", "?", "2030", "root", "x"]])
        #expect(try parts("0 0 1 1 *  x", dialect: .supercronic) == [["0", "0", "1", "1", "*", "-", "x"]])
        #expect(try parts("0 0 1 1 * root -n  x y", dialect: .cronie) == [["0", "0", "1", "1", "*", "root", "x y"]])
    }

    @Test("Each key= above it with its value, over several lines") func directives() throws {
        #expect(try parts("# crond: every=5m\n@every 5m  root x\n") == [["@every", "5m", "root", "x", "every", "every=5m", "5m"]])
        let text = """
            0 0 * * * root w
            # crond: name=a   cwd="/a b"
            # plain
            #crond:backoff=exponential(10s, 5m)
            @daily root x
            """
        #expect(
            try parts(text) == [
                ["0", "0", "*", "*", "*", "root", "w"],
                [
                    "@daily", "root", "x", "name", "name=a", "a", "cwd", "cwd=\"/a b\"", "/a b",
                    "backoff", "backoff=exponential(10s, 5m)", "exponential(10s, 5m)",
                ],
            ])
    }

    @Test("The line is all of it, without its end") func lines() throws {
        let text = "\u{FEFF}  0 0 * * * root x \r\n-0 0 * * * root y"
        let bytes = Array(text.utf8), table = read(bytes)
        let lines = try table.entries.map { String(decoding: bytes[try #require($0.ranges(in: bytes)).line], as: UTF8.self) }
        #expect(lines == ["  0 0 * * * root x ", "-0 0 * * * root y"])
    }

    @Test("Other bytes than the table's have none, and are no trap") func otherBytes() {
        let table = read("0 0 * * * root x\n")
        #expect(table.entries.first?.ranges(in: []) == nil)
        #expect(table.entries.first?.ranges(in: Array("äöü".utf8)) == nil)
        #expect(table.entries.first?.ranges(in: Array(repeating: 0x20, count: 16))?.fields.allSatisfy(\.isEmpty) == true)
        let text = "# crond: name=a tz=UTC\n0 0 * * * root x", blanks = [UInt8](repeating: 0x20, count: text.utf8.count)
        #expect(read(text).entries.first?.ranges(in: blanks)?.directives.map(\.key) == ["", ""])
    }

    @Test("A part is replaced without touching the others") func editing() throws {
        var bytes = Array("# crond: name=a grace=5m\n0 5  * * 1-5\troot x # y\n".utf8)
        let ranges = try #require(read(bytes).entries.first?.ranges(in: bytes))
        for (range, text) in [(ranges.command, "z"), (ranges.fields[1], "17"), (ranges.directives[1].value, "none")] {
            bytes.replaceSubrange(range, with: text.utf8)
        }
        #expect(String(decoding: bytes, as: UTF8.self) == "# crond: name=a grace=none\n0 17  * * 1-5\troot z\n")
    }
}
