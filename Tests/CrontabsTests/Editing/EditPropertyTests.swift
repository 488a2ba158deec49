import CronExpressions
import Crontabs
import Testing

/// Random edits of random tables, whatever the lines are.
@Suite("Random edits of random tables")
struct EditPropertyTests {
    private static let lines = [
        "", "  \t", "# prose", "#", "## more", "A=1", "B = \"x y\"", "CRON_TZ=Asia/Tokyo", "CRON_TZ=", "0 3 * * * root a",
        "  */5\t1  * * MON-FRI root  b  %c",
        "@daily root c # tail", "@reboot root d", "-5 4 L * * www e", "#0 3 * * * root f", "# @hourly www g ", "foo", "61 * * * * root x",
        "0 3 * *", "ä ö",
        "# crond: timeout=5m", "# crond: attempts=3  backoff=fixed(10s)", "# crond: no directive", "## crond: timeout=7m",
        "# crond: timeout=soon",
        "# *  *  *  *  * user-name command", "~ 2 * * * root h \\% % i", "0 0 13 * 5 root j", "# crond: every=90s", "@every root k",
        "@every 90s root l",
        "## crond: every=90s", "#@every 90s root m", "0 3 * * * root -n x",
    ]

    private func table(_ random: inout SeededGenerator) throws -> EditableCrontab {
        let end = Bool.random(using: &random) ? "\n" : "\r\n"
        var text = Int.random(in: 0..<8, using: &random) == 0 ? "\u{FEFF}" : ""
        let count = Int.random(in: 0...14, using: &random)
        for number in 0..<count {
            text += Self.lines.randomElement(using: &random) ?? ""
            if number < count - 1 || Bool.random(using: &random) { text += end }
        }
        return try EditableCrontab(text, format: .system)
    }

    private static let changes: [@Sendable (inout EntryDraft) -> Void] = [
        { $0.command = "new command" }, { $0.schedule = "@weekly" }, { $0.schedule = "5 4 3 2 1" }, { $0.user = "nobody" },
        { $0.isEnabled.toggle() },
        { $0.isQuiet.toggle() }, { $0.comment = "note" }, { $0.comment = nil }, { $0.directives["timeout"] = "9m" },
        { $0.directives["timeout"] = nil },
        { $0.directives["jitter"] = "5s" }, { $0.directives = [:] }, { $0.command = "a\n* * * * * root evil" },
        { $0.directives["cwd"] = "a\nb" },
    ]

    private func edit(_ table: inout EditableCrontab, _ random: inout SeededGenerator) throws(CrontabEditError) {
        let entry = table.entries.map(\.id).randomElement(using: &random)
        let line = table.lines.map(\.id).randomElement(using: &random)
        let place: CrontabPlace =
            switch Int.random(in: 0..<4, using: &random) {
            case 0: .start
            case 1: line.map { .before($0) } ?? .end
            case 2: line.map { .after($0) } ?? .start
            default: .end
            }
        let draft = EntryDraft(
            Bool.random(using: &random) ? "@hourly" : "1 2 * * *", user: "root", command: "put in",
            comment: Bool.random(using: &random) ? "why" : nil,
            directives: Bool.random(using: &random) ? ["timeout": "1m"] : [:], isEnabled: Bool.random(using: &random))
        switch Int.random(in: 0..<10, using: &random) {
        case 0...3:
            guard let entry, let change = Self.changes.randomElement(using: &random) else { return }
            try table.update(entry, change)
        case 4: try table.insert(draft, at: place)
        case 5: if let line { try table.remove(line, withComments: Bool.random(using: &random)) }
        case 6: if let entry { try table.move(entry, to: place) }
        case 7: try table.insertComment("prose", at: place)
        case 8: try table.insertVariable("C", value: "1", at: place)
        default:
            guard let variable = table.variables.randomElement(using: &random) else { return }
            if Bool.random(using: &random) { try table.setValue(of: variable.id, to: "2") } else { try table.removeVariable(variable.id) }
        }
    }

