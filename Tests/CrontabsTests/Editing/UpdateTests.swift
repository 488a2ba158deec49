import CronExpressions
import Crontabs
import Testing

@Suite("Changing an entry of a table")
struct UpdateTests {
    private let text = "\u{FEFF}# top\r\n  0   3 \t* * *   root\t x  y \r\nfoo\r\n# crond: name=b\ttimeout=5m\r\n@daily root z"

    private func first(_ table: EditableCrontab) throws -> LineID { try #require(table.entries.first { _ in true }).id }
    private func last(_ table: EditableCrontab) throws -> LineID { try #require(Array(table.entries).last).id }

    @Test("One part of it: all other bytes stay") func parts() throws {
        var table = try editable(text, .system)
        let id = try first(table)
        try table.set(.hour, to: .during(9, 17), of: id)
        #expect(table.text == text.replacing("3 \t", with: "9-17 \t"))
        try table.update(id) { $0.command = "echo 50\\% %in" }
        #expect(table.text == text.replacing("3 \t", with: "9-17 \t").replacing("x  y ", with: "echo 50\\% %in"))
        try table.update(id) {
            $0.schedule = "@weekly"
            $0.user = "www"
            $0.isQuiet = true
        }
        #expect(table.text == text.replacing("0   3 \t* * *   root\t x  y ", with: "-@weekly   www\t echo 50\\% %in"))
        #expect(table[id]?.command == "echo 50\\% %in")
        try table.update(id) { $0.isQuiet = false }
        #expect(table.text.contains("  @weekly   www"))
    }

    @Test("A field of a nickname: it becomes the fields that it stands for") func nickname() throws {
        var table = try editable("@daily x\n@reboot y\n")
        try table.set(.hour, to: 4, of: try first(table))
        #expect(table.text == "0 4 * * * x\n@reboot y\n")
        let reboot = try last(table)
        #expect(throws: CrontabEditError.self) { try table.set(.hour, to: 4, of: reboot) }
        #expect(throws: CrontabEditError.self) { try table.set(.second, to: 4, of: reboot) }
        #expect(table.text == "0 4 * * * x\n@reboot y\n")
    }

    @Test("Fields by name in dialects that have more of them") func dialects() throws {
        var table = try editable("# crond: dialect=quartz\n0 0 12 * * ? 2030 x\n")
        let id = try first(table)
        try table.set(.second, to: 30, of: id)
        try table.set(.year, to: "2031", of: id)
        #expect(table.text == "# crond: dialect=quartz\n30 0 12 * * ? 2031 x\n")
        #expect(throws: CrontabEditError.self) { try table.set(.dayOfMonth, to: "?", of: id) }
    }

    @Test("Off and on again: byte for byte, with its directives") func switching() throws {
        for line in [
            text, "0 3 * * * root x", "\t -@daily root x\r\n",
            "# crond: name=a\n # crond: tz=UTC\n# prose\n0 3 * * * root x\n0 4 * * * root y\n",
        ] {
            var table = try editable(line, .system)
            for entry in table.entries {
                try table.disable(entry.id)
                #expect(table[entry.id]?.isEnabled == false)
                #expect(table[entry.id]?.directives == entry.directives)
                #expect(try EditableCrontab(table.text, format: .system).lines.map(\.kind) == table.lines.map(\.kind))
                #expect(read(table.text, .system).entries.count == read(line, .system).entries.count - 1)
                try table.enable(entry.id)
                #expect(table.text == line)
            }
        }
    }

    @Test("An entry that is switched off leaves its directives to no other") func directivesOfAnother() throws {
        var table = try editable("# crond: name=a timeout=5m\n0 3 * * * a\n0 4 * * * b\n")
        try table.disable(try first(table))
        #expect(table.text == "## crond: name=a timeout=5m\n#0 3 * * * a\n0 4 * * * b\n")
        #expect(read(table.text, .user).entries.map(\.name) == [nil])
        // Commented out by hand, with the directives still there: cron's next entry has them, and keeps them.
        table = try editable("# crond: name=b\n#0 3 * * * a\n0 4 * * * b\n")
        let a = try first(table)
        #expect(table[a]?.name == nil && table.entry(named: "b")?.command == "b")
        #expect(throws: CrontabEditError.self) { try table.enable(a) }
        let b = try last(table)
        try table.disable(b)
        #expect(table.text == "#0 3 * * * a\n## crond: name=b\n#0 4 * * * b\n")
        try table.enable(a)
        #expect(read(table.text, .user).entries.map(\.command) == ["a"])
        // With no other entry to have them, they are its own again.
        table = try editable("# crond: name=a\n#0 3 * * * a\n\n0 4 * * * b\n")
        try table.enable(try first(table))
        #expect(read(table.text, .user).entries.map(\.name) == ["a", nil])
    }

    @Test("Directives: a value, a new key, one less, the last one") func directives() throws {
        var table = try editable("# crond: name=b   timeout=5m\n0 3 * * * x\n0 4 * * * y\n")
        let x = try first(table), y = try last(table)
        try table.update(x) { $0.directives["timeout"] = "10m" }
        #expect(table.text.hasPrefix("# crond: name=b   timeout=10m\n"))
        try table.update(x) { $0.directives["cwd"] = "/a b" }
        #expect(table.text.hasPrefix("# crond: name=b   timeout=10m cwd=\"/a b\"\n"))
        try table.update(x) { $0.directives["name"] = nil }
        #expect(table.text.hasPrefix("# crond: timeout=10m cwd=\"/a b\"\n"))
        try table.update(x) {
            $0.directives["timeout"] = nil
            $0.directives["cwd"] = nil
        }
        try table.update(y) { $0.directives = ["backoff": "exponential(10s, 5m)", "attempts": "3"] }
        #expect(table.text == "0 3 * * * x\n# crond: backoff=\"exponential(10s, 5m)\" attempts=3\n0 4 * * * y\n")
        #expect(table.reading.diagnostics.isEmpty)
        #expect(Array(table.entries).map(\.id) == [x, y])
    }

    @Test("What the service would refuse is refused, with its words, and the table stays") func refused() throws {
        var table = try editable("# crond: name=taken\n0 3 * * * root x\n0 4 * * * root y\n", .system)
        let before = table, id = try last(table)
        let changes: [(inout EntryDraft) -> Void] = [
            { $0.command = "x\n* * * * * root evil" }, { $0.command = "x\r" }, { $0.command = "" }, { $0.command = " x" },
            { $0.command = "%x" },
            { $0.command = "\u{0}" }, { $0.command = "* x" }, { $0.command = String(repeating: "x", count: 131_072) },
            { $0.user = "root evil" },
            { $0.user = "" }, { $0.user = nil }, { $0.user = "a\nb" }, { $0.user = "*" }, { $0.schedule = "61 * * * *" },
            { $0.schedule = "0 4 * *" },
            { $0.schedule = "0 4 * * * 5" }, { $0.schedule = "" }, { $0.schedule = "@every" }, { $0.schedule = "A=b * * * *" },
            { $0.schedule = "# 4 * * *" },
            { $0.schedule = "0 4 * *\n*" }, { $0.comment = "a\n0 0 * * * root evil" }, { $0.comment = "crond: timeout=1s" },
            { $0.comment = "0 0 * * * root x" },
            { $0.directives["timeout"] = "soon" }, { $0.directives["nonsense"] = "1" }, { $0.directives["name"] = "taken" },
            { $0.directives["name"] = "a b" },
            { $0.directives["cwd"] = "/a\n0 0 * * * root evil" }, { $0.directives["cwd"] = "/a\" tz=\"UTC" },
            { $0.directives["dialect"] = "cronie" },
            { $0.directives["every"] = "90s" }, { $0.directives["a b"] = "c" }, { $0.directives["tz"] = "No/Where" },
            {
                $0.isQuiet = true; $0.user = "x y"
            },
        ]
        for (number, change) in changes.enumerated() {
            let error = #expect(throws: CrontabEditError.self, "\(number)") { try table.update(id, change) }
            #expect(error.map { !"\($0)".isEmpty } ?? false)
            #expect(table == before, "\(number)")
        }
        #expect(throws: CrontabEditError.self) {
            try table.update(id) { try $0.schedule.set(.hour, to: "4 5") }
        }
    }

    @Test("Errors say what is wrong and what to write") func messages() throws {
        var table = try editable("# crond: name=a\n0 3 * * * x\n0 4 * * * y\n")
        let id = try last(table)
        func message(_ change: (inout EntryDraft) -> Void) -> String {
            do { try table.update(id, change) } catch { return "\(error)" }
            return ""
        }
        #expect(message { $0.schedule = "5/15 * * * *" }.contains("5-59/15"))
        #expect(message { $0.command = "a\nb" } == "the command has a line break in it")
        #expect(message { $0.user = "root" } == "the user has no place in this table: its format has no column for it")
        #expect(message { $0.directives["name"] = "a" } == "the entry in line 2 has the name “a”")
        #expect(message { $0.directives["timeuot"] = "5m" }.contains("timeout="))
    }

    @Test("The command of an entry with bad directives can be mended; so can its directives") func mending() throws {
        var table = try editable("# crond: timeout=soon\n0 3 * * * x\n")
        let id = try first(table)
        try table.update(id) { $0.command = "y" }
        #expect(throws: CrontabEditError.self) { try table.update(id) { $0.directives["cwd"] = "/" } }
        try table.update(id) { $0.directives["timeout"] = "5m" }
        #expect(table.text == "# crond: timeout=5m\n0 3 * * * y\n" && table.reading.diagnostics.isEmpty)
    }

    @Test("True intervals") func every() throws {
        var table = try editable("0 3 * * * x\n")
        let id = try first(table)
        try table.update(id) {
            $0.schedule = .interval
            $0.directives["every"] = "90s"
        }
        #expect(table.text == "# crond: every=90s\n@every x\n")
        try table.disable(id)
        #expect(table.text == "## crond: every=90s\n#@every x\n")
        #expect(try EditableCrontab(table.text, format: .user).entries.map(\.isEnabled) == [false])
        #expect(table[id]?.description(in: .english) == "Every 90 seconds")
        try table.enable(id)
        #expect(throws: CrontabEditError.self) { try table.update(id) { $0.directives["every"] = nil } }
    }

    @Test("The comment: another text, a new one, none") func comments() throws {
        var table = try editable("#  Old  \n# crond: name=a\n0 3 * * * x\n\n0 4 * * * y\n")
        let x = try first(table), y = try last(table)
        try table.update(x) { $0.comment = "New" }
        try table.update(y) { $0.comment = "Other" }
        #expect(table.text == "#  New  \n# crond: name=a\n0 3 * * * x\n\n# Other\n0 4 * * * y\n")
        try table.update(x) { $0.comment = nil }
        try table.update(y) { $0.comment = "" }
        #expect(table.text == "# crond: name=a\n0 3 * * * x\n\n0 4 * * * y\n")
    }

    @Test("An id is for its line only, wherever that goes, and for no other table's") func ids() throws {
        var table = try editable("0 1 * * * a\n0 2 * * * b\n0 3 * * * c\n")
        let ids = table.entries.map(\.id)
        var copy = table
        try table.remove(ids[0])
        let new = try table.insert(EntryDraft("@daily", command: "new"), at: .start)
        #expect(ids.map { table[$0]?.command } == [nil, "b", "c"])
        #expect(table[new]?.command == "new" && copy[new] == nil)
        #expect(throws: CrontabEditError.self) { try table.disable(ids[0]) }
        try copy.disable(ids[0])
        #expect(copy[ids[0]]?.isEnabled == false && table.entries.allSatisfy { $0.isEnabled })
        #expect(try editable("0 1 * * * a\n")[ids[0]] == nil)
    }
}
