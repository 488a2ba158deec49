import CronExpressions
import Testing

@Suite("Every so many days, weeks, months or years") struct CalendarIntervalTests {
    private func times(_ schedule: CalendarIntervalSchedule?, after: String, _ count: Int) throws -> [String] {
        let schedule = try #require(schedule)
        return schedule.fireTimes(after: ScheduleChecks.instant(after)).prefix(count).map { $0.rfc3339(in: schedule.zone) }
    }

    private func time(_ hour: Int, _ minute: Int = 0) -> TimeOfDay { TimeOfDay(hour: hour, minute: minute) ?? .midnight }

    @Test func everySecondDayAtNineInBerlin() throws {
        let schedule = CalendarIntervalSchedule(
            every: 2, .days, at: time(9), in: try Support.zone("Europe/Berlin"), from: try #require(CivilDate(2027, 3, 26)))
        #expect(
            try times(schedule, after: "2027-03-26T08:00:00Z", 2) == ["2027-03-28T09:00:00+02:00", "2027-03-30T09:00:00+02:00"],
            "nine stays nine over the clock change")
    }

    @Test func weeksBeginOnThursdayUnlessAnchored() throws {
        #expect(
            try times(CalendarIntervalSchedule(every: 1, .weeks, in: .utc), after: "2027-01-01T00:00:00Z", 1) == [
                "2027-01-07T00:00:00+00:00"
            ])
        let monday = CalendarIntervalSchedule(every: 2, .weeks, in: .utc, from: try #require(CivilDate(2027, 1, 4)))
        #expect(try times(monday, after: "2027-01-04T00:00:00Z", 1) == ["2027-01-18T00:00:00+00:00"])
    }

