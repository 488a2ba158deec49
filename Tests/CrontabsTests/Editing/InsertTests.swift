import CronExpressions
import Crontabs
import Testing

@Suite("Putting lines into a table, moving and removing them")
struct InsertTests {
    private func id(_ table: EditableCrontab, _ command: String) throws -> LineID { try #require(table.entries(command: command).first).id }

    @Test("At the end, at the beginning, before and behind an entry") func places() throws {
        let text = "# head\nA=1\n\n# of x\n# crond: name=x\n0 3 * * * x\n0 4 * * * y\n"
        var table = try editable(text)
        try table.append(EntryDraft(.daily(hour: 5), command: "end"))
        #expect(table.text == text + "0 5 * * * end\n")
        try table.insert(EntryDraft("@hourly", command: "start", comment: "The first", directives: ["timeout": "5m"]), at: .start)
        #expect(table.text.hasPrefix("# head\nA=1\n\n# The first\n# crond: timeout=5m\n@hourly start\n# of x\n"))
        try table.insert(EntryDraft("@hourly", command: "before"), at: .before(try id(table, "x")))
        #expect(table.text.contains("start\n@hourly before\n# of x\n# crond: name=x\n0 3 * * * x\n"))
        try table.insert(EntryDraft("@hourly", command: "behind", isEnabled: false), at: .after(try id(table, "x")))
        #expect(table.text.contains("0 3 * * * x\n#@hourly behind\n0 4 * * * y\n"))
        #expect(table.reading.entries.map(\.command) == ["start", "before", "x", "y", "end"])
        #expect(table.reading.entries.map(\.name) == [nil, nil, "x", nil, nil])
    }

    @Test("Lines end as their neighbours do; a last line without an end gets one") func ends() throws {
        var table = try editable("0 3 * * * x\r\n0 4 * * * y")
        try table.append(EntryDraft("@daily", command: "z"))
        #expect(table.text == "0 3 * * * x\r\n0 4 * * * y\r\n@daily z\r\n")
        table = try editable("")
        try table.append(EntryDraft("@daily", command: "z"))
        #expect(table.text == "@daily z\n")
        table = try editable("\u{FEFF}0 3 * * * x\n")
        try table.insert(EntryDraft("@daily", command: "z"), at: .start)
        #expect(table.text == "\u{FEFF}@daily z\n0 3 * * * x\n")
        table = try editable("0 3 * * * x\n0 4 * * * y")
        try table.move(try id(table, "y"), to: .start)
        #expect(table.text == "0 4 * * * y\n0 3 * * * x\n")
        table = try editable("0 3 * * * x\n0 4 * * * y")
        try table.move(try id(table, "x"), to: .end)
        #expect(table.text == "0 4 * * * y\n0 3 * * * x\n")
        try table.remove(try id(table, "x"))
        #expect(table.text == "0 4 * * * y\n")
    }

    @Test("Nothing that is put in takes another entry's directives") func directivesOfOthers() throws {
        let text = "# crond: name=x\n#0 1 * * * off\n0 3 * * * x\n"
        var table = try editable(text)
        try table.insert(EntryDraft("@daily", command: "new"), at: .after(try id(table, "off")))
        #expect(table.text == text + "@daily new\n")
        table = try editable("0 3 * * * x\n# crond: timeout=5m\n")
        try table.append(EntryDraft("@daily", command: "new"))
        #expect(table.text == "0 3 * * * x\n# crond: timeout=5m\n\n@daily new\n")
        #expect(table.reading.entries.allSatisfy { $0.directives == .none })
        table = try editable("# crond: dialect=cronie\n# crond: name=x\n0 3 * * * x\n")
        try table.insert(EntryDraft("@daily", command: "new"), at: .start)
        #expect(table.text == "# crond: dialect=cronie\n@daily new\n# crond: name=x\n0 3 * * * x\n")
        let dialect = try #require(table.lines.first).id
        #expect(throws: CrontabEditError.self) { try table.remove(dialect) }
    }

    @Test("What has a newline, or is read as something else, is not put in") func injection() throws {
        var table = try editable("0 3 * * * x\n")
        let before = table
        for draft in [
            EntryDraft("@daily", command: "a\n* * * * * evil"), EntryDraft("@daily\n* * * * *", command: "a"),
            EntryDraft("A=b", command: "c"),
            EntryDraft("@daily", command: "a", comment: "b\n* * * * * evil"),
            EntryDraft("@daily", command: "a", directives: ["name": "b\n* * * * * evil"]),
            EntryDraft("@daily", user: "root", command: "a"), EntryDraft("#", command: "a"), EntryDraft("@daily", command: "a\u{85}"),
        ] {
            #expect(throws: CrontabEditError.self) { try table.append(draft) }
        }
        for text in ["a\nb", "crond: name=x", "0 4 * * * y", "\r"] {
            #expect(throws: CrontabEditError.self) { try table.insertComment(text, at: .end) }
        }
        #expect(table == before)
        try table.insertComment("ordinary prose, 100% of it", at: .start)
        #expect(table.text == "# ordinary prose, 100% of it\n0 3 * * * x\n")
    }

    @Test("Removed: the entry and its directives; its prose on request; nothing else") func removing() throws {
        let text = "# of x\n# crond: name=x\n0 3 * * * x\n0 4 * * * y\nfoo\n"
        var table = try editable(text)
        let x = try id(table, "x")
        try table.remove(x)
        #expect(table.text == "# of x\n0 4 * * * y\nfoo\n")
        table = try editable(text)
        try table.remove(try id(table, "x"), withComments: true)
        #expect(table.text == "0 4 * * * y\nfoo\n")
        let bad = try #require(table.lines.first { $0.kind == .bad }).id
        try table.remove(bad)
        #expect(table.text == "0 4 * * * y\n")
        table = try editable(text)
        #expect(try table.removeAll { $0.command == "x" || $0.command == "y" } == 2)
        #expect(table.text == "# of x\nfoo\n")
    }

    @Test("A line that keeps an entry from directives above it is not removed by the way") func keepers() throws {
        var table = try editable("# crond: timeout=5m\n\n0 3 * * * x\n")
        let blank = try #require(table.lines.first { $0.kind == .blank }).id
        #expect(throws: CrontabEditError.self) { try table.remove(blank) }
        table = try editable("# crond: timeout=5m\nA=1\n0 3 * * * x\n")
        let variable = try #require(table.variables.first).id
        #expect(throws: CrontabEditError.self) { try table.removeVariable(variable) }
        #expect(throws: CrontabEditError.self) { try table.remove(variable) }
        let directive = try #require(table.lines.first).id
        try table.remove(directive)
        try table.removeVariable(variable)
        #expect(table.text == "0 3 * * * x\n")
    }

    @Test("A dialect= that would come to the top stays where it is") func dialect() throws {
        var table = try editable("0 3 * * * x\n# crond: dialect=quartz\n0 4 * * * y\n")
        let before = table, x = try id(table, "x")
        #expect(throws: CrontabEditError.self) { try table.remove(x) }
        #expect(throws: CrontabEditError.self) { try table.disable(x) }
        #expect(table == before)
        try table.insert(EntryDraft("@daily", command: "new"), at: .start)
        #expect(table.text == "@daily new\n" + before.text)
    }

    @Test("Each of many entries, one by one, in a time that does not grow with the table") func many() throws {
        let lines = (0..<1_500).map { "\($0 % 60) 3 * * * job\($0)\n" }.joined()
        var table = try editable(lines)
        for entry in table.entries { try table.disable(entry.id) }
        #expect(table.text == lines.split(separator: "\n").map { "#\($0)\n" }.joined())
        for entry in table.entries { try table.enable(entry.id) }
        #expect(table.text == lines)
    }

    @Test("Moved with what belongs to it, under the same id") func moving() throws {
        var table = try editable("0 1 * * * a\n# of b\n# crond: name=b\n0 2 * * * b\n0 3 * * * c\n")
        let a = try id(table, "a"), b = try id(table, "b"), c = try id(table, "c")
        try table.move(b, to: .after(c))
        #expect(table.text == "0 1 * * * a\n0 3 * * * c\n# of b\n# crond: name=b\n0 2 * * * b\n")
        try table.move(b, to: .before(a))
        #expect(table.text == "# of b\n# crond: name=b\n0 2 * * * b\n0 1 * * * a\n0 3 * * * c\n")
        try table.move(b, to: .after(b))
        try table.move(b, to: .before(b))
        try table.move(b, to: .start)
        #expect(table.entries.map(\.command) == ["b", "a", "c"] && table[b]?.name == "b")
    }
}

@Suite("Variables of a table")
struct VariableTests {
    @Test("Where the table has it, its value changes; else it is put before the entries") func set() throws {
        var table = try editable("# top\nMAILTO = \"root\"  \n\n0 3 * * * x\n")
        try table.setVariable("MAILTO", to: "ops@example.com")
        #expect(table.text == "# top\nMAILTO = \"ops@example.com\"  \n\n0 3 * * * x\n")
        try table.setVariable("MAILTO", to: "say \"hi\"")
        #expect(table.text == "# top\nMAILTO = 'say \"hi\"'  \n\n0 3 * * * x\n")
        try table.setVariable("PATH", to: "/bin")
        #expect(table.text.hasSuffix("\n\nPATH=/bin\n0 3 * * * x\n"))
        try table.setVariable("EMPTY", to: "")
        try table.setVariable("BLANKS", to: "  a ")
        #expect(table.entries.map { $0.variable("BLANKS") } == ["  a "] && table.entries.map { $0.variable("EMPTY") } == [""])
        #expect(table.reading.diagnostics.isEmpty)
    }

