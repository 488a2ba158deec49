import CronExpressions
import CronJobs
import CronEngine
import Testing

@Suite("Other schedules and jitter in the plan") struct JitterPlanTests {
    /// 2027-01-01T00:00:00Z
    let midnight = Instant(1_798_761_600)

    func decide(_ job: Job, after watermark: Instant, now: Instant) -> Decision {
        Planner.decide(job, after: watermark, now: WallTime(now))
    }

    @Test func aJobStaysAsSmallAsACronLine() { #expect(MemoryLayout<Job>.size <= 136, "\(MemoryLayout<Job>.size)") }

    @Test func anIntervalStartsAtItsMultiples() throws {
        let job = try Fixture.every("a", 90)
        #expect(decide(job, after: midnight, now: midnight + 89).starts.isEmpty)
        let decision = decide(job, after: midnight, now: midnight + 90)
        #expect(decision.starts == [FireRange(first: midnight + 90, last: midnight + 90, count: 1)])
        #expect(decision.next == midnight + 180)
    }

    @Test func aYearDownIsCountedNotWalked() throws {
        let job = try Fixture.every("a", 1)
        let decision = decide(job, after: midnight, now: midnight + 365 * 86_400)
        #expect(decision.missed?.count == 365 * 86_400 - 61)
        #expect(decision.starts.map(\.count) == [61], "those of the last minute are one run")
    }

    @Test func boundsEndThePlan() throws {
        let base = try #require(IntervalSchedule(every: 10))
        let bounded = BoundedSchedule(base, from: midnight + 20, through: midnight + 30)
        let job = Job(id: JobID("a"), timing: .other(AnySchedule(bounded)), command: Command(text: "true"))
        #expect(decide(job, after: midnight, now: midnight + 10).next == midnight + 20)
        let last = decide(job, after: midnight + 20, now: midnight + 30)
        #expect(last.starts.map(\.last) == [midnight + 30])
        #expect(last.next == nil)
    }

    @Test func aFireTimeIsNotDecidedBeforeItIsDue() throws {
        let job = try Fixture.job("a", "0 * * * *") { $0.jitter = Jitter(limit: 600) }
        let due = job.dueTime(of: midnight)
        #expect(due > midnight && due < midnight + 600, "this name has a jitter")
        let early = decide(job, after: midnight - 1, now: due - 1)
        #expect(early.starts.isEmpty && early.missed == nil)
        #expect(early.watermark == midnight - 1 && early.next == midnight)
        let punctual = decide(job, after: midnight - 1, now: due)
        #expect(punctual.starts.map(\.last) == [midnight], "the fire time stays what it is")
        #expect(punctual.next == midnight + 3600)
    }

    @Test func graceCountsFromTheDueTime() throws {
        let job = try Fixture.job("a", "0 * * * *") { $0.jitter = Jitter(limit: 600) }
        let due = job.dueTime(of: midnight)
        #expect(decide(job, after: midnight - 1, now: due + 60).starts.count == 1)
        #expect(decide(job, after: midnight - 1, now: due + 61).missed == FireRange(first: midnight, last: midnight, count: 1))
    }

    @Test("A delay moves all due times alike, over as many fire times as it is long") func delay() throws {
        let plain = try Fixture.job("a", "* * * * *"), job = try Fixture.job("a", "* * * * *") { $0.delay = .seconds(1500) }
        #expect(job.dueTime(of: midnight) == midnight + 1500)
        for offset in stride(from: Int64(0), to: 4000, by: 37) {
            let now = WallTime(midnight + offset)
            let decision = Planner.decide(job, after: midnight, now: now)
            #expect(decision == Planner.decide(plain, after: midnight, now: now - .seconds(1500)))
            #expect(offset >= 1560 || decision.starts.isEmpty && decision.missed == nil)
        }
    }

    @Test func jitterBeyondThePeriodKeepsOrderAndLosesNothing() throws {
        let job = try Fixture.job("a", "* * * * *") { $0.jitter = Jitter(limit: 86_400) }
        var watermark = midnight, started: [Instant] = []
        for second in Int64(0)..<3600 {
            let decision = decide(job, after: watermark, now: midnight + second)
            watermark = decision.watermark
            #expect(decision.missed == nil)
            for start in decision.starts {
                #expect(start.count == 1 && job.dueTime(of: start.last) == midnight + second)
                started.append(start.last)
            }
        }
        #expect(started.count >= 58 && started == (1...started.count).map { midnight + Int64($0) * 60 })
    }

    /// However often and whenever the plan is asked, each fire time is started or missed once, in order, and never before it is due.
    @Test func anyRhythmOfLookingDecidesEachFireTimeOnce() throws {
        var random = SplitMix(state: 7)
        for round in 0..<300 {
            let seconds = Int64.random(in: 1...300, using: &random), limit = Int64.random(in: 0...400, using: &random)
            let grace = Int64.random(in: 0...200, using: &random)
            let job = try Fixture.every("job-\(round)", seconds) {
                $0.jitter = Jitter(limit: limit)
                $0.grace = .seconds(grace)
                $0.catchUp = [.last, .none, .all(limit: 3)][round % 3]
            }
            var watermark = midnight, now = midnight, decided = 0
            for _ in 0..<60 {
                now = now + Int64.random(in: 0...400, using: &random)
                let decision = decide(job, after: watermark, now: now)
                let ranges = ([decision.missed].compactMap { $0 } + decision.starts)
                for range in ranges {
                    #expect(range.first > watermark && job.dueTime(of: range.last) <= now)
                    watermark = range.last
                    decided += range.count
                }
                for start in decision.starts { #expect(job.dueTime(of: start.first) + grace >= now) }
                if let missed = decision.missed, round % 3 == 0 { #expect(job.dueTime(of: missed.last) + grace < now) }
                #expect(decision.watermark == watermark)
                if let next = decision.next { #expect(job.dueTime(of: next) > now) }
            }
            let schedule = try #require(IntervalSchedule(every: seconds))
            #expect(decided == schedule.count(in: (midnight + 1)..<(watermark + 1)), "every \(seconds), jitter \(limit), grace \(grace)")
        }
    }
}

private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
