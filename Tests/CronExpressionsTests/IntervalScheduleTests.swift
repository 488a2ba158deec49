import CronExpressions
import Testing

@Suite("Every so many seconds") struct IntervalScheduleTests {
    private func times(_ schedule: some Schedule, after instant: Int64, _ count: Int) -> [Int64] {
        schedule.fireTimes(after: Instant(instant)).prefix(count).map(\.seconds)
    }

    @Test func countsFrom1970() throws {
        let schedule = try #require(IntervalSchedule(every: 90))
        #expect(times(schedule, after: 0, 3) == [90, 180, 270])
        #expect(times(schedule, after: -1, 1) == [0])
        #expect(times(schedule, after: 89, 1) == [90])
        #expect(schedule.previous(before: Instant(90)) == Instant(0))
        #expect(schedule.previous(before: Instant(0)) == Instant(-90))
        #expect(schedule.matches(Instant(1_800_000_000)) && !schedule.matches(Instant(1_800_000_001)))
    }

    @Test func anAnchorShiftsAll() throws {
        let schedule = try #require(IntervalSchedule(every: 60, anchor: Instant(1_700_000_017)))
        #expect(schedule.matches(Instant(1_700_000_017)) && schedule.matches(Instant(1_700_000_017 - 60 * 1_000_000)))
        #expect(schedule.next(after: Instant(1_700_000_017)) == Instant(1_700_000_077))
    }

    @Test func equalFireTimesAreEqualSchedules() throws {
        let a = try #require(IntervalSchedule(every: 60)), b = try #require(IntervalSchedule(every: 60, anchor: Instant(-1200)))
        #expect(a == b && a.hashValue == b.hashValue)
        #expect(a != IntervalSchedule(every: 60, anchor: Instant(1)) && a != IntervalSchedule(every: 61))
    }

    @Test(arguments: [0, -1, Int64.min, .max, IntervalSchedule.longest + 1])
    func refusesIntervalsThatAreNone(_ seconds: Int64) { #expect(IntervalSchedule(every: seconds) == nil) }

    @Test(arguments: [1, 2, 86_400, IntervalSchedule.longest])
    func survivesExtremes(_ seconds: Int64) throws {
        for anchor in ScheduleChecks.extremes {
            let schedule = try #require(IntervalSchedule(every: seconds, anchor: anchor))
            #expect(ScheduleChecks.extremesFault(schedule) == nil)
            #expect(schedule.count(in: Instant(.min)..<Instant(.max)) > 0)
        }
    }

    @Test func tenYearsOfSecondsAreCountedAtOnce() throws {
        let schedule = try #require(IntervalSchedule(every: 1))
        #expect(schedule.count(in: Instant(0)..<Instant(315_360_000)) == 315_360_000)
    }

    @Test func agreesWithAWalk() throws {
        var random = SeededGenerator(state: Support.seed)
        for _ in 0..<200 {
            let seconds = Int64(random.below(500) + 1), anchor = Int64(random.below(2_000_000)) - 1_000_000
            let low = Int64(random.below(20_000)) - 10_000, range = Instant(low)..<Instant(low + 3000)
            let expected = (low..<(low + 3000)).filter { ($0 - anchor) % seconds == 0 }.map(Instant.init)
            let schedule = try #require(IntervalSchedule(every: seconds, anchor: Instant(anchor)))
            #expect(ScheduleChecks.fault(schedule, expected, in: range) == nil, "every \(seconds) from \(anchor), SEED=\(Support.seed)")
        }
    }
}
