import CronExpressions
import Testing

@Suite("Jitter") struct JitterTests {
    @Test func isTheDocumentedDraw() {
        // The delays were worked out by another program, from the formula alone.
        #expect(Jitter(limit: 600).due(Instant(1_798_761_600), key: "backup") == Instant(1_798_761_600 + 38))
        #expect(Jitter(limit: 3600).due(Instant(0), key: "") == Instant(2749))
    }

    @Test func staysWithinItsLimitAndReachesBothEnds() {
        let jitter = Jitter(limit: 10)
        let delays = (0..<2000).map { jitter.due(Instant($0 * 60), key: "a") - Instant($0 * 60) }
        #expect(delays.min() == 0 && delays.max() == 9)
        for delay in Int64(0)..<10 { #expect((140...260).contains(delays.filter { $0 == delay }.count), "\(delay)") }
    }

    @Test func differsByJobAndByFireTime() {
        let jitter = Jitter(limit: 1_000_000)
        #expect(Set((0..<100).map { jitter.due(Instant(0), key: "job-\($0)") }).count > 95)
        #expect(Set((0..<100).map { jitter.due(Instant($0), key: "job") - Instant($0) }).count > 95)
    }

    @Test func neverReachesTheNextFireTime() {
        let jitter = Jitter(limit: 3600)
        for minute in Int64(0)..<500 {
            let due = jitter.due(Instant(minute * 60), key: "a", next: Instant(minute * 60 + 60))
            #expect(due >= Instant(minute * 60) && due < Instant(minute * 60 + 60))
        }
    }

    @Test(arguments: [Int64.min, -1, 0, 1])
    func noneMovesNothing(_ limit: Int64) { #expect(Jitter(limit: limit).due(Instant(5), key: "a") == Instant(5)) }

    @Test func survivesExtremes() {
        for instant in ScheduleChecks.extremes {
            for next in ScheduleChecks.extremes {
                #expect(Jitter(limit: .max).due(instant, key: "a", next: next) >= instant)
            }
        }
    }
}
