import CronExpressions
import Crontabs
import Testing

@Suite("DIALECT, other dialects: cronie and ocps") struct DialectCronie {
    private func read(_ text: String, _ dialect: Dialect, _ format: CrontabFormat = .system, users: [String]? = nil) -> Crontab {
        var options = CrontabOptions(format: format, dialect: dialect, zone: .utc, zones: .system, path: "crontab")
        if let users { options.isUser = { users.contains($0) || $0.allSatisfy(\.isNumber) } }
        return Crontab(parsing: Array(text.utf8), options: options)
    }

    @Test(
        "cronie: a leading -n before the command means mail only on failure",
        arguments: [
            ("0 0 * * * root -n x y", "x y", true), ("0 0 * * * root -n\tx", "x", true), ("0 0 * * * root -nx y", "-nx y", false),
            ("0 0 * * * root x -n y", "x -n y", false), ("-@daily root -n x", "x", true), ("0 0 * * * root -n -n x", "-n x", true),
            ("0 0 * * * root -n cat%in", "cat", true),
        ])
    func mailOption(_ line: String, _ command: String, _ mails: Bool) {
        let entry = read(line, .cronie).entries.first
        #expect(entry?.command == command && entry?.mailsOnlyOnFailure == mails)
        #expect(read(line, .vixie).entries.first?.mailsOnlyOnFailure == false)
    }

    @Test("cronie: -n alone is no command; elsewhere -n is the command") func alone() {
        #expect(read("0 0 * * * root -n", .cronie).badLines.count == 1 && read("0 0 * * * root -n  ", .cronie).badLines.count == 1)
        #expect(read("0 0 * * * root -n", .vixie).entries.first?.command == "-n")
        #expect(read("0 0 * * * -n x", .cronie, .user).entries.first?.command == "x")
    }

    @Test("cronie: all else is the default", arguments: ["0 0 */2 * MON", "0 0 13 * +FRI", "*/100 * * * *", "0 0 L * *"])
    func sameTimes(_ text: String) throws {
        #expect(try Starts.days(text, 2027, 1, .cronie) == Starts.days(text, 2027, 1, .vixie))
        #expect(Accepts.warnings(text, .cronie) == Accepts.warnings(text, .vixie))
    }

    @Test(
        "ocps: a line has six fields if they are fields, a command is left and the word before it is a user",
        arguments: [
            ("30 0 12 * * MON root cmd", "root", "cmd", 6), ("0 0 * * * root cmd", "root", "cmd", 5),
            ("0 0 12 * * * root cmd", "root", "cmd", 6),
            ("0 0 12 * 5 5 root", "5", "root", 5), ("0 0 12 * 5 5 /bin/x y", "5", "/bin/x y", 5),
            ("0 0 12 * 5 5 echo hi", "5", "echo hi", 5),
            ("0 0 12 * 5 5 1000 echo hi", "1000", "echo hi", 6), ("0 0 12 * 5 5 www-data echo hi", "www-data", "echo hi", 6),
            ("-0 0 12 * * MON root cmd", "root", "cmd", 6), ("30 0 12 * * MON app cmd", "app", "cmd", 6),
        ])
    func lines(_ line: String, _ user: String, _ command: String, _ fields: Int) {
        let bytes = Array(line.utf8)
        let table = read(line, .ocps, users: ["root", "www-data"])
        #expect(table.entries.map(\.user) == [user] && table.entries.map(\.command) == [command], "\(table.diagnostics)")
        #expect(table.entries.first?.scheduleText(in: bytes).split(separator: " ").count == fields)
    }

    @Test("ocps: where a shorter reading would do as well, a warning shows both") func bothReadings() {
        func warnings(_ line: String, _ format: CrontabFormat = .system) -> [String] {
            read(line, .ocps, format, users: ["root", "backup"]).diagnostics.map(\.diagnostic.message)
        }
        #expect(
            warnings("0 0 12 * 5 5 backup --all").contains(
                "this line is read as 6 fields, the user “backup” and the command “--all”, but it could be 5 fields, the user “5” and the "
                    + "command “backup --all”"))
        #expect(warnings("0 0 12 * * MON x", .user).contains { $0.contains("but it could be 5 fields and the command “MON x”") })
        #expect(!warnings("0 0 12 * * MON root x").contains { $0.contains("could be") })
        #expect(!warnings("0 0 12 1 * 5 5 x", .user).contains { $0.contains("could be") }, "a number is no command")
    }

    @Test(
        "ocps: six fields with a fault say the fault",
        arguments: [
            ("0 60 12 * * MON root cmd", "minute 60"), ("0 25 * * * root cmd", "hour 25"), ("60 0 0 * * MON root cmd", "second 60"),
        ])
    func faults(_ line: String, _ message: String) {
        let table = read(line, .ocps, users: ["root"])
        #expect(table.badLines.count == 1 && table.diagnostics.first?.diagnostic.message.hasPrefix(message) == true, "\(table.diagnostics)")
    }
}
