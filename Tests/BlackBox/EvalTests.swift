internal import Testing

@Suite("eval and odd questions", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct EvalTests {
    /// The answer to one question.
    private func answer(_ question: String) async throws -> String {
        let result = try await Program.verb("eval", input: question + "\n")
        #expect(result.code == 0 && result.lines.count == 1, "\(result)")
        return result.lines.first ?? ""
    }

    @Test(
        "A value of the wrong kind is named, with what is expected",
        arguments: [
            (#"{"expr":"* * * * *","count":1.5}"#, "count: expected a whole number"),
            (#"{"expr":"* * * * *","count":"3"}"#, "count: expected a whole number"),
            (#"{"expr":"* * * * *","count":1e30}"#, "count: expected a whole number"),
            (#"{"expr":"* * * * *","count":99999999999999999999}"#, "count: expected a whole number"),
            (#"{"expr":5}"#, "expr: expected a text"), ("[]", "expected one JSON object"), ("5", "expected one JSON object"),
            ("", "expected one JSON object"), (#"{"expr":"* * * * *","tz":"europe/berlin"}"#, "Europe/Berlin"),
            (#"{"expr":"* * * * *","tz":"No/Where"}"#, "tz: No/Where"), (#"{"expr":"* * * * *","after":"today"}"#, "after: today"),
            (#"{"expr":"* * * * *","after":"2500-06-01T00:00:00Z"}"#, "2499"), (#"{"path":"-"}"#, "path: -"),
        ])
    func wrongKind(_ question: String, _ words: String) async throws {
        let text = try await answer(question)
        #expect(text.hasPrefix(#"{"error":"#) && text.contains(words), "\(text)")
    }

    @Test("With a language, what expressions mean is answered, too; without one nothing is added")
    func meaning() async throws {
        let plain = #""expr":"0 9 * * 1-5","tz":"UTC","after":"2027-01-01T10:00:00Z""#, next = #""next":["2027-01-04T09:00:00+00:00"]"#
        #expect(try await answer("{\(plain)}") == "{\(next)}")
        let english = try await answer("{\(plain),\"lang\":\"en\"}")
        #expect(english.contains(next) && english.contains(#""meaning":"At 09:00 from Monday to Friday""#), "\(english)")
        #expect(try await answer("{\(plain),\"lang\":\"zh\"}").contains(#""meaning":"周一至周五 09:00""#))
        #expect(try await answer("{\(plain),\"lang\":\"fr\"}").contains(#"lang: expected \"en\" or \"zh\""#))
        let table = #"{"crontab":"@daily root true\n","lang":"en"}"#
        #expect(try await answer(table).contains(#""meaning":"At 00:00 every day""#))
        #expect(try await !answer(#"{"crontab":"@daily root true\n"}"#).contains("meaning"))
    }

    @Test("A pipe as a path is refused, and the questions after it are answered")
    func pipe() async throws {
        let folder = try Folder.temporary()
        defer { folder.remove() }
        try await Program.shell("mkfifo \(folder.path)/pipe")
        let result = try await Program.verb(
            "eval",
            input: "{\"path\":\"\(folder.path)/pipe\"}\n" + #"{"expr":"@daily","tz":"UTC","after":"2027-01-01T00:00:00Z"}"# + "\n")
        #expect(result.lines.first?.contains("not a regular file") == true)
        #expect(result.lines.last == #"{"next":["2027-01-02T00:00:00+00:00"]}"#)
    }

    @Test("A question of many megabytes without an end of line is answered as soon as it ends")
    func longLine() async throws {
        let result = try await Program.verb("eval", input: String(repeating: "x", count: 32 << 20) + "\n{\"expr\":\"@reboot\"}")
        #expect(result.lines.count == 2 && result.lines.last == #"{"next":[]}"#)
    }
}
