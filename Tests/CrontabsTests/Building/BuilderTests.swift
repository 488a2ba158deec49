import CronExpressions
import Crontabs
import Testing

@Suite("Building schedules")
struct BuilderTests {
    static let texts: [(ScheduleText, String)] = [
        (ScheduleText(minute: .every(5)), "*/5 * * * *"), (ScheduleText(minute: .every(1)), "* * * * *"),
        (ScheduleText(minute: .on(0, 30), hour: .during(9, 17), dayOfWeek: .during(.monday, .friday)), "0,30 9-17 * * MON-FRI"),
        (ScheduleText(minute: 0, hour: .during(0, 23, every: 2)), "0 0-23/2 * * *"),
        (ScheduleText(minute: .on(5).also(.during(10, 20)).also(.on(45)), hour: "3"), "5,10-20,45 3 * * *"),
        (ScheduleText(minute: .drawn(from: 0, to: 29), hour: 4), "0~29 4 * * *"),
        (ScheduleText(minute: 0, hour: 0, dayOfMonth: .lastDay), "0 0 L * *"),
        (ScheduleText(minute: 0, hour: 0, dayOfMonth: .lastWorkday), "0 0 LW * *"),
        (ScheduleText(minute: 0, hour: 0, dayOfMonth: .workday(nearestTo: 15)), "0 0 15W * *"),
        (ScheduleText(minute: 0, hour: 0, dayOfWeek: .nth(3, .friday)), "0 0 * * FRI#3"),
        (ScheduleText(minute: 0, hour: 0, dayOfWeek: .last(.sunday)), "0 0 * * SUN#L"),
        (.daily(hour: 3, minute: 30), "30 3 * * *"), (.weekly(on: .on(.monday, .thursday), hour: 6), "0 6 * * MON,THU"),
        (.monthly(on: 15), "0 0 15 * *"), (.yearly(month: .on(.january), day: 1), "0 0 1 JAN *"), (.hourly, "@hourly"),
        (.reboot, "@reboot"),
        ("  0\t3 * * *  ", "0 3 * * *"),
    ]

    @Test("Each is the text that it says, and a schedule", arguments: 0..<18) func text(_ number: Int) throws {
        let (schedule, text) = Self.texts[number]
        #expect(schedule.description == text)
        #expect(try schedule.expression() != nil)
        var table = try editable("")
        try table.append(EntryDraft(schedule, command: "x"))
        #expect(table.text == text + " x\n")
    }

    @Test("Every so many of a unit, the smaller fields at their beginning") func every() throws {
        #expect(try ScheduleText.every(5, .minutes) == "*/5 * * * *")
        #expect(try ScheduleText.every(1, .hours) == "0 * * * *")
        #expect(try ScheduleText.every(2, .hours) == "0 */2 * * *")
        #expect(try ScheduleText.every(10, .days) == "0 0 */10 * *")
        #expect(try ScheduleText.every(3, .months) == "0 0 1 */3 *")
        for (count, unit) in [(90, ScheduleText.Unit.minutes), (0, .hours), (-1, .days), (24, .hours), (13, .months), (.max, .minutes)] {
            #expect(throws: CrontabEditError.self) { try ScheduleText.every(count, unit) }
        }
    }

    @Test("Fields by name") func fields() throws {
        var schedule: ScheduleText = "@weekly"
        #expect(schedule.field(.dayOfWeek) == "0" && schedule.field(.second) == nil && ScheduleText("@reboot").field(.minute) == nil)
        try schedule.set(.dayOfWeek, to: .on(.friday))
        #expect(schedule == "0 0 * * FRI")
        #expect(throws: CrontabEditError.self) { try schedule.set(.year, to: 2030) }
        #expect(ScheduleText("0 0 1 1 * 2030").field(.year, dialect: .supercronic) == "2030")
        #expect(ScheduleText("30 0 0 1 1 *").field(.second) == "30")
    }

    @Test("Commands with a % and standard input") func commands() throws {
        var table = try editable("")
        let id = try table.append(EntryDraft("@daily", command: EntryDraft.text(of: "date +%F \\%", input: "50 %\nof it\n")))
        let entry = try #require(table[id])
        #expect(entry.command == "date +\\%F \\\\%%50 \\%%of it")
        #expect(entry.shellCommand == "date +%F \\%" && entry.input == "50 %\nof it\n")
    }
}

@Suite("What entries mean in words")
struct EntryDescriptionTests {
    static let cases: [(String, String, String)] = [
        ("0 3 * * 1-5 x", "At 03:00 from Monday to Friday", "周一至周五 03:00"),
        ("CRON_TZ=Asia/Tokyo\n0 3 * * * x", "At 03:00 every day (Asia/Tokyo)", "每天 03:00（Asia/Tokyo 时间）"),
        ("# crond: tz=Europe/Berlin\n@daily x", "At 00:00 every day (Europe/Berlin)", "每天 00:00（Europe/Berlin 时间）"),
        ("CRON_TZ=Asia/Tokyo\n@reboot x", "Once at each start of the service", "服务每次启动时一次"),
        ("# crond: every=90s\n@every x", "Every 90 seconds", "每 90 秒"), ("# crond: every=1h\n@every 60m x", "Every hour", "每小时"),
        ("# crond: every=36h\n@every x", "Every 36 hours", "每 36 小时"), ("# crond: every=5m\n@every x", "Every 5 minutes", "每 5 分钟"),
        (
            "# crond: after=2027-01-01T00:00:00Z until=2028-01-01T00:00:00Z jitter=30s\n0 0 * * 5L x",
            "At 00:00 on the last Friday of every month, from 2027-01-01T00:00:00Z on, until 2028-01-01T00:00:00Z, up to 30s later",
            "每月最后一个周五 00:00，自 2027-01-01T00:00:00Z 起，至 2028-01-01T00:00:00Z 止，最多推迟 30s"
        ),
        ("# crond: dialect=quartz\n15 0 12 ? * 2-6 2030 x", "At 12:00:15 from Monday to Friday, in 2030", "2030 年周一至周五 12:00:15"),
        ("#0 0 15W * * x", "At 00:00 on the weekday (Monday to Friday) nearest to the 15th of every month", "每月离 15 日最近的工作日（周一至周五）00:00"),
        ("0,20-30/5,59 * * * * x", "At minutes 0, every 5th from 20 to 30 and 59 of every hour", "每小时第 0、20、25、30、59 分"),
    ]

    @Test("In English and in Chinese", arguments: 0..<12) func words(_ number: Int) throws {
        let (text, english, chinese) = Self.cases[number]
        let entry = try #require(try editable(text).entries.first { _ in true })
        #expect(entry.description(in: .english) == english)
        #expect(entry.description(in: .chinese) == chinese)
    }

    @Test("Nothing is said about what does not run") func none() throws {
        #expect(try editable("CRON_TZ=No/Where\n0 3 * * * x").entries.map { $0.description(in: .english) } == [nil])
        #expect(ScheduleText("61 * * * *").description(in: .english) == nil)
        #expect(ScheduleText("*/5 * * * *").description(in: .chinese) == "每 5 分钟")
    }

    @Test("How often, in words of the schedule") func frequency() throws {
        let entry = try #require(try editable("*/15 9-17 * * 1-5 x").entries.first { _ in true })
        let day = Instant(86_400 * 4)..<Instant(86_400 * 5)
        #expect(entry.timing?.count(in: day) == 36)
        #expect(try editable("@reboot x").entries.map { $0.timing == nil } == [true])
    }
}
