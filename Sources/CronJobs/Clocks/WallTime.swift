public import CronExpressions

/// What the wall clock shows, in nanoseconds since 1970: tells *when*, may jump at any moment.
public struct WallTime: Hashable, Comparable, Sendable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public init(_ instant: Instant) {
        let (product, overflow) = instant.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        nanoseconds = overflow ? (instant.seconds < 0 ? .min : .max) : product
    }

    /// The last whole second at or before this time.
    public var instant: Instant {
        let (quotient, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return Instant(rest < 0 ? quotient - 1 : quotient)
    }

    /// Rounded toward zero.
    public var milliseconds: Int64 { nanoseconds / 1_000_000 }

    public static func < (a: WallTime, b: WallTime) -> Bool { a.nanoseconds < b.nanoseconds }

    /// Sums beyond what the clock can show are its first or last time: a deadline of centuries is one that never comes.
    public static func + (time: WallTime, duration: Duration) -> WallTime {
        WallTime(nanoseconds: time.nanoseconds.addingClamped(duration.wholeNanoseconds))
    }

    /// As the sum: clamped to what the clock can show.
    public static func - (time: WallTime, duration: Duration) -> WallTime { time + (.zero - duration) }

    /// Time from `b` to `a`; negative when `a` is earlier.
    public static func - (a: WallTime, b: WallTime) -> Duration { .nanoseconds(a.nanoseconds &- b.nanoseconds) }
}
