import CronExpressions
import CronJobs
import Testing

@Suite("Times and durations") struct WallTimeTests {
    private let noon = WallTime(Instant(1_800_000_000))

    @Test("What is added is what lies between") func sums() {
        #expect(noon + .seconds(90) == WallTime(Instant(1_800_000_090)))
        #expect(noon - .milliseconds(1) == WallTime(nanoseconds: 1_799_999_999_999_000_000))
        #expect(noon + .seconds(-5) == noon - .seconds(5))
        #expect((noon + .nanoseconds(7)) - noon == .nanoseconds(7))
    }

    @Test("A deadline beyond all times is one that never comes, not one that is over") func clamped() {
        #expect(noon + .seconds(Int64.max) == WallTime(nanoseconds: .max))
        #expect(noon - .seconds(Int64.max) < noon - .seconds(4_000_000_000))
        #expect(WallTime(nanoseconds: .min) - .seconds(1) == WallTime(nanoseconds: .min))
        #expect(MonotonicTime(nanoseconds: .max - 1) + .seconds(1) == MonotonicTime(nanoseconds: .max))
    }
}
