import CronExpressions
import CronJobs
import Crontabs
import Testing

@Suite("Reading a table")
struct TableReading {
    @Test func scheduleTextIsAsWritten() {
        let bytes = Array("\u{FEFF}  -05\t0   * JAN  Mon\troot x\r\n@daily root y\n".utf8)
        let table = read(bytes)
        #expect(table.entries.map { $0.scheduleText(in: bytes) } == ["05 0 * JAN Mon", "@daily"])
        #expect(table.entries.map { $0.scheduleText(in: []) } == ["", ""])
        #expect(table.entries.map(\.line) == [1, 2])
    }

    @Test func allErrorsAtOnce() {
        let table = read("0 0 * * * root a\nfoo\n0 0 * * * root\n61 * * * * root x\nA=\"b\n0 0 * * * root b\n")
        #expect(table.entries.map(\.command) == ["a", "b"])
        #expect(table.badLines.map(\.line) == [2, 3, 4, 5])
        #expect(table.diagnostics.map(\.line) == [2, 3, 4, 5])
        #expect(!table.refused)
    }

    @Test func rangesCountBytesOfTheLine() throws {
        let diagnostic = try #require(read("  0 0 * * * root").diagnostics.first)
        #expect(diagnostic.source == "  0 0 * * * root")
        #expect(diagnostic.diagnostic.range == 12..<16)
    }

    @Test func containsEntries() {
        func contains(_ text: String) -> Bool { Crontab.containsEntries(bytes: Array(text.utf8)) }
        #expect(!contains("") && !contains("\u{FEFF}") && !contains("# a\n\n  \t\nA=b\n 'a' = \"c\" \r\n"))
        #expect(contains("# a\nfoo") && contains("0 0 * * * root x=1"))
    }

    @Test func dropInNames() {
        for name in ["php", "e2scrub_all", "a-b", "0"] { #expect(Crontab.isDropInName(name)) }
        for name in ["", ".placeholder", "a.dpkg-old", "a~", "a b", "ä", "a/b"] { #expect(!Crontab.isDropInName(name)) }
    }

    @Test func entriesAreSmall() {
        #expect(MemoryLayout<CrontabEntry>.stride <= 130, "\(MemoryLayout<CrontabEntry>.stride)")
    }

    @Test func environmentIsShared() {
        let table = read("A=1\n0 0 * * * root x\n0 0 * * * root y\nB=2\n0 0 * * * root z")
        #expect(table.entries[0].environment === table.entries[1].environment)
        #expect(table.entries[1].environment !== table.entries[2].environment)
    }

    @Test func supercronicAssignmentsHoldForAll() {
        let table = read("* * * * * x 50%\nA=1\nA=2\nCRON_TZ=UTC\n", dialect: .supercronic)
        #expect(table.entries.first?.environment["A"] == "2")
        #expect(table.entries.first?.zoneName == "UTC")
        #expect(table.entries.first?.user == nil)
        #expect(table.entries.first?.command == "x 50%")
    }

    @Test func fieldCounts() {
        #expect(read("0 0 12 * * ? 2030 root x", dialect: .quartz).entries.first?.command == "x")
        #expect(read("0 0 12 * * ? root x", dialect: .quartz).entries.first?.command == "x")
        #expect(read("0 0 1 1 * * x", dialect: .supercronic).entries.first?.command == "x")
        #expect(read("30 0 12 * * MON root cmd", dialect: .ocps).entries.first?.command == "cmd")
        #expect(read("0 0 * * * root cmd", dialect: .ocps).entries.first?.user == "root")
        #expect(read("0 0 * * * * cmd").badLines.count == 1)
    }

    @Test func seedDependsOnHostAndLine() throws {
        func timing(_ line: String, _ host: String) throws -> Job.Timing {
            try #require(read(line, host: host).entries.first).timing
        }
        let line = "~ ~ * * * root x"
        #expect(try timing(line, "a") == timing(line, "a"))
        #expect(try Set((0..<40).map { try timing(line, "host\($0)") }).count > 5)
        #expect(try Set((0..<40).map { try timing(line + String($0), "a") }).count > 5)
        let below = try #require(read("# other\n\n" + line, host: "a").entries.first)
        #expect(try below.timing == timing(line, "a"))
    }
}
