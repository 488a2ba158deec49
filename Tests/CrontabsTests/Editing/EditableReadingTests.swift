import CronExpressions
import CronJobs
import Crontabs
import Testing

/// A table to edit, as tests write it.
func editable(_ text: String, _ format: CrontabFormat = .user, dialect: Dialect = .vixie) throws -> EditableCrontab {
    try EditableCrontab(text, format: format, dialect: dialect)
}

@Suite("A table that can be edited: what it finds in a text")
struct EditableReadingTests {
    private func kinds(_ text: String, _ format: CrontabFormat = .system, dialect: Dialect = .vixie) throws -> [CrontabLine.Kind] {
        try editable(text, format, dialect: dialect).lines.map(\.kind)
    }

    static let odd = [
        "", "\n", "\u{FEFF}", "\u{FEFF}# a\n", "0 3 * * * x", "0 3 * * * x\r\n\r\n", "\r\n\n  \t\n", "foo\n61 * * * * x\n",
        "A=1\nA = 'b'\n0 0 * * * x  ",
        "# ä\n#0 3 * * * x\n", "a\r", "@daily\tx\n\n\n", "# crond: name=a\n", "中文\n", "  0   3\t*  * *   x  y \n",
    ]

    @Test("What is read is printed byte for byte", arguments: odd) func same(_ text: String) throws {
        for format in [CrontabFormat.system, .user] {
            let table = try editable(text, format)
            #expect(table.bytes == Array(text.utf8))
            #expect(try EditableCrontab(table.text, format: format) == table)
        }
    }

    @Test("What each line is") func lines() throws {
        let text = """
            # crond: dialect=cronie
            # prose
            SHELL=/bin/sh

            # crond: name=a
            0 3 * * * root x
            ## crond: name=b
            #0 4 * * * root y
            0 4 * * *
            -@daily root z
            """
        #expect(
            try kinds(text) == [
                .dialect, .comment, .assignment, .blank, .directive, .entry, .disabledDirective, .disabledEntry, .bad, .entry,
            ])
        #expect(try kinds("0 3 * * * x\n# crond: dialect=cronie\n", .user) == [.entry, .directive])
        #expect(try kinds("# crond: every=90s\n@every 90s x\n@every 90s x\n", .user) == [.directive, .entry, .bad])
        #expect(try kinds("# crond: dialect=ocps\n0 0 12 * * ? root x\n").last == .entry)
        #expect(try kinds("30 0 12 * * ? root x\n", dialect: .quartz) == [.entry])
    }

    @Test("The kinds are those that the service has: an entry is what it takes, a bad line what it does not") func asTheService() throws {
        let lines = [
            "0 3 * * * root x", "@reboot root x", "-0 3 * * * root x", "0 3 * * * root %x", "0 3 * * * root * x", "0 3 * * *",
            "0 3 * * * root", "A=1",
            "A B=1", "= 1", "5/15 * * * * root x", "@dailyx root x", "0 0 30 2 * root x", "\u{00A0}0 3 * * * root x", "60 * * * * root x",
            "0 3 * * * root -n x", "* * * * * * root x", "~ * * * * root x", "0 0 L * 5#3 root x",
        ]
        for dialect in Dialect.all {
            for format in [CrontabFormat.system, .user] {
                for line in lines {
                    let service = read(line, format, dialect: dialect)
                    let kind = try #require(try kinds(line, format, dialect: dialect).first)
                    #expect((kind == .entry) == (service.entries.count == 1), "\(dialect.name) \(format): \(line)")
                    #expect((kind == .bad) == (service.badLines.count == 1), "\(dialect.name) \(format): \(line)")
                }
            }
        }
    }

    @Test("The parts of an entry, whatever stands between them") func parts() throws {
        let text = "CRON_TZ=Asia/Tokyo\nA=1\n# Nightly\n# crond: name=n timeout=\"5m\"\n  -5\t0 *  * MON-FRI\troot  echo a%b%c # tail \r\n"
        let entry = try #require(try editable(text, .system).entries.first { _ in true })
        #expect(entry.lineNumber == 5 && entry.isEnabled && entry.isQuiet)
        #expect(entry.schedule == "5 0 * * MON-FRI")
        #expect(entry.user == "root")
        #expect(entry.command == "echo a%b%c # tail ")
        #expect(entry.shellCommand == "echo a" && entry.input == "b\nc # tail \n")
        #expect(entry.trailingComment == "tail")
        #expect(entry.comments == ["Nightly"])
        #expect(entry.name == "n" && entry.directives["timeout"] == "5m")
        #expect(entry.variable("A") == "1" && entry.variable("B") == nil)
        #expect(entry.meaning?.zoneName == "Asia/Tokyo" && entry.meaning?.name == "n")
        #expect(entry.problems.isEmpty)
    }

    @Test("What is no crontab is refused with the place") func refused() throws {
        for bytes: [UInt8] in [[0], [0x30, 0xFF], Array("0 3 * * * x\u{7}\n".utf8), Array("a\rb\n".utf8)] {
            #expect(throws: CrontabEditError.self) {
                try EditableCrontab(bytes, options: CrontabOptions(format: .user, zone: .utc, zones: .system, path: "t"))
            }
        }
    }

    @Test("Entries that the service refuses for what stands elsewhere are entries, and say why") func elsewhere() throws {
        let table = try editable("CRON_TZ=No/Where\n0 3 * * * x\nCRON_TZ=\n# crond: timeout=soon\n0 4 * * * y\n")
        let entries = Array(table.entries)
        #expect(entries.map(\.command) == ["x", "y"])
        #expect(entries.allSatisfy { $0.meaning == nil && !$0.problems.isEmpty })
    }
}

