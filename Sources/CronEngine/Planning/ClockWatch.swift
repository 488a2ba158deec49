public import CronJobs

// Notices that the wall clock moved relative to the monotonic one: somebody set it, or the machine was restored from a snapshot.
//
// A jump changes nothing about what is due: fire times after the watermark that have come are late, those before it are never repeated. It is
// reported, because an operator who sees late runs will ask. Only a watermark far in the future (three hours: the judgement of every cron
// since Vixie's) says that the clock *was* wrong, and must be set back for the job to run again.

/// Compares the two clocks between observations.
public struct ClockWatch: Sendable {
    /// Watermarks later than this from now are mistakes of an earlier clock.
    public static let farFuture: Int64 = 3 * 3600
    static let tolerance = Duration.seconds(1)

    private var lead: Duration?

    public init() {}

    /// How far the wall clock jumped since the last observation; `nil` for less than a second.
    public mutating func observe(wall: WallTime, monotonic: MonotonicTime) -> Duration? {
        defer { lead = Self.lead(wall, monotonic) }
        return jump(wall: wall, monotonic: monotonic)
    }

    /// The same, without taking it as observed.
    public func jump(wall: WallTime, monotonic: MonotonicTime) -> Duration? {
        guard let lead else { return nil }
        let jump = Self.lead(wall, monotonic) - lead
        return jump < Duration.zero - Self.tolerance || jump > Self.tolerance ? jump : nil
    }

    private static func lead(_ wall: WallTime, _ monotonic: MonotonicTime) -> Duration {
        .nanoseconds(wall.nanoseconds &- monotonic.nanoseconds)
    }
}

/// Notices that this machine's clock and the store's differ: said when it begins, and again only after they agreed in between.
struct ClockDifference {
    static let much = Duration.seconds(1), little = Duration.milliseconds(500)

    private var isSaid = false

    /// - Parameter difference: the store's clock minus ours; `nil` where there is none.
    /// - Returns: what is to be said.
    mutating func note(_ difference: Duration?) -> Duration? {
        guard let difference else { return nil }
        let size = difference < .zero ? .zero - difference : difference
        if size < Self.little { isSaid = false }
        guard size > Self.much, !isSaid else { return nil }
        isSaid = true
        return difference
    }
}
