/// The pure rule of *when*: given an instant, the next fire time. No state, no identity, no clock.
///
/// What every schedule promises: `next` and `previous` exclude the instant they are given, so fire times strictly increase; they are inverse
/// to each other, and agree with `matches` and `count`; every call ends, whatever the instant; and the same question has the same answer on
/// every machine at any time, which is how replicas agree without a word.
public protocol Schedule: Hashable, Sendable {
    /// The first fire time after an instant (exclusive), or nil if there is none.
    func next(after instant: Instant) -> Instant?

    /// The last fire time before an instant (exclusive), or nil if there is none.
    func previous(before instant: Instant) -> Instant?

    /// Whether the schedule fires at an instant.
    func matches(_ instant: Instant) -> Bool

    /// How many fire times lie in a half-open range.
    func count(in range: Range<Instant>) -> Int
}

extension Schedule {
    /// Whether the first time after the second before is this one.
    public func matches(_ instant: Instant) -> Bool {
        if instant.seconds == .min { return next(after: instant).flatMap { previous(before: $0) } == instant }
        return next(after: instant - 1) == instant
    }

    /// Walks from one to the next; schedules that can do better have their own.
    public func count(in range: Range<Instant>) -> Int {
        var count = 0
        for _ in fireTimes(in: range) { count += 1 }
        return count
    }

    /// The first fire time from an instant on (inclusive).
    @inlinable
    public func first(from instant: Instant) -> Instant? {
        if instant.seconds == .min { return matches(instant) ? instant : next(after: instant) }
        return next(after: instant - 1)
    }

    /// The last fire time up to an instant (inclusive).
    @inlinable
    public func last(through instant: Instant) -> Instant? {
        if instant.seconds == .max { return matches(instant) ? instant : previous(before: instant) }
        return previous(before: instant + 1)
    }

    /// The fire times after an instant (exclusive), in order.
    @inlinable
    public func fireTimes(after instant: Instant) -> FireTimes<Self> { FireTimes(of: self, after: instant) }

    /// The fire times in a half-open range, in order.
    @inlinable
    public func fireTimes(in range: Range<Instant>) -> FireTimes<Self> { FireTimes(of: self, in: range) }
}

extension CronSchedule: Schedule {}

extension Instant {
    /// The nearest instant there is: far beyond every calendar instead of an overflow.
    func adding(_ seconds: Int64) -> Instant {
        let (sum, overflow) = self.seconds.addingReportingOverflow(seconds)
        return Instant(overflow ? (seconds < 0 ? .min : .max) : sum)
    }
}
