import CronExpressions
import CronJobs
import Crontabs
import Testing

@Suite("Clause 10: files")
struct Clause10Files {
    private func read(_ text: String, _ format: CrontabFormat = .system) -> Crontab {
        Crontab(
            parsing: Array(text.utf8), options: CrontabOptions(format: format, zone: .utc, zones: .system, path: "crontab"))
    }

    private func value(_ line: String, _ name: String = "A") -> String? {
        let table = read(line + "\n0 0 * * * root x")
        #expect(table.badLines.isEmpty)
        return table.entries.first?.environment[name]
    }

    @Test(arguments: ["", "\n", "\u{FEFF}", "\r\n", "   \t", "# only\n  # comments", "\n\n\n"])
    func emptyFiles(_ text: String) {
        let table = read(text)
        #expect(table.entries.isEmpty && table.diagnostics.isEmpty && !table.refused)
    }

    @Test func lineEnds() {
        let table = read("\u{FEFF}0 0 * * * root a\r\n\t 0 0 * * * root b\n#c\n0 0 * * * root d")
        #expect(table.entries.map(\.command) == ["a", "b", "d"])
    }

    @Test func aReturnBeforeTheEndIsDropped() {
        let table = read("0 0 * * * root a\r\n0 0 * * * root b\r")
        #expect(table.entries.map(\.command) == ["a", "b"] && table.diagnostics.isEmpty && !table.refused)
        #expect(read("A=b\r").diagnostics.isEmpty && read("\r").diagnostics.isEmpty && read("# c\r").diagnostics.isEmpty)
        #expect(read("0 0 * * * root a\r\r").refused && read("0 0 * * * root a\rb").refused)
    }

    @Test func faultsBelowAnUnknownZoneAreTold() {
        let table = read("CRON_TZ=No/Where\n60 * * * * root y\nfoo\n0 0 * * * root z\n")
        let errors = table.diagnostics.filter(\.isError)
        #expect(errors.map(\.line) == [1, 2, 3, 4] && table.badLines.map(\.line) == [2, 3, 4] && table.entries.isEmpty)
        #expect(errors[1].diagnostic.message.contains("minute 60") && errors[2].diagnostic.message.contains("no entry"))
        #expect(errors[0].diagnostic.message.contains("No/Where") && errors[3].diagnostic.message.contains("zone"))
    }

    @Test func noTrailingComments() {
        #expect(read("0 0 * * * root a # b").entries.first?.command == "a # b")
        #expect(value("A=b # c") == "b # c")
    }

    @Test(arguments: [
        ("A=b", "b"), ("A = b", "b"), ("A\t=\tb c \t", "b c"), ("A=", ""), ("A =  ", ""), ("A=\"\"", ""), ("A=\" b \"", " b "),
        ("A='b\"c'", "b\"c"), ("\"A\" = b", "b"), ("'A'=b", "b"), ("A=b=c", "b=c"), ("A=b\"c\"", "b\"c\""), ("A=\"b\"  ", "b"),
        ("A=$HOME\\n", "$HOME\\n"), ("A=b'", "b'"), ("  A=b", "b"), ("A=\"b\\\"", "b\\"),
    ])
    func assignments(_ line: String, _ expected: String) { #expect(value(line) == expected) }

    @Test(arguments: ["A=\"b", "A='b\"", "A=\"b\" c", "A B=c", "A", "=b", "\"A=b", "A=\"b\"c\""])
    func noAssignments(_ line: String) {
        let table = read(line + "\n0 0 * * * root x")
        #expect(table.badLines.map(\.line) == [1])
        #expect(table.entries.first?.environment.isEmpty == true)
    }

    @Test func namesAreVixies() {
        #expect(value("a.b-c*=1", "a.b-c*") == "1")
        #expect(value("'my name' = 1", "my name") == "1")
        #expect(read("*/5 * * * * root x=1").entries.first?.command == "x=1")
        #expect(read("@daily A=b cmd").entries.first?.user == "A=b")
    }

    @Test func holdsForTheEntriesBelow() {
        let table = read("0 0 * * * root a\nA=1\nB=1\n0 0 * * * root b\nA=2\n0 0 * * * root c")
        #expect(
            table.entries.map { $0.environment.assignments.map { "\($0.name)=\($0.value)" } } == [[], ["A=1", "B=1"], ["A=2", "B=1"]])
    }

