import CronExpressions
import Crontabs
import Testing

@Suite("Messages about lines")
struct Messages {
    private func first(_ text: String, _ format: CrontabFormat = .user) throws -> Diagnostic {
        try #require(read(text, format).diagnostics.first).diagnostic
    }

    @Test func leadingDash() throws {
        for (line, word) in [("-5 * * * * x", "5"), ("- * * * * x", "*"), ("-@daily x", "@daily"), ("- 5", "5")] {
            let found = try first(line)
            #expect(found.message.contains("leading -") && found.message.contains("system tables"), "\(found.message)")
            #expect(found.suggestion == word && found.range.lowerBound == 0)
        }
        let apart = try first("- * * * * root x", .system)
        #expect(apart.message.contains("blanks follow the leading -") && apart.suggestion == "-*" && apart.range == 0..<3)
        #expect(read("-* * * * * root x").diagnostics.isEmpty)
    }

    @Test func gluedNickname() throws {
        for line in ["@dailyx", "@dailyx y", "@dailyroot"] {
            #expect(try first(line).message.contains("@daily is one"), "\(line)")
            #expect(try first(line).suggestion == "@daily")
        }
        #expect(try first("-@dailyx root x", .system).message.contains("@daily is one"))
        #expect(try first("@daily", .user).message == "there is no command")
    }

    @Test func whatCannotBeSeen() throws {
        #expect(try first("* * * *\u{3000}* x").message.contains("U+3000"))
        #expect(try first("# crond: name=a\u{A0}b\n* * * * * x").message.contains("U+00A0"))
        #expect(try first("CRON_TZ=UTC\u{200B}\n* * * * * x").message.contains("U+200B"))
    }

    @Test func zones() throws {
        for line in ["CRON_TZ=europe/berlin", "# crond: tz=europe/berlin"] {
            let found = try first(line + "\n* * * * * x")
            #expect(found.message.contains("europe/berlin") && found.suggestion == "Europe/Berlin")
            #expect(String(decoding: Array(line.utf8)[found.range], as: UTF8.self) == "europe/berlin")
        }
    }

    @Test func aBadIntervalIsTheOnlyFault() {
        let table = read("# crond: every=0s\n@every true\n", .user)
        #expect(table.entries.isEmpty && table.errors.count == 1 && table.errors.first?.contains("every=") == true, "\(table.errors)")
        #expect(read("# crond: name=a\n@every 90s true\n", .user).errors.contains { $0.contains("does not say how often") })
    }

    @Test func aReplacedZone() {
        let table = read("CRON_TZ=No/Where\n* * * * * x\nCRON_TZ=UTC\n", dialect: .supercronic)
        #expect(table.entries.map(\.zoneName) == ["UTC"] && table.errors.isEmpty)
        #expect(table.warnings.first?.contains("a CRON_TZ below replaces it") == true)
        let last = read("CRON_TZ=UTC\n* * * * * x\nCRON_TZ=No/Where\n", dialect: .supercronic)
        #expect(last.entries.isEmpty && last.errors.contains { $0.contains("the entries of this file do not run") })
    }
}