    @Test func monthsWithoutTheDayAreSkipped() throws {
        let anchor = try #require(CivilDate(2027, 1, 31))
        #expect(
            try times(CalendarIntervalSchedule(every: 1, .months, in: .utc, from: anchor), after: "2027-01-31T00:00:00Z", 2)
                == ["2027-03-31T00:00:00+00:00", "2027-05-31T00:00:00+00:00"])
        let last = CalendarIntervalSchedule(every: 1, .months, in: .utc, from: anchor, missingDay: .lastDay)
        #expect(
            try times(last, after: "2027-01-31T00:00:00Z", 3)
                == ["2027-02-28T00:00:00+00:00", "2027-03-31T00:00:00+00:00", "2027-04-30T00:00:00+00:00"])
    }

    @Test func leapDays() throws {
        let schedule = CalendarIntervalSchedule(every: 1, .years, in: .utc, from: try #require(CivilDate(2096, 2, 29)))
        #expect(try times(schedule, after: "2096-02-29T00:00:00Z", 2) == ["2104-02-29T00:00:00+00:00", "2108-02-29T00:00:00+00:00"])
        let never = CalendarIntervalSchedule(every: 100, .years, in: .utc, from: try #require(CivilDate(2000, 2, 29)))
        #expect(try times(never, after: "2000-02-29T00:00:00Z", 3) == ["2400-02-29T00:00:00+00:00"])
    }

    @Test func aTimeInAGapFiresAfterItAndOneInAFoldOnce() throws {
        let zone = try Support.zone("Europe/Berlin")
        let schedule = CalendarIntervalSchedule(every: 1, .days, at: time(2, 30), in: zone)
        #expect(
            try times(schedule, after: "2027-03-27T12:00:00Z", 2) == ["2027-03-28T03:00:00+02:00", "2027-03-29T02:30:00+02:00"])
        #expect(
            try times(schedule, after: "2027-10-30T12:00:00Z", 2) == ["2027-10-31T02:30:00+02:00", "2027-11-01T02:30:00+01:00"])
    }

    @Test func aDayThatTheCalendarSkipsIsLost() throws {
        let schedule = try #require(CalendarIntervalSchedule(every: 1, .days, at: time(12), in: try Support.zone("Pacific/Apia")))
        #expect(
            try times(schedule, after: "2011-12-29T00:00:00Z", 2) == ["2011-12-29T12:00:00-10:00", "2011-12-31T12:00:00+14:00"])
        let range = ScheduleChecks.instant("2011-12-20T00:00:00Z")..<ScheduleChecks.instant("2012-01-10T00:00:00Z")
        #expect(schedule.count(in: range) == Array(schedule.fireTimes(in: range)).count)
    }

    @Test(arguments: [0, -1, Int.min, Int.max, 1_000_001])
    func refusesIntervalsThatAreNone(_ count: Int) {
        for unit in CalendarIntervalSchedule.Unit.allCases { #expect(CalendarIntervalSchedule(every: count, unit, in: .utc) == nil) }
    }

    @Test func refusesDatesAndTimesThatAreNone() {
        #expect(CivilDate(2027, 2, 29) == nil && CivilDate(0, 1, 1) == nil && CivilDate(2027, 13, 1) == nil && CivilDate(.max, 1, 1) == nil)
        #expect(TimeOfDay(hour: 24) == nil && TimeOfDay(hour: 0, minute: 60) == nil && TimeOfDay(hour: 0, second: -1) == nil)
    }

    @Test(arguments: CalendarIntervalSchedule.Unit.allCases)
    func survivesExtremes(_ unit: CalendarIntervalSchedule.Unit) throws {
        for zone in ["UTC", "Pacific/Apia", "America/New_York"] {
            let schedule = try #require(CalendarIntervalSchedule(every: 1, unit, at: time(23, 59), in: try Support.zone(zone)))
            #expect(ScheduleChecks.extremesFault(schedule) == nil)
            #expect(schedule.count(in: Instant(.min)..<Instant(.max)) > 2400)
        }
    }

    @Test func aDailyOneIsTheDailyCronJob() throws {
        var random = SeededGenerator(state: Support.seed)
        for name in DifferentialTests.zones {
            let zone = try Support.zone(name)
            for _ in 0..<6 {
                let (hour, minute) = (random.below(24), random.below(60))
                let schedule = try #require(CalendarIntervalSchedule(every: 1, .days, at: time(hour, minute), in: zone))
                let cron = try CronExpression("\(minute) \(hour) * * *").schedule(in: zone)
                let low = Instant(Int64(random.below(24_000) + 1500) * 86_400), range = low..<(low + 700 * 86_400)
                let fault = ScheduleChecks.fault(schedule, Array(cron.fireTimes(in: range)), in: range)
                #expect(fault == nil, "\(hour):\(minute) in \(name) from \(low.rfc3339UTC()), SEED=\(Support.seed): \(fault ?? "")")
            }
        }
    }

    /// Picks the dates out of those of a daily schedule.
    @Test func longerStepsPickFromTheDays() throws {
        var random = SeededGenerator(state: Support.seed &+ 1)
        for round in 0..<60 {
            let zone = try Support.zone(DifferentialTests.zones[round % DifferentialTests.zones.count])
            let anchor = try #require(CivilDate(1990 + random.below(60), 1 + random.below(12), 28))
            let unit = CalendarIntervalSchedule.Unit.allCases[round % 4], step = 1 + random.below(5)
            let schedule = try #require(CalendarIntervalSchedule(every: step, unit, at: time(2, 30), in: zone, from: anchor))
            let daily = try CronExpression("30 2 * * *").schedule(in: zone)
            let low = Instant(Int64(random.below(20_000) + 5000) * 86_400), range = low..<(low + 1500 * 86_400)
            let start =
                ScheduleChecks.instant("\(anchor.year)-\(anchor.month < 10 ? "0" : "")\(anchor.month)-28T02:30:00Z").seconds / 86_400
            let expected = daily.fireTimes(in: range).filter { time in
                let date = time.civil(in: zone)
                let day = (time.seconds + Int64(zone.offset(at: time))) / 86_400
                switch unit {
                case .days: return (day - start) % Int64(step) == 0
                case .weeks: return (day - start) % Int64(7 * step) == 0
                case .months: return date.day == 28 && (date.year * 12 + date.month - anchor.year * 12 - anchor.month) % step == 0
                case .years: return date.day == 28 && date.month == anchor.month && (date.year - anchor.year) % step == 0
                }
            }
            let fault = ScheduleChecks.fault(schedule, expected, in: range)
            #expect(fault == nil, "every \(step) \(unit) in \(zone.identifier), SEED=\(Support.seed): \(fault ?? "")")
        }
    }
}
