/// The fire times of a schedule, worked out one by one as they are asked for.
public struct FireTimes<Base: Schedule>: Sequence, IteratorProtocol, Sendable {
    @usableFromInline let schedule: Base
    /// Where to go on; nil at the end.
    @usableFromInline var from: Instant?
    @usableFromInline let end: Instant?

    @inlinable
    init(of schedule: Base, after instant: Instant) {
        self.schedule = schedule
        from = instant.seconds == .max ? nil : instant + 1
        end = nil
    }

    @inlinable
    init(of schedule: Base, in range: Range<Instant>) {
        self.schedule = schedule
        from = range.lowerBound
        end = range.upperBound
    }

    /// `nil` at the end of the range, and where the schedule has no further time.
    @inlinable
    public mutating func next() -> Instant? {
        // A schedule of somebody else's that goes back ends here instead of going round for ever.
        guard let start = from, let time = schedule.first(from: start), time >= start, end.map({ time < $0 }) ?? true else {
            from = nil
            return nil
        }
        from = time.seconds == .max ? nil : time + 1
        return time
    }
}

extension CronSchedule {
    /// How many fire times lie in a half-open range, found by adding up days instead of walking through the times.
    public func count(in range: Range<Instant>) -> Int {
        if flags.contains(.never) { return 0 }
        let lower = max(range.lowerBound.seconds, Instant.earliestLocal &- 2 &* 86_400)
        let upper = min(range.upperBound.seconds, Instant.latestLocal &+ 2 &* 86_400)
        guard lower < upper else { return 0 }
        let fixed = flags.contains(.fixed)
        return zone.storage.withSegments { segments in
            var index = zone.storage.index(at: lower, in: segments)
            var count = 0
            while index < segments.count, segments[index].start < upper || index == 0 {
                let segment = segments[index]
                let end = index &+ 1 < segments.count ? min(upper, segments[index &+ 1].start) : upper
                let start = index == 0 ? lower : max(lower, segment.start)
                var low = max(start &+ segment.offset, Instant.earliestLocal)
                if fixed { low = max(low, segment.floor) }
                let high = min(end &+ segment.offset, Instant.latestLocal)
                if low < high { count &+= matches(from: low, before: high) }
                // A catch-up start counts unless it is the job's own match as well.
                if fixed, segment.start >= lower, segment.start < upper, catchesUp(at: segment),
                    firstMatch(from: segment.localStart, before: segment.localStart &+ 1) != segment.localStart
                {
                    count &+= 1
                }
                index &+= 1
            }
            return count
        }
    }

    /// How many matches the calendar has in a half-open range of local seconds.
    private func matches(from low: Int64, before high: Int64) -> Int {
        let (firstDay, firstSecond) = floorDivide(low, by: 86_400)
        let (lastDay, lastSecond) = floorDivide(high, by: 86_400)
        let perDay = timesOfDay(before: 86_400)
        var count = days(from: firstDay, before: lastDay) &* perDay
        if firstSecond > 0, days(from: firstDay, before: firstDay &+ 1) == 1 { count &-= timesOfDay(before: firstSecond) }
        if lastSecond > 0, days(from: lastDay, before: lastDay &+ 1) == 1 { count &+= timesOfDay(before: lastSecond) }
        return count
    }

    /// How many days match in a half-open range of day numbers.
    private func days(from first: Int, before last: Int) -> Int {
        guard first < last else { return 0 }
        let date = CivilDate(dayNumber: first)
        var (year, month, firstDay) = (date.year, date.month, first &- date.day &+ 1)
        var count = 0
        while firstDay < last {
            var mask = days(of: month, in: year, firstDay: firstDay)
            if first > firstDay { mask &= UInt32.max << UInt32(first &- firstDay &+ 1) }
            if last &- firstDay < 31 { mask &= (2 << UInt32(last &- firstDay)) &- 1 }
            count &+= mask.nonzeroBitCount
            firstDay &+= CivilDate.daysInMonth(month, of: year)
            month &+= 1
            if month == 13 { (month, year) = (1, year &+ 1) }
        }
        return count
    }
}
