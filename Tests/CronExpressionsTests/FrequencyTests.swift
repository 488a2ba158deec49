import CronExpressions
import Testing

@Suite("How often a schedule fires")
struct FrequencyTests {
    private func schedule(_ text: String) throws -> CronSchedule { try CronExpression(text).schedule(in: .utc) }

    private func start(of year: Int) throws -> Instant { try #require(Instant(rfc3339: "\(year)-01-01T00:00:00Z")) }

    @Test("In an hour, on a day, in a month and a year") func counts() throws {
        let work = try schedule("*/15 9-17 * * 1-5")
        #expect(work.timesPerHour == 4 && work.timesPerDay == 36)
        #expect(work.days(year: 2027) == 261 && work.times(year: 2027) == 261 * 36)
        #expect(work.times(year: 2027, month: 2) == 20 * 36)
        #expect(work.times(year: 2027, month: 2, day: 1) == 36 && work.times(year: 2027, month: 2, day: 6) == 0)
        #expect(work.times(year: 2027, month: 2, day: 1, hour: 9) == 4 && work.times(year: 2027, month: 2, day: 1, hour: 8) == 0)
        let leap = try schedule("0 0 29 2 *")
        #expect(leap.times(year: 2027) == 0 && leap.times(year: 2028) == 1)
        let seconds = try schedule("*/10 * * * * *")
        #expect(seconds.timesPerHour == 360 && seconds.timesPerDay == 8640)
        #expect(try schedule("0 0 0 1 1 * 2030").times(year: 2029) == 0)
        #expect(try schedule("0 0 30 2 *").timesPerDay == 0)
        #expect(try schedule("@reboot").times(year: 2027) == 0)
    }

    @Test("Places that no calendar has have none") func outside() throws {
        let always = try schedule("* * * * *")
        for (year, month, day, hour) in [
            (0, 1, 1, 0), (2027, 0, 1, 0), (2027, 13, 1, 0), (2027, 2, 30, 0), (2027, 1, 0, 0), (2027, 1, 1, 24), (Int.max, 1, 1, 0),
        ] {
            #expect(always.times(year: year, month: month, day: day, hour: hour) == 0)
        }
        #expect(always.days(year: .min) == 0)
    }

    @Test("Where no clock is changed they agree with the fire times") func agree() throws {
        for text in ["*/7 3 * * *", "0 0 13 * 5", "0 0 L * *", "0 12 * * 5#3", "5,10-20/3 */5 1-7 */2 *", "30 0 0 * * *", "0 0 15W * *"] {
            let schedule = try schedule(text)
            for year in [2026, 2028] {
                let range = try start(of: year)..<start(of: year + 1)
                #expect(schedule.times(year: year) == schedule.count(in: range), "\(text)")
                #expect(schedule.count(in: range, atMost: 5) == min(5, schedule.count(in: range)))
            }
        }
    }
}