    @Test("What is printed is read again as the same lines, and an edit that fails changes nothing") func readAgain() throws {
        var done = 0
        for seed in 0..<1_500 {
            var random = SeededGenerator(seed: UInt64(seed))
            var table = try table(&random)
            for _ in 0..<6 {
                let before = table
                do {
                    try edit(&table, &random)
                    done += 1
                } catch {
                    #expect(table.bytes == before.bytes)
                    continue
                }
                let again = try EditableCrontab(table.text, format: .system)
                let same =
                    again.lines.map(\.kind) == table.lines.map(\.kind) && again.lines.map(\.text) == table.lines.map(\.text)
                    && again == table
                #expect(same, "seed \(seed)\n\(before.text)\n=>\n\(table.text)\n\(table.lines.map(\.kind))\n\(again.lines.map(\.kind))")
                if !same { break }
            }
        }
        #expect(done > 4_000)
    }

    @Test("Every line that an edit is not about stays as it is, in its order") func othersStay() throws {
        for seed in 0..<1_500 {
            var random = SeededGenerator(seed: UInt64(seed) + 1_000_000)
            var table = try table(&random)
            let before = table
            guard let entry = table.entries.map(\.id).randomElement(using: &random),
                let change = Self.changes.randomElement(using: &random),
                (try? table.update(entry, change)) != nil
            else { continue }
            let old = try #require(before[entry]), index = old.lineNumber - 1
            // What belongs to the entry is the block of comments above it; all else is there in the same order with the same bytes.
            let block = before.lines[..<index].reversed().prefix {
                [.comment, .directive, .disabledDirective, .disabledEntry, .dialect].contains($0.kind)
            }
            let own = Set(block.map(\.id) + [entry])
            let left = { (table: EditableCrontab) in table.lines.filter { !own.contains($0.id) }.map(\.text) }
            let foreign = Set(before.lines.map(\.id)).subtracting(own)
            #expect(left(before) == table.lines.filter { foreign.contains($0.id) }.map(\.text), "seed \(seed)")
        }
    }

    @Test("No other entry means anything else afterwards: not when it starts, what it runs, nor with what") func othersMeanTheSame() throws
    {
        for seed in 0..<1_500 {
            var random = SeededGenerator(seed: UInt64(seed) + 2_000_000)
            var table = try table(&random)
            for _ in 0..<4 {
                let before = table
                let entry = table.entries.map(\.id).randomElement(using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: if let entry, let change = Self.changes.randomElement(using: &random) { try? table.update(entry, change) }
                case 1:
                    _ = try? table.insert(
                        EntryDraft("@hourly", user: "root", command: "put in", directives: ["timeout": "1m"]),
                        at: entry.map { .after($0) } ?? .end)
                case 2: if let line = table.lines.map(\.id).randomElement(using: &random) { try? table.remove(line) }
                default:
                    if let entry, let other = table.lines.map(\.id).randomElement(using: &random) {
                        try? table.move(entry, to: .before(other))
                    }
                }
                let old = meanings(before), new = meanings(table)
                for (id, meaning) in old where id != entry {
                    guard let now = new[id] else { continue }
                    #expect(now == meaning, "seed \(seed)\n\(before.text)\n=>\n\(table.text)")
                }
            }
        }
    }

    /// What the service makes of each entry, by the id of its line.
    private func meanings(_ table: EditableCrontab) -> [LineID: String] {
        let lines = table.lines
        return Dictionary(
            table.reading.entries.map { entry in
                let parts =
                    "\(entry.timing) \(entry.command) \(entry.user ?? "") \(entry.directives) \(entry.environment.assignments) \(entry.zoneName ?? "")"
                return (lines[entry.line - 1].id, parts)
            }, uniquingKeysWith: { first, _ in first })
    }
}