    @Test("What cannot be written, and what is no zone") func refused() throws {
        var table = try editable("A=1\n0 3 * * * x\nA=2\n0 4 * * * y\n")
        let before = table, first = try #require(table.variables.first).id
        for (name, value) in [
            ("A", "3"), ("B C", "1"), ("", "1"), ("B", "a\nb"), ("B", " '\" "), ("CRON_TZ", "No/Where"), ("\u{FEFF}B", "1"), ("#B", "1"),
            ("1", "1"),
        ] {
            #expect(throws: CrontabEditError.self, "\(name)=\(value)") { try table.setVariable(name, to: value) }
        }
        #expect(table == before)
        #expect(try table.entries(reachedBy: first).map(\.command) == ["x"])
        try table.setValue(of: first, to: "3")
        #expect(table.text == "A=3\n0 3 * * * x\nA=2\n0 4 * * * y\n")
        try table.removeVariable(first)
        #expect(table.entries.map { $0.variable("A") } == [nil, "2"])
    }
}

@Suite("Finding entries of a table")
struct FindingTests {
    private let text = """
        # Backups of the shop
        # crond: name=shop
        0 0 * * * root /usr/bin/backup shop
        @daily www rotate # the logs
        #*/5 * * * * www /usr/bin/poll
        */1 * * * * root poll2
        """

    @Test func finding() throws {
        let table = try editable(text, .system)
        #expect(table.entries(command: "backup").map(\.name) == ["shop"])
        #expect(table.entries(command: "poll").map(\.isEnabled) == [false, true])
        #expect(table.entries(command: try Regex("^/usr/bin/")).count == 2)
        #expect(table.entries(comment: "shop").map(\.lineNumber) == [3])
        #expect(table.entries(comment: "logs").map(\.lineNumber) == [4])
        #expect(table.entries(user: "www").count == 2 && table.entries(user: "ww").isEmpty)
        #expect(table.entries(schedule: "@daily").map(\.lineNumber) == [3, 4])
        #expect(table.entries(schedule: .init()).map(\.command) == ["poll2"])
        #expect(table.entries(firingAt: Instant(86_400)).count == 4)
        #expect(table.entries(firingAt: Instant(86_460)).map(\.command) == ["poll2"])
        #expect(table.entry(named: "shop")?.lineNumber == 3 && table.entry(named: "none") == nil)
    }
}