    @Test func zones() {
        let table = read("TZ=Europe/Paris\n0 0 * * * root a\nCRON_TZ=UTC\n0 0 * * * root b\nCRON_TZ=\n0 0 * * * root c")
        #expect(table.diagnostics.isEmpty)
        #expect(table.entries.map(\.zoneName) == [nil, "UTC", nil])
        #expect(table.entries.last?.environment["CRON_TZ"] == "")
    }

    @Test func unknownZoneIsNeverUTC() {
        let table = read("CRON_TZ=No/Where\n0 0 * * * root a\n@reboot root r\nCRON_TZ=UTC\n0 0 * * * root b\n")
        #expect(table.entries.map(\.command) == ["b"])
        #expect(table.badLines.map(\.line) == [2, 3])
        #expect(table.diagnostics.filter(\.isError).map(\.line) == [1, 2, 3])
    }

    @Test(
        arguments: [
            ("cat%a%b", "cat", "a\nb\n"), ("cat %a", "cat ", "a\n"), ("date +\\%Y", "date +%Y", nil), ("a\\b\\\\c", "a\\b\\\\c", nil),
            ("cat%", "cat", ""), ("cat%a%", "cat", "a\n"), ("a\\\\%b", "a\\%b", nil), ("cat%a\\%b\\c", "cat", "a%b\\c\n"),
            ("cat%%", "cat", "\n"), ("echo a  ", "echo a  ", nil), ("x\\", "x\\", nil),
        ] as [(String, String, String?)])
    func percent(_ text: String, _ command: String, _ input: String?) {
        let entry = read("0 0 * * * root " + text).entries.first
        #expect(entry?.command == command)
        #expect(entry?.input == input)
    }

    @Test(arguments: [
        "0 0 * * * root", "0 0 * * * root  ", "0 0 * * *", "0 0 * *", "@daily root", "@daily", "0 0 * * * root %in", "@nonsense root x",
    ])
    func noCommandIsAnError(_ line: String) { #expect(read(line).badLines.count == 1) }

    @Test func formats() {
        let system = read("0 0 * * * root a b").entries.first
        #expect(system?.user == "root" && system?.command == "a b")
        let user = read("0 0 * * * root a b", .user).entries.first
        #expect(user?.user == nil && user?.command == "root a b")
    }

    @Test func leadingDash() {
        let table = read("-0 0 * * * root a\n-@daily root b\n0 0 * * * root c")
        #expect(table.entries.map(\.quiet) == [true, true, false])
        #expect(read("-0 0 * * * a", .user).badLines.count == 1)
    }

    @Test func reboot() {
        #expect(read("@reboot root x").entries.first?.timing == .startup)
        #expect(read("@Reboot root x").badLines.count == 1)
    }

    @Test func aSixthFieldIsNeverGuessed() {
        #expect(read("0 0 * * * 5 root x").entries.first?.user == "5")
    }

    @Test(arguments: [
        ("0 0 * * * * cmd", CrontabFormat.system), ("* * * * * * root cmd", .system), ("0 0 * * * root *cmd", .system),
        ("@daily * cmd", .system),
        ("@daily root */x", .system), ("0 0 * * * */2 root x", .system), ("* * * * * * cmd", .user), ("@daily *", .user),
        ("0 0 * * * *%x", .user),
    ])
    func neitherUserNorCommandBeginsWithAStar(_ line: String, _ format: CrontabFormat) {
        for dialect in [Dialect.vixie, .cronie, .busybox] where format == .user || dialect.hasUserColumn {
            let table = Crontab(
                parsing: Array(line.utf8), options: CrontabOptions(format: format, dialect: dialect, zone: .utc, zones: .system, path: "p"))
            #expect(table.entries.isEmpty && table.badLines.count == 1, "\(line)")
            #expect(table.diagnostics.first?.diagnostic.message.contains("begins with *") == true, "\(table.diagnostics)")
        }
    }

    @Test func aStarElsewhereIsFine() {
        for line in ["0 0 * * * root ls *", "0 0 * * * root ./*.sh", "0 0 * * * root \"*\""] { #expect(read(line).badLines.isEmpty) }
    }
}
