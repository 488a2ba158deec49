/// A schedule between two bounds: fire times before the first or after the last do not count, those equal to a bound do.
public struct BoundedSchedule<Base: Schedule>: Schedule {
    public let base: Base
    /// Nil is no bound.
    public let from: Instant?
    public let through: Instant?

    public init(_ base: Base, from: Instant? = nil, through: Instant? = nil) {
        self.base = base
        self.from = from
        self.through = through
    }

    /// Nothing before the first bound, nothing after the last.
    public func next(after instant: Instant) -> Instant? {
        let time = if let from, instant < from { base.first(from: from) } else { base.next(after: instant) }
        return time.flatMap { allows($0) ? $0 : nil }
    }

    /// Nothing before the first bound, nothing after the last.
    public func previous(before instant: Instant) -> Instant? {
        let time = if let through, instant > through { base.last(through: through) } else { base.previous(before: instant) }
        return time.flatMap { allows($0) ? $0 : nil }
    }

    /// Within the bounds only.
    public func matches(_ instant: Instant) -> Bool { allows(instant) && base.matches(instant) }

    /// Of the part of the range that lies within the bounds.
    public func count(in range: Range<Instant>) -> Int {
        let low = max(range.lowerBound, from ?? range.lowerBound)
        // No range reaches the last instant there is, so a bound there cuts nothing off.
        let high = through.map { min(range.upperBound, $0.adding(1)) } ?? range.upperBound
        return low < high ? base.count(in: low..<high) : 0
    }

    private func allows(_ instant: Instant) -> Bool {
        if let from, instant < from { return false }
        if let through, instant > through { return false }
        return true
    }
}
