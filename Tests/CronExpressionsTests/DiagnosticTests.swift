import CronExpressions
import Testing

@Suite("Diagnostics") struct DiagnosticTests {
    private func render(_ text: String, prefix: String = "", suffix: String = "") -> String {
        guard var first = Support.errors(text).first else { return "no error" }
        let shift = prefix.utf8.count
        first.range = (first.range.lowerBound + shift)..<(first.range.upperBound + shift)
        return DiagnosticRenderer.render(first, path: "/etc/crontab", line: 7, source: prefix + text + suffix)
    }

    @Test("A caret under the fault") func caret() {
        #expect(
            render("0 25 * * *", suffix: " root x") == """
                /etc/crontab:7:3: error: hour 25 is outside 0-23
                  0 25 * * * root x
                    ^~
                  expected: 0-23

                """)
        #expect(
            render("5/15 * * * *") == """
                /etc/crontab:7:1: error: minute 5/15 has a step but no range
                  5/15 * * * *
                  ^~~~
                  expected: a range or * before the step
                  write: 5-59/15

                """)
    }

    @Test("Tabs and control characters are shown escaped") func escapes() {
        #expect(
            render("0\t25\t*\t*\t*", suffix: "\u{1B}[2J") == """
                /etc/crontab:7:3: error: hour 25 is outside 0-23
                  0\\t25\\t*\\t*\\t*\\u{1b}[2J
                     ^~
                  expected: 0-23

                """)
    }

    @Test("Columns count characters, not bytes") func columns() {
        #expect(render("0 25 * * *", prefix: "äöü ").hasPrefix("/etc/crontab:7:7: error"))
    }

    @Test("Long lines are windowed around the caret") func window() {
        for pad in [0, 50, 159, 200, 1000, 100_000] {
            let text = render(
                "0 25 * * *", prefix: String(repeating: "x", count: pad) + " ", suffix: " " + String(repeating: "y", count: 500))
            let lines = text.split(separator: "\n").map(Array.init)
            #expect(lines[1].count <= 162)
            guard let caret = lines[2].firstIndex(of: "^") else { Issue.record("no caret"); continue }
            #expect(lines[1][caret...].prefix(2) == ["2", "5"])
        }
    }

    @Test("What must not be seen is a sign; columns and carets are those of the line as it is") func hidden() {
        let source = "ab secret cd"
        func lines(_ range: Range<Int>) -> [String] {
            let diagnostic = Diagnostic(severity: .error, message: "m", range: range)
            let text = DiagnosticRenderer.render(diagnostic, path: "p", line: 1, source: source, hiding: [3..<9])
            return text.split(separator: "\n").map(String.init)
        }
        #expect(lines(10..<12) == ["p:1:11: error: m", "  ab *** cd", "         ^~"])
        #expect(lines(0..<2) == ["p:1:1: error: m", "  ab *** cd", "  ^~"])
        #expect(lines(3..<9) == ["p:1:4: error: m", "  ab *** cd", "     ^~~"])
        #expect(lines(5..<6) == ["p:1:6: error: m", "  ab *** cd", "     ^~~"])
    }

    @Test("Ranges outside the source do not trap") func outside() {
        for range in [0..<0, 5..<5, 100..<200, 3..<100] {
            let diagnostic = Diagnostic(severity: .warning, message: "m", range: range)
            #expect(DiagnosticRenderer.render(diagnostic, path: "p", line: 1, source: "abcde").contains("^"))
            #expect(DiagnosticRenderer.render(diagnostic, path: "p", line: 1, source: "").contains("^"))
        }
    }

    @Test("Places are bytes of the text as given") func places() {
        let errors = Support.errors("  60 1,24 *  * 9")
        #expect(errors.map(\.range) == [2..<4, 7..<9, 15..<16])
    }

    @Test("Quartz and six fields are recognised") func quartz() throws {
        #expect(try CronExpression("0 0 12 ? * 2-6").warnings.count == 1)
        #expect(try CronExpression("0 0 12 * * ?").warnings.isEmpty)
        #expect(Support.errors("0 0 12 * * ?", .busybox).first?.suggestion == "0 12 * * *")
        #expect(
            Support.errors("0 0 12 * * ?", .busybox).first?.message
                == "the expression has 6 fields: this looks like Quartz: six fields, the first is seconds")
        #expect(Support.errors("0 12 * * *", .quartz).first?.suggestion == "0 0 12 * * ?")
    }

    @Test(
        "What is wrong with a step, a letter, a nickname",
        arguments: [
            ("*/-1 * * * *", "has the step \"-1\"", "a step of at least 1", nil),
            ("*/+1 * * * *", "has the step \"+1\"", "a step of at least 1", nil),
            ("* * * * FRI#l", "has \"l\" in lower case", "L and W in upper case", "FRI#L"),
            ("* * * * L", "has L without a day", "a day: 6L is the last Saturday of the month, 6 every Saturday", nil),
            ("* * *l * *", "has \"l\" where it cannot stand", "1-31", nil), ("* * ly * *", "takes no names, but has \"ly\"", "1-31", nil),
            ("* * * JANUARY* *", "\"JANUARY\" is too long a name", "the first three letters", nil),
            ("* * * * FRİ", "\"FRİ\" is not a name", "0-7 or SUN-SAT", nil),
            ("@dailyx", "@dailyx is not a nickname: @daily is one, but \"x\" follows it without a blank", nil, "@daily"),
            ("@daily x", "there is text after @daily", "nothing after the nickname", "@daily"),
        ] as [(String, String, String?, String?)])
    func words(_ text: String, _ message: String, _ expected: String?, _ suggestion: String?) throws {
        let error = try #require(Support.errors(text).first)
        #expect(error.message.hasSuffix(message), "\(error.message)")
        #expect(expected == nil || error.expected == expected)
        #expect(error.suggestion == suggestion)
        #expect(Support.errors("0 0 0 ? * 0", .quartz).first?.suggestion == "1")
    }

    @Test(
        "A number beside the L, and one that counts back too far",
        arguments: [
            ("0 0 L5 * *", .vixie, "has \"L5\", a number beside the L", nil),
            ("0 0 1,5L * *", .vixie, "has \"5L\", a number beside the L", nil),
            ("0 0 0 L5 * ?", .quartz, "has \"L5\", a number beside the L", "L-5"),
            ("0 0 0 L5W * ?", .quartz, "has \"L5W\", a number beside the L", "L-5W"),
            ("0 0 0 L40 * ?", .quartz, "has \"L40\", a number beside the L", nil),
            ("0 0 0 L-31 * ?", .quartz, "L-31 counts back further than a month has days", nil),
            ("0 0 *L * *", .vixie, "has \"L\" after a complete item", nil),
            ("0 0 1-5L * *", .vixie, "has \"L\" after a complete item", nil),
        ] as [(String, Dialect, String, String?)])
    func numbersBesideLast(_ text: String, _ dialect: Dialect, _ message: String, _ suggestion: String?) throws {
        let error = try #require(Support.errors(text, dialect).first)
        #expect(error.message == "day of month \(message)")
        #expect(error.suggestion == suggestion)
        #expect(error.message.contains("complete") || error.expected?.contains("L-") == true)
    }

    @Test(
        "What cannot be seen is named by its code point",
        arguments: [
            ("*\u{A0} * * * *", "U+00A0"), ("* * * * *\u{3000}", "U+3000"), ("\u{FEFF}* * * * *", "U+FEFF"),
            ("* *\u{200B} * * *", "U+200B"),
            ("* * * *\u{3000}*", "U+3000"), ("* * * *\u{A0}*", "U+00A0"), ("@daily\u{A0}", "U+00A0"), ("*\u{1B} * * * *", "U+001B"),
        ])
    func unseen(_ text: String, _ name: String) throws {
        let error = try #require(Support.errors(text).first)
        #expect(error.message.contains(name) && !error.message.unicodeScalars.contains { $0.value >= 0x80 }, "\(error.message)")
        #expect(Support.errors("* * * *\u{3000}*").first?.suggestion == "* * * * *")
        #expect(Support.errors("* * *\u{3000}x").first?.suggestion == nil)
    }

    @Test("Canonical text") func text() throws {
        #expect(try CronExpression(" */5\t1-3  * JAN +mon ").text == "*/5 1-3 * JAN +mon")
        #expect(try CronExpression("@hourly ").text == "@hourly")
    }
}
