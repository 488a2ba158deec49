import CronExpressions
import Testing

@Suite("Advice") struct AdviceTests {
    /// All advice after the beginning of 2027.
    private func advice(_ text: String, _ zone: String = "UTC", _ language: ExplanationLanguage = .english) throws -> [Diagnostic] {
        let now = try #require(Instant(rfc3339: "2027-01-01T00:00:00Z"))
        return Explanation(of: try CronExpression(text), in: try Support.zone(zone), after: now, count: 0, language: language).advice
    }

    private func messages(_ text: String, _ zone: String = "UTC") throws -> [String] { try advice(text, zone).map(\.message) }

    @Test("Nothing to say", arguments: ["30 4 * * *", "*/5 * * * *", "0 9 * * MON-FRI", "*/10 * * * * *", "15 */6 * * *", "7 3 1 * *"])
    func nothing(_ text: String) throws {
        let found = try messages(text, "Europe/Berlin").filter { !$0.contains("fields") }
        #expect(found.isEmpty)
    }

    @Test("A time that the clock skips and repeats: a fixed job") func fixed() throws {
        let found = try advice("30 2 * * *", "Europe/Berlin")
        #expect(
            found.map(\.message) == [
                "02:30 does not exist in Europe/Berlin on 2027-03-28, when the clock goes from 02:00 to 03:00: this starts once at 03:00 instead",
                "02:30 comes twice in Europe/Berlin on 2027-10-31, when the clock goes back from 03:00 to 02:00: this starts only the first time",
            ])
        #expect(found.map(\.severity) == [.warning, .note])
    }

    @Test("A time that the clock skips and repeats: a wild job") func wild() throws {
        let found = try advice("*/10 2 * * *", "Europe/Berlin")
        #expect(
            found.map(\.message) == [
                "02:00 and other times do not exist in Europe/Berlin on 2027-03-28, when the clock goes from 02:00 to 03:00: "
                    + "this does not start for them",
                "02:00 and other times come twice in Europe/Berlin on 2027-10-31, when the clock goes back from 03:00 to 02:00: "
                    + "this starts both times",
            ])
        #expect(found.map(\.severity) == [.warning, .warning])
    }

    @Test(
        "The clock changes of other zones",
        arguments: [
            ("@daily", "America/Havana", "00:00 does not exist in America/Havana on 2027-03-14", "at 01:00 instead"),
            ("@daily", "Asia/Beirut", "00:00 does not exist in Asia/Beirut on 2027-03-28", "at 01:00 instead"),
            ("15 2 * * *", "Australia/Lord_Howe", "02:15 does not exist in Australia/Lord_Howe on 2027-10-03", "at 02:30 instead"),
            ("30 1 * * *", "Antarctica/Troll", "01:30 does not exist in Antarctica/Troll on 2027-03-28", "at 03:00 instead"),
            ("30 1 * * *", "Europe/Dublin", "01:30 does not exist in Europe/Dublin on 2027-03-28", "at 02:00 instead"),
        ])
    func zones(_ text: String, _ zone: String, _ start: String, _ end: String) throws {
        let found = try messages(text, zone)
        #expect(found.contains { $0.hasPrefix(start) && $0.hasSuffix(end) }, "\(found)")
    }

    @Test("A day that is not the day of the change, and a job of every hour, are not concerned")
    func notConcerned() throws {
        for text in ["30 2 1 * *", "30 2 * * MON", "*/7 * * * *", "30 0-23 * * *"] {
            let found = try messages(text, "Europe/Berlin").filter { $0.contains("clock") }
            #expect(found.isEmpty)
        }
    }

    @Test("A day lost whole: Apia, 2011") func apia() throws {
        let now = try #require(Instant(rfc3339: "2011-12-01T00:00:00Z"))
        let zone = try Support.zone("Pacific/Apia")
        let found = Explanation(of: try CronExpression("30 12 * * *"), in: zone, after: now, count: 0).advice.map(\.message)
        #expect(found.first?.hasPrefix("12:30 does not exist in Pacific/Apia on 2011-12-30") == true, "\(found)")
        #expect(found.first?.hasSuffix("this does not start for it") == true)
    }

    @Test(
        "Uneven steps",
        arguments: [
            ("*/7 * * * *", "minute */7 is uneven: after 56 comes 0, 4 minutes later, not 7", "*/6 or */10"),
            ("0 */5 * * *", "hour */5 is uneven: after 20 comes 0, 4 hours later, not 5", "*/4 or */6"),
            ("*/45 * * * *", "minute */45 is uneven: after 45 comes 0, 15 minutes later, not 45", "*/30"),
            ("3-59/7 * * * *", "minute 3-59/7 is uneven: after 59 comes 3, 4 minutes later, not 7", "*/6 or */10"),
            ("*/25 * * * * *", "second */25 is uneven: after 50 comes 0, 10 seconds later, not 25", "*/20 or */30"),
            ("7 4 * */5 *", "month */5 is uneven: after 11 comes 1, 2 months later, not 5", "*/4 or */6"),
            ("7 4 * * */2", "day of week */2 is uneven: after 6 comes 0, 1 day later, not 2", nil),
        ] as [(String, String, String?)])
    func uneven(_ text: String, _ message: String, _ suggestion: String?) throws {
        let found = try advice(text).first
        #expect(found?.message == message)
        #expect(found?.suggestion == suggestion)
    }

    @Test("Every second day of the month is uneven") func unevenDays() throws {
        #expect(try messages("7 4 */2 * *").first?.hasPrefix("day of month */2 is uneven") == true)
    }

    @Test(
        "Steps that come out even, or whose end is never reached",
        arguments: ["*/15 * * * *", "5-59/15 * * * *", "*/7 4 * * *", "7 */5 * * MON", "10-40/7 * * * *"])
    func even(_ text: String) throws {
        #expect(try messages(text).isEmpty)
    }

    @Test("Never, never again, and a step beyond the range") func never() throws {
        #expect(try messages("0 0 30 2 *") == ["no day of any year matches, so this never runs"])
        #expect(try messages("0 30 4 1 1 ? 2020").first == "all its fire times are past, so this never runs again")
        #expect(try messages("*/100 4 * * *") == ["minute */100 steps over everything but 0"])
        #expect(try messages("@reboot").isEmpty)
    }

    @Test("Both day fields") func bothDays() throws {
        #expect(try messages("7 4 13 * 5") == ["either of day of month 13 and day of week 5 is enough"])
    }

    @Test(
        "The minute at which everybody's jobs start",
        arguments: [("0 0 * * *", "~ 0 * * *"), ("@daily", "~ 0 * * *"), ("@hourly", "~ * * * *"), ("0 * * * *", "~ * * * *")])
    func crowded(_ text: String, _ instead: String) throws {
        let found = try #require(advice(text).last)
        #expect(found.severity == .note)
        #expect(found.suggestion == instead)
    }

    @Test("Six fields are shown as a crontab writes them") func sixFields() throws {
        #expect(try advice("0 0 12 * * ?").last?.suggestion == "0 12 * * *")
        #expect(try advice("5 0 12 * * ?").last?.suggestion == nil)
    }

    @Test("In Chinese, with the same places") func chinese() throws {
        for text in ["30 2 13 * 5", "*/10 2 * * *", "*/7 * * * *", "*/100 4 * * *", "@daily", "0 0 30 2 *", "0 0 12 ? * 2-6"] {
            let (english, chinese) = (try advice(text, "Europe/Berlin"), try advice(text, "Europe/Berlin", .chinese))
            #expect(english.map(\.range) == chinese.map(\.range) && english.map(\.severity) == chinese.map(\.severity))
            #expect(!english.isEmpty && zip(english, chinese).allSatisfy { $0.message != $1.message })
        }
        let first = try #require(advice("*/7 * * * *", "UTC", .chinese).first)
        let shown = DiagnosticRenderer.render(first, path: "x", line: 1, source: "*/7 * * * *", language: .chinese)
        #expect(shown.hasPrefix("x:1:1: 警告: 分钟 */7 的间隔不均匀"))
    }
}
