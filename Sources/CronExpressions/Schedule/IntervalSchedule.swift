/// Every so many seconds, counted from an anchor in both directions: drift-free, because no fire time depends on when another one ran.
///
/// The anchor is 1970-01-01T00:00:00Z unless another is given, so that replicas and restarts agree: `every: 90` fires at all instants whose
/// Unix time is divisible by 90. Clock changes do not touch it. Anchors that give the same fire times give equal schedules. Like all
/// calendars here it covers the years 1 to 2499 (UTC).
public struct IntervalSchedule: Schedule {
    /// Seconds between two fire times.
    public let seconds: Int64
    /// The first fire time from 1970 on, in 0..<seconds.
    private let phase: Int64

    private static let earliest = Instant.earliestLocal
    private static let end = Instant.latestLocal
    /// The whole of the years covered: longer intervals are refused.
    public static let longest = end - earliest

    /// Nil for an interval that is not in 1...`longest`.
    public init?(every seconds: Int64, anchor: Instant = Instant(0)) {
        guard seconds >= 1, seconds <= Self.longest else { return nil }
        self.seconds = seconds
        let rest = anchor.seconds % seconds
        phase = rest < 0 ? rest + seconds : rest
    }

    /// `nil` after the year 2499.
    public func next(after instant: Instant) -> Instant? {
        let start = max(instant.seconds, Self.earliest - 1)
        guard start < Self.end else { return nil }
        let time = start + 1 + remainder(phase - start - 1)
        return time < Self.end ? Instant(time) : nil
    }

    /// `nil` before the year 1.
    public func previous(before instant: Instant) -> Instant? {
        let limit = min(instant.seconds, Self.end)
        guard limit > Self.earliest else { return nil }
        let time = limit - 1 - remainder(limit - 1 - phase)
        return time >= Self.earliest ? Instant(time) : nil
    }

    /// Whole intervals away from the anchor.
    public func matches(_ instant: Instant) -> Bool {
        instant.seconds >= Self.earliest && instant.seconds < Self.end && remainder(instant.seconds - phase) == 0
    }

    /// By one division.
    public func count(in range: Range<Instant>) -> Int {
        let low = max(range.lowerBound.seconds, Self.earliest), high = min(range.upperBound.seconds, Self.end)
        guard low < high else { return 0 }
        let first = low + remainder(phase - low)
        return first < high ? Int((high - 1 - first) / seconds) + 1 : 0
    }

    /// Never negative. All numbers here are within a few spans of the years covered, so nothing overflows.
    private func remainder(_ difference: Int64) -> Int64 {
        let rest = difference % seconds
        return rest < 0 ? rest + seconds : rest
    }
}
