import CronExpressions
import Testing

@Suite("DIALECT 1: fields") struct Clause01Fields {
    @Test(
        "DIALECT 1: five, six and seven fields, split by blanks and tabs only",
        arguments: [("* * * * *", 5), ("0 * * * * *", 6), ("0 * * * * * 2030", 7), (" *\t* *  * * \t", 5)])
    func counts(_ text: String, _ count: Int) throws {
        let expression = try CronExpression(text)
        #expect(expression.fields.count == count)
        #expect(expression.fields.last?.kind == (count == 7 ? .year : .dayOfWeek))
        #expect(expression.fields.first?.kind == (count == 5 ? .minute : .second))
    }

    @Test("DIALECT 1: other counts are errors", arguments: ["", " ", "*", "* * * *", "* * * * * * * *", "*\n* * * *", "*\u{A0}* * * *"])
    func wrongCounts(_ text: String) {
        #expect(Accepts.errors(text) == 1)
    }

    @Test(
        "DIALECT 1: the limits of every field",
        arguments: [
            "0 0 1 1 0", "59 23 31 12 7", "0 0 0 1 1 0", "59 59 23 31 12 7", "0 0 0 1 1 0 1970", "0 0 0 1 1 0 2199",
        ])
    func inside(_ text: String) { #expect(Accepts.text(text)) }

    @Test(
        "DIALECT 1: beyond the limits",
        arguments: [
            "60 0 1 1 0", "0 24 1 1 0", "0 0 0 1 0", "0 0 32 1 0", "0 0 1 0 0", "0 0 1 13 0", "0 0 1 1 8", "60 0 0 1 1 0",
            "0 0 0 1 1 0 1969", "0 0 0 1 1 0 2200", "-1 * * * *", "99999999999999999999999999 * * * *",
        ])
    func outside(_ text: String) { #expect(Accepts.errors(text) == 1) }

    @Test("DIALECT 1: 0 and 7 are Sunday") func sunday() throws {
        #expect(
            try Starts.of("0 0 * * 7", "UTC", "2026-10-24T00:00:00Z", "2026-11-03T00:00:00Z")
                == ["2026-10-25T00:00:00+00:00", "2026-11-01T00:00:00+00:00"])
        #expect(
            try Starts.of("0 0 * * 0", "UTC", "2026-10-24T00:00:00Z", "2026-11-03T00:00:00Z")
                == Starts.of("0 0 * * 7", "UTC", "2026-10-24T00:00:00Z", "2026-11-03T00:00:00Z"))
    }

    @Test("DIALECT 1: seconds first, year last") func secondsAndYear() throws {
        #expect(
            try Starts.of("5,50 0 0 1 1 * 2030", "UTC", "2026-01-01T00:00:00Z", "2040-01-01T00:00:00Z")
                == ["2030-01-01T00:00:05+00:00", "2030-01-01T00:00:50+00:00"])
    }
}
