import CronExpressions
import Testing

/// Starts around real clock changes. The expected times are written out by hand from the rule.
@Suite("DIALECT 9: clock changes") struct Clause09ClockChanges {
    struct Case: Sendable, CustomTestStringConvertible {
        var text: String, zone: String, from: String, to: String
        var expected: [String]
        init(_ text: String, _ zone: String, _ from: String, _ to: String, _ expected: [String]) {
            (self.text, self.zone, self.from, self.to, self.expected) = (text, zone, from, to, expected)
        }
        var testDescription: String { "\(text) \(zone) \(from)" }
    }

    static let spring = ("2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00")
    static let autumn = ("2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00")

    static let cases: [Case] = [
        Case("30 2 * * *", "Europe/Berlin", spring.0, spring.1, ["2026-03-29T03:00:00+02:00"]),
        Case("0,30 2,3 * * *", "Europe/Berlin", spring.0, spring.1, ["2026-03-29T03:00:00+02:00", "2026-03-29T03:30:00+02:00"]),
        Case("*/10 2 * * *", "Europe/Berlin", spring.0, spring.1, []),
        Case(
            "30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-29T03:00:00Z",
            ["2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00", "2026-03-29T04:30:00+02:00"]),
        Case("30 2 * * *", "Europe/Berlin", autumn.0, autumn.1, ["2026-10-25T02:30:00+02:00"]),
        Case(
            "*/30 2 * * *", "Europe/Berlin", autumn.0, autumn.1,
            ["2026-10-25T02:00:00+02:00", "2026-10-25T02:30:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T02:30:00+01:00"]),
        Case(
            "@hourly", "Europe/Berlin", "2026-10-24T23:30:00Z", "2026-10-25T02:30:00Z",
            ["2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00"]),
        Case(
            "0 0-23 * * *", "Europe/Berlin", "2026-10-24T23:30:00Z", "2026-10-25T02:30:00Z",
            ["2026-10-25T02:00:00+02:00", "2026-10-25T03:00:00+01:00"]),
        Case("0 30 2 * * *", "Europe/Berlin", spring.0, spring.1, ["2026-03-29T03:00:00+02:00"]),
        Case("*/30 30 2 * * *", "Europe/Berlin", spring.0, spring.1, []),
        Case(
            "@daily", "America/Sao_Paulo", "2018-11-03T12:00:00Z", "2018-11-05T12:00:00Z",
            ["2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"]),
        Case("@daily", "Asia/Beirut", "2022-03-26T12:00:00Z", "2022-03-27T12:00:00Z", ["2022-03-27T01:00:00+03:00"]),
        Case("@daily", "America/Havana", "2026-03-07T12:00:00Z", "2026-03-08T12:00:00Z", ["2026-03-08T01:00:00-04:00"]),
        Case("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00Z", "2026-10-04T12:00:00Z", ["2026-10-04T02:30:00+11:00"]),
        Case("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T12:00:00Z", "2026-04-05T12:00:00Z", ["2026-04-05T01:45:00+11:00"]),
        Case("30 1 * * *", "Antarctica/Troll", "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z", ["2026-03-29T03:00:00+02:00"]),
        Case("30 2 * * *", "Antarctica/Troll", "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z", ["2026-10-25T02:30:00+02:00"]),
        Case(
            "0 12 * * *", "Pacific/Apia", "2011-12-29T00:00:00-10:00", "2012-01-01T00:00:00+14:00",
            ["2011-12-29T12:00:00-10:00", "2011-12-31T12:00:00+14:00"]),
        Case("0 12 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00Z", "2012-12-01T00:00:00Z", []),
        // Kwajalein skipped a day in 1993; Caracas half an hour in 2016; Pyongyang half an hour back in 2015.
        Case("0 12 21 8 *", "Pacific/Kwajalein", "1993-08-01T00:00:00Z", "1994-08-01T00:00:00Z", []),
        Case("45 2 * * *", "America/Caracas", "2016-05-01T00:00:00-04:30", "2016-05-02T00:00:00-04:00", ["2016-05-01T03:00:00-04:00"]),
        Case("45 23 * * *", "Asia/Pyongyang", "2015-08-14T12:00:00Z", "2015-08-15T12:00:00Z", ["2015-08-14T23:45:00+09:00"]),
        // Casey: three hours back in 2010 (no second start), three hours forward in 2009 (lost).
        Case("0 0 * * *", "Antarctica/Casey", "2010-03-04T12:00:00Z", "2010-03-05T00:00:00Z", ["2010-03-05T00:00:00+11:00"]),
        Case("0 3 * * *", "Antarctica/Casey", "2009-10-17T12:00:00Z", "2009-10-18T12:00:00Z", []),
        Case("30 1 * * *", "Europe/Dublin", "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z", ["2026-03-29T02:00:00+01:00"]),
        Case("30 2 * * *", "Africa/Casablanca", "2026-02-14T12:00:00Z", "2026-02-15T12:00:00Z", ["2026-02-15T02:30:00+01:00"]),
        Case(
            "30 2 * * *", "Africa/Casablanca", "2026-03-21T12:00:00Z", "2026-03-22T12:00:00Z", ["2026-03-22T03:00:00+01:00"]),
        Case("30 1 * * *", "Europe/Dublin", "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z", ["2026-10-25T01:30:00+01:00"]),
        // Midnight comes twice in Havana, the hour before it in Beirut.
        Case("@daily", "America/Havana", "2026-10-31T12:00:00Z", "2026-11-01T12:00:00Z", ["2026-11-01T00:00:00-04:00"]),
        Case(
            "*/30 0 * * *", "America/Havana", "2026-10-31T12:00:00Z", "2026-11-01T12:00:00Z",
            ["2026-11-01T00:00:00-04:00", "2026-11-01T00:30:00-04:00", "2026-11-01T00:00:00-05:00", "2026-11-01T00:30:00-05:00"]),
        Case("@daily", "Asia/Beirut", "2022-10-29T12:00:00Z", "2022-10-30T12:00:00Z", ["2022-10-30T00:00:00+02:00"]),
        Case("30 23 * * *", "Asia/Beirut", "2022-10-29T12:00:00Z", "2022-10-30T12:00:00Z", ["2022-10-29T23:30:00+03:00"]),
        Case(
            "*/30 23 * * *", "Asia/Beirut", "2022-10-29T12:00:00Z", "2022-10-30T12:00:00Z",
            ["2022-10-29T23:00:00+03:00", "2022-10-29T23:30:00+03:00", "2022-10-29T23:00:00+02:00", "2022-10-29T23:30:00+02:00"]),
        Case(
            "*/15 1 * * *", "Australia/Lord_Howe", "2026-04-04T12:00:00Z", "2026-04-05T12:00:00Z",
            [
                "2026-04-05T01:00:00+11:00", "2026-04-05T01:15:00+11:00", "2026-04-05T01:30:00+11:00", "2026-04-05T01:45:00+11:00",
                "2026-04-05T01:30:00+10:30", "2026-04-05T01:45:00+10:30",
            ]),
        Case(
            "*/30 1 * * *", "Antarctica/Troll", "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z",
            ["2026-10-25T01:00:00+02:00", "2026-10-25T01:30:00+02:00", "2026-10-25T01:00:00+00:00", "2026-10-25T01:30:00+00:00"]),
    ]

