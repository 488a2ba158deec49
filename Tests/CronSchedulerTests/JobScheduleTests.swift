import CronScheduler
import Testing

@Suite struct JobScheduleTests {
    private static func instant(_ text: String) throws -> Instant { try #require(Instant(rfc3339: text)) }

    private static func times(_ schedule: JobSchedule, after text: String, _ count: Int) throws -> [String] {
        try schedule.fireTimes(after: instant(text)).prefix(count).map { $0.rfc3339UTC() }
    }

    @Test("Cron's weekdays and APScheduler's are told apart by name")
    func weekdays() throws {
        // 2027-01-01 is a Friday.
        let cron = try Self.times(.crontab("0 9 * * 0", weekdays: .sundayIsZero), after: "2027-01-01T00:00:00Z", 1)
        let theirs = try Self.times(.crontab("0 9 * * 0", weekdays: .mondayIsZero), after: "2027-01-01T00:00:00Z", 1)
        #expect(cron == ["2027-01-03T09:00:00Z"])
        #expect(theirs == ["2027-01-04T09:00:00Z"])
    }

    @Test(
        "APScheduler's weekday fields: ranges, steps, lists and names",
        arguments: [
            ("0 0 * * 4-6", ["2027-01-01", "2027-01-02", "2027-01-03", "2027-01-08"]),
            ("0 0 * * */2", ["2027-01-01", "2027-01-03", "2027-01-04", "2027-01-06"]),
            ("0 0 * * mon,6", ["2027-01-03", "2027-01-04", "2027-01-10", "2027-01-11"]),
            ("0 0 * * fri-sun", ["2027-01-01", "2027-01-02", "2027-01-03", "2027-01-08"]),
            // Both day fields must match, where cron takes either.
            ("0 0 13 * 4", ["2027-08-13", "2028-10-13", "2029-04-13", "2029-07-13"]),
        ])
    func theirs(_ text: String, _ days: [String]) throws {
        let times = try Self.times(.crontab(text, weekdays: .mondayIsZero), after: "2026-12-31T23:59:59Z", 4)
        #expect(times == days.map { "\($0)T00:00:00Z" })
    }

    @Test(
        "What is no crontab line of theirs is refused",
        arguments: ["0 0 * *", "0 0 * * 7", "0 0 * * 5-2", "0 0 * * funday", "@daily", "0 0 0 * * *"])
    func refused(_ text: String) {
        #expect(throws: ScheduleFault.self) { try JobSchedule.crontab(text, weekdays: .mondayIsZero).fireTimes(after: Instant(0)) }
    }

    @Test("Bounds hold for fire times before and after them, and narrow when they are set again")
    func bounds() throws {
        let start = try Self.instant("2027-01-01T00:10:00Z"), end = try Self.instant("2027-01-01T00:20:00Z")
        let schedule = JobSchedule.every(.minutes(5)).starting(at: start).ending(at: end).starting(at: start - 600)
        #expect(
            try Self.times(schedule, after: "2026-01-01T00:00:00Z", 9) == [
                "2027-01-01T00:10:00Z", "2027-01-01T00:15:00Z", "2027-01-01T00:20:00Z",
            ])
    }

    @Test("Any and all; intervals with a beginning; the calendar's")
    func others() throws {
        let noon = try Self.instant("2027-01-01T12:00:30Z")
        #expect(
            try Self.times(.every(.minutes(10), from: noon), after: "2027-01-01T12:00:00Z", 2) == [
                "2027-01-01T12:00:30Z", "2027-01-01T12:10:30Z",
            ])
        #expect(
            try Self.times(.any([.cron("0 * * * *"), .cron("30 1 * * *")]), after: "2027-01-01T00:30:00Z", 3) == [
                "2027-01-01T01:00:00Z", "2027-01-01T01:30:00Z", "2027-01-01T02:00:00Z",
            ])
        #expect(
            try Self.times(.all([.cron("0 * * * *"), .cron("* 3 * * *")]), after: "2027-01-01T00:30:00Z", 2) == [
                "2027-01-01T03:00:00Z", "2027-01-02T03:00:00Z",
            ])
        let lastDays = JobSchedule.every(1, .months, hour: 8, from: try #require(CivilDate(2027, 1, 31)), missingDay: .lastDay)
        #expect(try Self.times(lastDays, after: "2027-01-01T00:00:00Z", 2) == ["2027-01-31T08:00:00Z", "2027-02-28T08:00:00Z"])
    }

    @Test("Every kind of schedule is written as JSON and read again")
    func json() throws {
        let anchor = try #require(CivilDate(2027, 1, 31))
        let schedules: [JobSchedule] = [
            .cron("0 3 * * 1-5"), .cron("0 0 3 * * ? 2027", in: "Europe/Berlin", dialect: .quartz), .every(.seconds(90)),
            .every(.hours(1), from: Instant(-5)), .every(2, .weeks, hour: 8, minute: 30, second: 5, in: "Asia/Tokyo", from: anchor),
            .every(1, .months, missingDay: .lastDay), .at(Instant(5), Instant(3)), .any([.at(Instant(1)), .every(.days(1))]),
            .all([.cron("@daily"), .every(.hours(1))], within: .seconds(3)), .every(.minutes(1)).starting(at: Instant(7)),
            .any([.cron("@hourly").ending(at: Instant(9_000_000))]),
        ]
        for schedule in schedules { #expect(try JobSchedule(json: JSONReader.read(schedule.json.bytes)) == schedule) }
        for text in ["{}", "[]", #"{"cron":5}"#, #"{"cron":"* * * * *","dialect":"x"}"#, #"{"calendar":"moons","count":1,"time":"1:2:3"}"#]
        {
            #expect(throws: JSONFault.self) { try JobSchedule(json: JSONReader.read(Array(text.utf8))) }
        }
    }
}
