import CronExpressions
import Crontabs
import Testing

@Suite("Advice on tables") struct AdviceOnTables {
    private func read(_ text: String, _ format: CrontabFormat = .system) throws -> (Crontab, [LineDiagnostic]) {
        let zone = try ZoneDatabase.system.zone(named: "Europe/Berlin")
        let bytes = Array(text.utf8)
        let table = Crontab(
            parsing: bytes, options: CrontabOptions(format: format, zone: zone, zones: .system, draws: .host("h"), path: "p"))
        let now = try #require(Instant(rfc3339: "2027-01-01T00:00:00Z"))
        return (table, table.diagnostics(in: bytes, path: "p", after: now))
    }

    @Test("The clock change, in the zone of each entry, at the place in its line") func clock() throws {
        let (table, found) = try read("\u{FEFF}# x\r\n  30 2 * * * root a\r\nCRON_TZ=UTC\r\n30 2 * * * root b\r\n*/7 * * * * root c\r\n")
        #expect(table.diagnostics.isEmpty)
        #expect(found.map(\.line) == [2, 5])
        #expect(found[0].source == "  30 2 * * * root a")
        #expect(found[0].diagnostic.range == 2..<6)
        #expect(found[0].diagnostic.message.hasPrefix("02:30 does not exist in Europe/Berlin on 2027-03-28"))
        #expect(found[1].diagnostic.message.hasPrefix("minute */7 is uneven"))
        #expect(found.allSatisfy { !$0.isError })
    }

    @Test("Reading and advice do not say the same thing twice") func once() throws {
        let (_, found) = try read("*/100 4 13 * 5 root a\n0 0 30 2 * root b\n")
        #expect(Set(found.map(\.diagnostic.message)).count == found.count)
        #expect(found.map(\.line) == [1, 1, 2])
    }

    @Test("Ten entries at one full hour are worth one word, nine are not") func crowd() throws {
        let lines = (1...10).map { "0 \($0 == 1 ? "4" : "4,\($0 + 4)") * * * root job\($0)\n" }
        let nine = try read(lines.dropLast().joined()).1
        #expect(nine.isEmpty)
        let found = try read(lines.joined()).1
        #expect(found.map(\.diagnostic.message) == ["10 entries of this table start together at 2027-01-01T04:00:00+01:00"])
        #expect(found.first?.line == 1)
    }

    @Test(
        "Lines of Quartz and of six fields say how to write them here",
        arguments: [
            ("0 0 12 ? * MON-FRI * root a", true, "0 12 * * MON-FRI"),
            ("0 0/5 * * * ? root a", true, "*/5 * * * *"),
            ("0 0 12 * * ? root a", false, "0 12 * * *"),
            ("0 10 4 * * 1-5 root a", false, "10 4 * * 1-5"),
            ("*/10 * * * * * root a", true, nil),
            ("0 10 4 * * MON root a", false, "10 4 * * 1"),
            ("cron(0 12 * * ? *) root a", true, "0 12 * * *"), ("5/15 * * * * root a", true, "5-59/15"), ("H 4 * * * root a", true, "~"),
        ] as [(String, Bool, String?)])
    func foreign(_ line: String, _ isError: Bool, _ suggestion: String?) throws {
        let (table, found) = try read(line + "\n")
        #expect(table.hasErrors == isError)
        #expect(found.filter { $0.isError == isError }.map(\.diagnostic.suggestion).contains(suggestion), "\(found)")
    }

    @Test("A schedule after TZ= is no entry, and that is said") func zonePrefix() throws {
        let (table, found) = try read("TZ=Asia/Tokyo 0 5 * * * root a\n")
        #expect(table.entries.isEmpty)
        #expect(found.first?.diagnostic.expected == "CRON_TZ=Asia/Tokyo in a line of its own, and below it 0 5 * * *")
    }

    @Test(
        "Users and commands that only begin like a field are left alone",
        arguments: ["5 4 * * * 1000 a", "5 4 * * * 1000:1000 a", "5 4 * * * WWW-data a"])
    func users(_ line: String) throws {
        let found = try read(line).1
        #expect(found.isEmpty)
    }

    @Test("Commands that only begin like a field are left alone", arguments: ["5 4 * * * 7z a x", "5 4 * * * Xvfb", "5 4 * * * ./x"])
    func commands(_ line: String) throws {
        let found = try read(line, .user).1
        #expect(found.isEmpty)
    }
}
