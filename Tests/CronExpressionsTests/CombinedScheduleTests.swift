import CronExpressions
import Testing

@Suite("Bounds, dates and combinations") struct CombinedScheduleTests {
    private func every(_ seconds: Int64, _ anchor: Int64 = 0) throws -> IntervalSchedule {
        try #require(IntervalSchedule(every: seconds, anchor: Instant(anchor)))
    }

    private func seconds(_ schedule: some Schedule, _ low: Int64, _ high: Int64) -> [Int64] {
        schedule.fireTimes(in: Instant(low)..<Instant(high)).map(\.seconds)
    }

    @Test func onceAndSeveralTimes() {
        #expect(seconds(OneTimeSchedule(at: Instant(50)), 0, 100) == [50])
        let several = OneTimeSchedule(at: [70, -5, 70, .max, .min, 3].map(Instant.init))
        #expect(several.instants.map(\.seconds) == [.min, -5, 3, 70, .max])
        #expect(several.next(after: Instant(70)) == Instant(.max) && several.previous(before: Instant(-5)) == Instant(.min))
        #expect(several.fireTimes(after: Instant(3)).map(\.seconds) == [70, .max])
        #expect(several.fireTimes(in: Instant(.min)..<Instant(71)).map(\.seconds) == [.min, -5, 3, 70])
        #expect(several.count(in: Instant(.min)..<Instant(.max)) == 4)
        #expect(ScheduleChecks.extremesFault(several) == nil)
        #expect(ScheduleChecks.extremesFault(OneTimeSchedule(at: [])) == nil)
    }

    @Test func boundsThemselvesCount() throws {
        let schedule = BoundedSchedule(try every(10), from: Instant(20), through: Instant(50))
        #expect(seconds(schedule, 0, 100) == [20, 30, 40, 50])
        #expect(schedule.next(after: Instant(50)) == nil && schedule.previous(before: Instant(20)) == nil)
        #expect(schedule.previous(before: Instant(1000)) == Instant(50) && schedule.next(after: Instant(-1000)) == Instant(20))
        #expect(seconds(BoundedSchedule(try every(10), from: Instant(21), through: Instant(49)), 0, 100) == [30, 40])
        #expect(seconds(BoundedSchedule(try every(10), through: Instant(10)), 0, 100) == [0, 10])
        #expect(seconds(BoundedSchedule(try every(10), from: Instant(80)), 0, 100) == [80, 90])
        #expect(seconds(BoundedSchedule(try every(10), from: Instant(60), through: Instant(40)), 0, 100).isEmpty)
    }

    @Test func aUnionFiresOnceForTwo() throws {
        let schedule = AnyOfSchedule([try every(4), try every(6)])
        #expect(seconds(schedule, 0, 20) == [0, 4, 6, 8, 12, 16, 18])
        #expect(schedule.count(in: Instant(0)..<Instant(20)) == 7)
        #expect(AnyOfSchedule([]).next(after: Instant(0)) == nil && AnyOfSchedule([]).count(in: Instant(0)..<Instant(9)) == 0)
    }

    @Test func allOfIsTheIntersection() throws {
        #expect(seconds(AllOfSchedule([try every(4), try every(6)]), 0, 40) == [0, 12, 24, 36])
        #expect(AllOfSchedule([]).next(after: Instant(0)) == nil && !AllOfSchedule([]).matches(Instant(0)))
    }

    @Test func withinAThresholdTheLastOneDecides() throws {
        let schedule = AllOfSchedule([try every(100), try every(100, 3)], threshold: 3)
        #expect(seconds(schedule, 0, 300) == [3, 103, 203])
        #expect(seconds(AllOfSchedule([try every(100), try every(100, 3)], threshold: 2), 0, 300).isEmpty)
        #expect(seconds(AllOfSchedule([try every(100), try every(100, 97)], threshold: 5), 0, 300) == [0, 100, 200])
    }

