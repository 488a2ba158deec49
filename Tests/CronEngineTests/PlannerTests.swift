import CronExpressions
import CronJobs
import CronEngine
import Testing

@Suite struct PlannerTests {
    /// 2027-01-01T00:00:00Z
    let midnight = Instant(1_798_761_600)

    func decide(_ job: Job, after watermark: Int64, now: Int64, nanoseconds: Int64 = 0) -> Decision {
        var wall = WallTime(midnight + now)
        wall.nanoseconds += nanoseconds
        return Planner.decide(job, after: midnight + watermark, now: wall)
    }

    @Test func nothingIsDueBeforeItsTime() throws {
        let decision = decide(try Fixture.job("a", "* * * * *"), after: 0, now: 59, nanoseconds: 999_999_999)
        #expect(decision.starts.isEmpty && decision.missed == nil)
        #expect(decision.watermark == midnight)
        #expect(decision.next == midnight + 60)
    }

    @Test func oneFireTimeStartsPunctually() throws {
        let decision = decide(try Fixture.job("a", "* * * * *"), after: 0, now: 60)
        #expect(decision.starts == [FireRange(first: midnight + 60, last: midnight + 60, count: 1)])
        #expect(decision.watermark == midnight + 60)
        #expect(decision.next == midnight + 120)
    }

    @Test func graceIsExactToTheNanosecond() throws {
        let job = try Fixture.job("a", "0 * * * *")
        #expect(decide(job, after: -1, now: 60).starts.count == 1)
        let late = decide(job, after: -1, now: 60, nanoseconds: 1)
        #expect(late.starts.isEmpty)
        #expect(late.missed == FireRange(first: midnight, last: midnight, count: 1))
        #expect(late.next == midnight + 3600)
    }

    @Test func lateFireTimesCoalesceIntoTheLast() throws {
        let job = try Fixture.job("a", "* * * * *") { $0.grace = .seconds(150) }
        let decision = decide(job, after: 0, now: 310)
        #expect(decision.missed == FireRange(first: midnight + 60, last: midnight + 120, count: 2))
        #expect(decision.starts == [FireRange(first: midnight + 180, last: midnight + 300, count: 3)])
        #expect(decision.watermark == midnight + 300)
        #expect(decision.next == midnight + 360)
    }

    @Test func allRunsTheLatestOnesOldestFirst() throws {
        let job = try Fixture.job("a", "* * * * *") {
            $0.grace = nil
            $0.catchUp = .all(limit: 2)
        }
        let decision = decide(job, after: 0, now: 300)
        #expect(decision.missed == FireRange(first: midnight + 60, last: midnight + 180, count: 3))
        #expect(decision.starts.map(\.last) == [midnight + 240, midnight + 300])
    }

    @Test func withoutCatchUpOnlyPunctualOnesRun() throws {
        let job = try Fixture.job("a", "* * * * *") { $0.catchUp = .none }
        #expect(decide(job, after: 0, now: 62).starts.count == 1)
        #expect(decide(job, after: 0, now: 63).starts.isEmpty)
        let both = decide(job, after: 0, now: 120)
        #expect(both.missed?.count == 1)
        #expect(both.starts.map(\.last) == [midnight + 120])
    }

    @Test func aYearDownIsOneRangeAndOneRun() throws {
        let job = try Fixture.job("a", "* * * * *")
        let decision = decide(job, after: 0, now: 365 * 86_400)
        let count = (decision.missed?.count ?? 0) + decision.starts.reduce(0) { $0 + $1.count }
        #expect(count == 365 * 1440)
        #expect(decision.starts.count == 1)
    }

    @Test func unlimitedGraceRunsWhatIsAWeekOld() throws {
        let job = try Fixture.job("a", "0 0 1 1 *") { $0.grace = nil }
        #expect(decide(job, after: -1, now: 7 * 86_400).starts.map(\.last) == [midnight])
    }
}
