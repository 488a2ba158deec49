internal import CLinux

/// Readers of the system's two clocks.
public enum SystemClocks {
    /// Nanoseconds since 1970; jumps when the clock is set.
    public static func wallNanoseconds() -> Int64 { read(CLOCK_REALTIME) }

    /// Nanoseconds since boot, time in suspend included; never goes back.
    public static func bootNanoseconds() -> Int64 { read(CLOCK_BOOTTIME) }

    /// The moment at which a wait on a condition with the clock `CLOCK_MONOTONIC` shall end; at most a thousand seconds from now.
    static func conditionDeadline(after wait: Duration) -> timespec {
        let end = read(CLOCK_MONOTONIC) &+ min(wait.waitNanoseconds, 1_000_000_000_000)
        return timespec(tv_sec: Int(end / 1_000_000_000), tv_nsec: Int(end % 1_000_000_000))
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}

extension Duration {
    /// Whole nanoseconds, clamped to 0...292 years.
    var waitNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        if seconds < 0 || attoseconds < 0 { return 0 }
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return .max }
        let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carry ? .max : sum
    }
}
