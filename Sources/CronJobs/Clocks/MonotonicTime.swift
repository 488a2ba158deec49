/// What the monotonic clock shows, in nanoseconds since boot: tells *how long*, never goes back, goes on during suspend.
public struct MonotonicTime: Hashable, Comparable, Sendable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static func < (a: MonotonicTime, b: MonotonicTime) -> Bool { a.nanoseconds < b.nanoseconds }

    /// Time from `b` to `a`; negative when `a` is earlier.
    public static func - (a: MonotonicTime, b: MonotonicTime) -> Duration { .nanoseconds(a.nanoseconds &- b.nanoseconds) }

    /// Sums beyond what 64 bits hold are the first or last time.
    public static func + (time: MonotonicTime, duration: Duration) -> MonotonicTime {
        MonotonicTime(nanoseconds: time.nanoseconds.addingClamped(duration.wholeNanoseconds))
    }
}

extension Int64 {
    /// The sum, or the end of the range that it is beyond.
    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}

extension Duration {
    /// Whole nanoseconds, clamped to what 64 bits hold (292 years).
    public var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carry ? (seconds < 0 ? .min : .max) : sum
    }

    /// Rounded toward zero.
    public var wholeMilliseconds: Int64 { wholeNanoseconds / 1_000_000 }

    /// Rounded toward zero.
    public var wholeSeconds: Int64 { components.seconds }
}
