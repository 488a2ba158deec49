/// One date, or several: the schedule of what happens once.
public struct OneTimeSchedule: Schedule {
    /// Each once, in order.
    public let instants: [Instant]

    public init(at instant: Instant) { instants = [instant] }

    public init(at instants: some Sequence<Instant>) { self.instants = Set(instants).sorted() }

    /// The first of its times that is later.
    public func next(after instant: Instant) -> Instant? {
        let index = firstIndex { $0 > instant }
        return index < instants.count ? instants[index] : nil
    }

    /// The last of its times that is earlier.
    public func previous(before instant: Instant) -> Instant? {
        let index = firstIndex { $0 >= instant }
        return index > 0 ? instants[index - 1] : nil
    }

    /// Its times alone.
    public func matches(_ instant: Instant) -> Bool {
        let index = firstIndex { $0 >= instant }
        return index < instants.count && instants[index] == instant
    }

    /// By two searches among its times.
    public func count(in range: Range<Instant>) -> Int {
        firstIndex { $0 >= range.upperBound } - firstIndex { $0 >= range.lowerBound }
    }

    /// The first index from which a condition holds for the rest.
    private func firstIndex(where holds: (Instant) -> Bool) -> Int {
        var (low, high) = (0, instants.count)
        while low < high {
            let middle = low + (high - low) / 2
            if holds(instants[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