    @Test func membersThatNeverMeetEndTheSearch() throws {
        let schedule = AllOfSchedule([try every(2), try every(2, 1)])
        #expect(schedule.next(after: Instant(0)) == nil && schedule.previous(before: Instant(0)) == nil)
        #expect(schedule.count(in: Instant(0)..<Instant(1_000_000_000)) == 0)
    }

    @Test func cronExpressionsCombine() throws {
        let nine = try CronExpression("0 9 * * *").schedule(in: .utc), friday = try CronExpression("* * 13 * +FRI").schedule(in: .utc)
        let both = AllOfSchedule([nine, friday])
        #expect(both.next(after: ScheduleChecks.instant("2027-01-01T00:00:00Z"))?.rfc3339UTC() == "2027-08-13T09:00:00Z")
    }

    @Test func equalityIsByValue() throws {
        let a = AnySchedule(BoundedSchedule(try every(10), from: Instant(1))),
            b = AnySchedule(BoundedSchedule(try every(10), from: Instant(1)))
        #expect(a == b && a.hashValue == b.hashValue && AnySchedule(a) == a)
        #expect(try a != AnySchedule(BoundedSchedule(every(10), from: Instant(2))) && a != AnySchedule(every(10)))
        #expect(AnyOfSchedule([a, try every(3)]) == AnyOfSchedule([b, try every(3)]))
        #expect(MemoryLayout<AnySchedule>.size == MemoryLayout<Int>.size)
    }

    @Test func survivesExtremes() throws {
        let dates = OneTimeSchedule(at: ScheduleChecks.extremes)
        for base in [AnySchedule(dates), AnySchedule(try every(7)), AnySchedule(try CronExpression("* * * * *").schedule(in: .utc))] {
            for bound in ScheduleChecks.extremes {
                #expect(ScheduleChecks.extremesFault(BoundedSchedule(base, from: bound)) == nil)
                #expect(ScheduleChecks.extremesFault(BoundedSchedule(base, through: bound)) == nil)
            }
            for threshold in [Int64.min, 0, 5, .max] {
                #expect(ScheduleChecks.extremesFault(AllOfSchedule([base, dates], threshold: threshold, maxIterations: .min)) == nil)
                #expect(ScheduleChecks.extremesFault(AllOfSchedule([base, dates], threshold: threshold)) == nil)
            }
            #expect(ScheduleChecks.extremesFault(AnyOfSchedule([base, dates])) == nil)
        }
    }

    @Test func agreesWithAWalk() throws {
        var random = SeededGenerator(state: Support.seed)
        for round in 0..<200 {
            let parts = try (0..<(1 + random.below(3))).map { _ in try every(Int64(1 + random.below(40)), Int64(random.below(50))) }
            let low = Int64(random.below(2000)) - 1000, range = Instant(low)..<Instant(low + 600)
            let from = Instant(low + Int64(random.below(600))), through = from + Int64(random.below(300))
            let threshold = Int64(random.below(12))
            func walk(_ fires: (Instant) -> Bool) -> [Instant] { (low..<(low + 600)).map(Instant.init).filter(fires) }
            func recent(_ part: IntervalSchedule, _ time: Instant) -> Bool { (0...threshold).contains { part.matches(time - $0) } }
            let union = walk { time in parts.contains { $0.matches(time) } }
            let all = walk { time in parts.contains { $0.matches(time) } && parts.allSatisfy { recent($0, time) } }
            let bounded = union.filter { $0 >= from && $0 <= through }
            let faults = [
                ScheduleChecks.fault(AnyOfSchedule(parts), union, in: range),
                ScheduleChecks.fault(AllOfSchedule(parts, threshold: threshold), all, in: range),
                ScheduleChecks.fault(BoundedSchedule(AnyOfSchedule(parts), from: from, through: through), bounded, in: range),
            ].compactMap { $0 }
            #expect(faults.isEmpty, "round \(round), SEED=\(Support.seed): \(faults)")
        }
    }
}