    @Test("DIALECT 9: starts", arguments: cases) func starts(_ item: Case) throws {
        #expect(try Starts.of(item.text, item.zone, item.from, item.to) == item.expected)
    }

    @Test("DIALECT 9: the last start of the first pass is remembered from inside the second") func pure() throws {
        let zone = try ZoneDatabase.system.zone(named: "Europe/Berlin")
        let schedule = try CronExpression("30 2 * * *").schedule(in: zone)
        let inside = try #require(Instant(rfc3339: "2026-10-25T02:10:00+01:00"))
        #expect(schedule.next(after: inside)?.rfc3339(in: zone) == "2026-10-26T02:30:00+01:00")
        #expect(schedule.previous(before: inside)?.rfc3339(in: zone) == "2026-10-25T02:30:00+02:00")
    }

    @Test("DIALECT 9: a gap of three hours or more is lost, one of less is caught up") func limits() throws {
        // A zone made of a rule: three hours of summer time, then two hours and 59 minutes.
        let database = ZoneDatabase(directory: "/nonexistent")
        for (rule, caught) in [("AAA0BBB-3,M3.5.0,M10.5.0", false), ("AAA0BBB-2:59,M3.5.0,M10.5.0", true)] {
            let zone = database.localZone(environmentTZ: rule)
            let schedule = try CronExpression("30 2 29 3 *").schedule(in: zone)
            let from = try #require(Instant(rfc3339: "2026-03-29T00:00:00Z"))
            let next = try #require(schedule.next(after: from))
            #expect((next - from < 86_400) == caught)
        }
        for (rule, again) in [("AAA0BBB-3,M3.5.0,M10.5.0/4", false), ("AAA0BBB-3:01,M3.5.0,M10.5.0/4", true)] {
            let zone = database.localZone(environmentTZ: rule)
            let schedule = try CronExpression("30 2 25 10 *").schedule(in: zone)
            let from = try #require(Instant(rfc3339: "2026-10-24T12:00:00Z"))
            #expect(schedule.count(in: from..<(from + 2 * 86_400)) == (again ? 2 : 1))
        }
    }
}
