import CronExpressions
import Testing

@Suite("Text of other schedulers") struct ForeignTextTests {
    private func first(_ text: String) -> Diagnostic? { Support.errors(text).first }

    @Test(
        "Quartz is recognised where this dialect cannot read it",
        arguments: [
            ("0 0 12 ? * FRI-MON *", "0 12 * * FRI-SAT,SUN-MON"),
            ("0 0/5 * * * ?", "*/5 * * * *"),
            ("0 5/15 8 ? * 2#1", "5-59/15 8 * * MON#1"),
            ("0 0 0 L-3 * ?", nil),
        ] as [(String, String?)])
    func quartz(_ text: String, _ suggestion: String?) {
        #expect(Support.errors(text).count == 1)
        #expect(first(text)?.message.hasPrefix("this looks like Quartz") == true)
        #expect(first(text)?.suggestion == suggestion)
        #expect(first(text)?.expected == "five fields, or # crond: dialect=quartz above the first entry")
    }

    @Test(
        "A zone before the fields, Amazon's forms, Jenkins' H",
        arguments: [
            ("TZ=Asia/Tokyo 0 5 * * *", "0 5 * * *"),
            ("CRON_TZ=Asia/Tokyo @daily", "@daily"),
            ("cron(0 12 ? * 2-6 *)", "0 12 * * MON-FRI"), ("cron(0 12 * * ? *)", "0 12 * * *"), ("rate(5 minutes)", "# crond: every=5m"),
            ("H * * * *", "~"), ("H/15 * * * *", "*/15"), ("H(0-29) * * * *", "0~29"), ("H(0-29)/10 * * * *", "0-29/10"),
            ("* * * * H", "~"),
            ("@every 5m", "# crond: every=5m"), ("@Daily", "@daily"), ("* * * * MONDAY", "MON"), ("5/15 * * * *", "5-59/15"),
            ("* 22-2 * * *", "22-23,0-2"),
        ])
    func others(_ text: String, _ suggestion: String) { #expect(first(text)?.suggestion == suggestion) }

    @Test("What is nobody's text keeps its own errors", arguments: ["H H H H H H x", "TZ=x", "cron(", "cron()", "rate(x)", "0 0 99 * * ?"])
    func nobody(_ text: String) {
        #expect(first(text) != nil)
        #expect(first(text)?.message.contains("looks like") == false)
    }

    @Test("Six and seven fields in five, and back to the same fire times") func fiveFields() throws {
        for (text, dialect, five) in [
            ("0 0 12 ? * MON-FRI *", Dialect.quartz, "0 12 * * MON-FRI"), ("0 15 10 L * ?", .quartz, "15 10 L * *"),
            ("0 15 10 ? * 6L", .quartz, "15 10 * * FRIL"), ("0 */7 1-3 * 2 ?", .quartz, "*/7 1-3 * 2 *"),
            ("0 0 22-2 ? * *", .quartz, "0 22-23,0-2 * * *"), ("0 0 20-4/4 ? * *", .quartz, "0 20,0,4 * * *"),
            ("0 1~5 4 1W * *", .vixie, "1~5 4 1W * *"),
        ] {
            let expression = try CronExpression(text, dialect: dialect)
            let found = try #require(expression.fiveFields)
            #expect(found == five)
            let (a, b) = (expression.schedule(in: .utc), try CronExpression(found).schedule(in: .utc))
            if !text.contains("~") {
                #expect(a.fireTimes(after: Instant(0)).prefix(200).elementsEqual(b.fireTimes(after: Instant(0)).prefix(200)))
            }
        }
        #expect(try CronExpression("5 0 12 ? * *", dialect: .quartz).fiveFields == nil)
        #expect(try CronExpression("0 0 12 ? * * 2030", dialect: .quartz).fiveFields == nil)
    }
}
