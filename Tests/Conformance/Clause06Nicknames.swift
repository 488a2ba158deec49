import CronExpressions
import Testing

@Suite("DIALECT 6: nicknames") struct Clause06Nicknames {
    @Test(
        "DIALECT 6: what they stand for",
        arguments: [
            ("@yearly", "0 0 1 1 *"), ("@annually", "0 0 1 1 *"), ("@monthly", "0 0 1 * *"), ("@weekly", "0 0 * * 0"),
            ("@daily", "0 0 * * *"),
            ("@midnight", "0 0 * * *"), ("@hourly", "0 * * * *"),
        ])
    func same(_ nickname: String, _ fields: String) throws {
        let expression = try CronExpression("  \(nickname)\t")
        #expect(expression.text == nickname)
        #expect(expression.schedule(in: .utc) == (try CronExpression(fields).schedule(in: .utc)))
    }

    @Test("DIALECT 6: @reboot has no fire times") func reboot() throws {
        let expression = try CronExpression("@reboot")
        #expect(expression.isStartup)
        let schedule = expression.schedule(in: .utc)
        #expect(schedule.neverFires)
        #expect(schedule.next(after: Instant(0)) == nil)
        #expect(schedule.previous(before: Instant(0)) == nil)
        #expect(expression.warnings.isEmpty)
    }

    @Test("DIALECT 6: lower case only") func lowerCase() {
        #expect(Accepts.suggestion("@Daily") == "@daily")
        #expect(Accepts.suggestion("@REBOOT") == "@reboot")
        #expect(Accepts.suggestion("@dayly") == "@daily")
        #expect(Accepts.suggestion("@every 90s") == "# crond: every=90s")
        for text in ["@", "@ daily", "@daily *", "@dailyx", "daily"] { #expect(!Accepts.text(text)) }
    }
}