@Suite("Comments that are entries somebody switched off")
struct DisabledEntryTests {
    static let entries = [
        "#0 3 * * * root /usr/bin/backup", "# 0 3 * * * root backup", "#   0 3 * * * root  backup --all", "\t# @daily root /usr/bin/backup",
        "#@reboot root x", "# -*/5 * * * * root x", "# 5 * * * * postgres psql -c 'VACUUM'", "#*/10 * * * * www-data is",
        "# 0 5 * * 1 root tar -zcf /var/backups/home.tgz /home/", "# 0 3 * * * 1000:1000 x", "#0 0 L * * root x",
        "# 0 4 * * * root [ -x /bin/x ] && x",
    ]
    static let prose = [
        "# *  *  *  *  * user-name  command to be executed", "# *  *  *  *  * user-name command to be executed",
        "# m h dom mon dow user  command",
        "# 5 * * * * root is five past every hour", "# 0 5 * * 1 root : Mondays at five", "# * * * * * <user> <command>",
        "# 0 3 * * * backup",
        "# 0 3 * * *", "# 0 3 * * * root", "##0 3 * * * root x", "# # 0 3 * * * root x", "# 61 3 * * * root x",
        "# 2 backups a day, at 3 and 4",
        "# at 0 3 * * * root x", "#!/bin/sh", "# * a list item of five words or more", "# 0 3 * * * root -> the backup",
        "# 5 4 3 2 1 *liftoff* now",
        "# * * * * * USER command to be executed", "# 1 2 3 4 5 and so on it goes", "# @daily", "# @someone please look at this", "#  ",
        "# 0 3 * * * root % x",
    ]

    @Test("Entries", arguments: entries) func entry(_ line: String) throws {
        let table = try editable(line, .system)
        #expect(table.lines.first?.kind == .disabledEntry)
        #expect(table.entries.allSatisfy { !$0.isEnabled })
    }

    @Test("Prose", arguments: prose) func comment(_ line: String) throws {
        #expect(try editable(line, .system).lines.map(\.kind) == [.comment])
    }

    @Test("In user tables, where any two words may follow the fields") func user() throws {
        for line in ["#0 3 * * * is", "# 0 3 * * * /usr/bin/backup", "# 0 5 * * 1 tar -zcf a.tgz /home/", "# @hourly fetch"] {
            #expect(try editable(line).lines.map(\.kind) == [.disabledEntry], "\(line)")
        }
        for line in [
            "# 0 3 * * * is when it runs", "# m h  dom mon dow   command", "# * * * * *  command to be executed", "# * * * * * <command>",
            "# 0 3 * * *",
        ] {
            #expect(try editable(line).lines.map(\.kind) == [.comment], "\(line)")
        }
    }

    @Test("Debian's own table has none") func debian() throws {
        let text = """
            # Unlike any other crontab you don't have to run the `crontab'
            # command to install the new version when you edit this file
            SHELL=/bin/sh
            #PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin

            # Example of job definition:
            # .---------------- minute (0 - 59)
            # |  .------------- hour (0 - 23)
            # |  |  .---------- day of month (1 - 31)
            # |  |  |  .------- month (1 - 12) OR jan,feb,mar,apr ...
            # |  |  |  |  .---- day of week (0 - 6) (Sunday=0 or 7) OR sun,mon,tue,wed,thu,fri,sat
            # |  |  |  |  |
            # *  *  *  *  * user-name command to be executed
            17 *\t* * *\troot\tcd / && run-parts --report /etc/cron.hourly
            25 6\t* * *\troot\ttest -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }
            #
            """
        let table = try editable(text, .system)
        #expect(table.entries.map(\.isEnabled) == [true, true])
        #expect(table.entries.allSatisfy { $0.user == "root" })
    }
}

@Suite("What format a text is likely of")
struct LikelyFormatTests {
    private func likely(_ text: String) -> CrontabFormat? { CrontabFormat.likely(of: Array(text.utf8)) }

    @Test func formats() {
        #expect(likely("0 3 * * * root /usr/bin/x\n@daily www-data y\n#*/5 * * * * root z\n") == .system)
        #expect(likely("0 3 * * * /usr/bin/x\n@daily y\n") == .user)
        #expect(likely("0 3 * * * mail -s x root\n") == .user)
        #expect(likely("0 3 * * * root x\n0 4 * * * y z\n") == nil)
        #expect(likely("0 3 * * * root\n") == .user)
        #expect(likely("# prose\nA=1\n") == nil && likely("") == nil)
        #expect(likely("# crond: dialect=busybox\n0 3 * * * root x\n") == .user)
        #expect(CrontabFormat.likely(of: Array("0 3 * * * shop x\n".utf8), isUser: { $0 == "shop" }) == .system)
        #expect(CrontabFormat.likely(of: [0]) == nil)
    }
}
