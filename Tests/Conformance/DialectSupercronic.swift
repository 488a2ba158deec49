import CronExpressions
import CronJobs
import Crontabs
import Testing

@Suite("DIALECT, other dialects: supercronic") struct DialectSupercronic {
    @Test("supercronic: a year as the sixth field, full names, steps from a value") func supercronic() throws {
        #expect(
            try Starts.of("0 0 1 1 * 2030", "UTC", "2026-01-01T00:00:00Z", "2040-01-01T00:00:00Z", .supercronic) == [
                "2030-01-01T00:00:00+00:00"
            ])
        #expect(try Starts.days("0 0 * september MONDAY", 2026, 9, .supercronic) == [7, 14, 21, 28])
        #expect(try Starts.of("5/25 0 1 1 *", "UTC", "2030-01-01T00:00:00Z", "2030-01-02T00:00:00Z", .supercronic).count == 3)
        #expect(try Starts.days("0 0 */10 * 5", 2026, 9, .supercronic) == [1, 4, 11, 18, 21, 25])
        #expect(try Starts.days("0 0 *,15 * 5", 2026, 9, .supercronic) == [4, 11, 18, 25])
        #expect(try Starts.days("0 0 1,* * 5", 2026, 9, .supercronic) == [4, 11, 18, 25])
        #expect(try Starts.days("0 0 ? * 5", 2026, 9, .supercronic) == [4, 11, 18, 25])
        for text in ["0 0 */1 * 5", "0 0 15 * */1", "0 0 1,*/1 * 5"] {
            #expect(try Starts.days(text, 2026, 9, .supercronic) == Array(1...30), "\(text)")
        }
        #expect(Accepts.warnings("0 0 */1 * 5", .supercronic).count == 1 && Accepts.warnings("0 0 1,* * 5", .supercronic).isEmpty)
    }

    @Test(
        "supercronic: a step from a value, also in the day of week, where 7 is 0 before the step is taken",
        arguments: [
            ("7/2", "0,2,4,6"), ("0/2", "0,2,4,6"), ("SUN/2", "0,2,4,6"), ("sunday/3", "0,3,6"), ("5/1", "5,6"), ("6/2", "6"),
            ("1/2", "1,3,5"),
            ("7/7", "0"), ("5-7", "5,6,0"), ("5-7/2", "5,0"),
        ])
    func steps(_ written: String, _ days: String) throws {
        #expect(try Starts.days("0 0 * * \(written)", 2026, 9, .supercronic) == Starts.days("0 0 * * \(days)", 2026, 9), "\(written)")
    }

    private func read(_ text: String, _ format: CrontabFormat = .user) -> Crontab {
        Crontab(
            parsing: Array(text.utf8),
            options: CrontabOptions(format: format, dialect: .supercronic, zone: .utc, zones: .system, path: "crontab"))
    }

    @Test(
        "supercronic: a line has the most fields that leave a command",
        arguments: [
            ("* * * * * x", 5, "x"), ("*/5 * * * * * * x y", 7, "x y"), ("0 0 1 1 * 2030 x", 6, "x"), ("0 0 1 1 * * x", 6, "x"),
            ("0 0 0 1 1 * 2030 x", 7, "x"), ("15 10 * * 5 2025 report.sh", 6, "report.sh"), ("0 0 * * 1 5 x", 5, "5 x"),
            ("0 0 1 1 1 1 2030 x", 7, "x"), ("0 0 1 1 * 2030 2031 x", 6, "2031 x"), ("0 0 * * * 2030", 5, "2030"),
            ("0 0 * * * 50% %x", 5, "50% %x"), ("0 0 * * * root x", 5, "root x"),
        ])
    func lines(_ line: String, _ fields: Int, _ command: String) {
        for format in [CrontabFormat.user, .system] {
            let bytes = Array(line.utf8)
            let table = read(line, format)
            #expect(table.entries.map(\.command) == [command] && table.entries.first?.user == nil, "\(table.diagnostics)")
            #expect(table.entries.first?.scheduleText(in: bytes).split(separator: " ").count == fields)
        }
    }

    @Test("supercronic: where a shorter reading has a command that is no number or star, a warning shows both") func bothReadings() {
        let found = read("0 0 1 * * MON 2030 x").diagnostics
        #expect(found.count == 1 && found.allSatisfy { !$0.isError })
        #expect(
            found.first?.diagnostic.message
                == "this line is read as 7 fields and the command “x”, but it could be 5 fields and the command “MON 2030 x”")
        for plain in ["0 0 1 1 * 2030 x", "* * * * * * * x", "0 0 1 1 * * x", "15 10 * * 5 2025 report.sh"] {
            #expect(read(plain).diagnostics.isEmpty, "\(plain)")
        }
    }

    @Test("supercronic: seconds and years of a table start jobs") func secondsAndYears() throws {
        let table = read("*/20 30 4 1 1 * 2030 x\n")
        let schedule = try #require(table.entries.first?.timing.schedule)
        let from = try #require(Instant(rfc3339: "2026-01-01T00:00:00Z"))
        #expect(
            schedule.fireTimes(after: from).map { $0.rfc3339UTC() }
                == ["2030-01-01T04:30:00Z", "2030-01-01T04:30:20Z", "2030-01-01T04:30:40Z"])
    }

    @Test(
        "supercronic: no reading at all says what is wrong in the fields that there are",
        arguments: [
            ("0 60 1 1 * 2030 x", "hour 60"), ("0 0 60 1 1 * 2030 x", "hour 60"), ("60 * * * * x", "minute 60"),
            ("61 * * * * * * x", "second 61"),
            ("0 0 1 1 * 1900 x y", ""),
        ])
    func faults(_ line: String, _ message: String) {
        let table = read(line)
        #expect(
            message.isEmpty ? table.entries.count == 1 : table.diagnostics.first?.diagnostic.message.hasPrefix(message) == true,
            "\(table.diagnostics)")
    }

    @Test("supercronic: an assignment holds for the whole file, the last one wins") func assignments() {
        let table = read("A=1\n* * * * * x\nA=2\n* * * * * y\nA=3\n")
        #expect(table.entries.map { $0.environment["A"] } == ["3", "3"])
    }
}
