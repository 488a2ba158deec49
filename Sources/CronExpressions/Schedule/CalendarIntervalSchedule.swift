/// Every n days, weeks, months or years at a time of day, counted from an anchor date in both directions.
///
/// * The anchor is 1970-01-01, a Thursday, unless another is given, so that replicas agree. It fixes the rhythm and the day of the month, and
///   is no first date: `BoundedSchedule` sets bounds.
/// * A month without the anchor's day is skipped, as in APScheduler's `CalendarIntervalTrigger` ("this will skip the months when those days
///   do not exist") and in cron (`0 0 31 * *`); with `.lastDay` its last day stands in.
/// * Clock changes are those of fixed cron jobs (DIALECT 9): a time of day that a gap of less than three hours skips fires at the first
///   instant after the gap, one that a longer gap skips is lost. A time of day that the clock shows twice fires the first time only,
///   however far the clock goes back: each date has at most one fire time. (APScheduler discards times in gaps.)
///
/// It covers the years 1 to 2499 on the local clock.
public struct CalendarIntervalSchedule: Schedule {
    /// What is counted, in the calendar of its zone.
    public enum Unit: Hashable, Sendable, CaseIterable { case days, weeks, months, years }

    /// What becomes of a month that does not have the day.
    public enum MissingDay: Hashable, Sendable { case skipped, lastDay }

    private let dates: DateProgression
    private let time: TimeOfDay
    public let zone: Zone

    /// Nil for an interval that is not positive or longer than all years covered.
    public init?(
        every count: Int, _ unit: Unit, at time: TimeOfDay = .midnight, in zone: Zone, from anchor: CivilDate = .epoch,
        missingDay: MissingDay = .skipped
    ) {
        let (length, overflow) = count.multipliedReportingOverflow(by: unit == .weeks ? 7 : unit == .years ? 12 : 1)
        guard !overflow else { return nil }
        let dates =
            switch unit {
            case .days, .weeks: DateProgression(days: length, from: anchor)
            case .months, .years: DateProgression(months: length, from: anchor, missing: missingDay)
            }
        guard let dates else { return nil }
        self.dates = dates
        self.time = time
        self.zone = zone
    }

    /// A month without the day is passed over, or its last day stands in: see `MissingDay`.
    public func next(after instant: Instant) -> Instant? {
        guard instant.seconds < .max else { return nil }
        let all = indices
        var index = firstIndex(from: instant + 1)
        while index < all.upperBound {
            if let time = fireTime(index) { return time }
            index += 1
        }
        return nil
    }

    /// Counted in both directions: the anchor is no first date. `nil` before the year 1.
    public func previous(before instant: Instant) -> Instant? {
        let all = indices
        var index = firstIndex(from: instant)
        while index > all.lowerBound {
            index -= 1
            if let time = fireTime(index) { return time }
        }
        return nil
    }

    /// Without going through them where every interval has its date.
    public func count(in range: Range<Instant>) -> Int {
        let low = firstIndex(from: range.lowerBound), high = firstIndex(from: range.upperBound)
        guard low < high else { return 0 }
        if dates.isWithoutHoles { return high - low - lostDates(low..<high) }
        return (low..<high).reduce(0) { fireTime($1) == nil ? $0 : $0 + 1 }
    }

    // MARK: Dates and instants

    private static let days =
        floorDivide(Instant.earliestLocal, by: 86_400).quotient..<floorDivide(Instant.latestLocal, by: 86_400).quotient

    /// The dates of the years covered.
    private var indices: Range<Int> {
        let first = dates.index(notBefore: Self.days.lowerBound)
        return first..<max(first, dates.index(notBefore: Self.days.upperBound))
    }

    private func local(_ day: Int) -> Int64 { Int64(day) &* 86_400 &+ Int64(time.seconds) }

    private func fireTime(_ index: Int) -> Instant? {
        guard let day = dates.day(index) else { return nil }
        let passing = Passing(of: local(day), in: zone)
        return passing.isLost ? nil : passing.instant
    }

    /// The first of the covered dates whose time of day the clock passes at an instant or later.
    private func firstIndex(from instant: Instant) -> Int {
        let all = indices
        let near = Instant(min(max(instant.seconds, Instant.earliestLocal - 8 * 86_400), Instant.latestLocal + 8 * 86_400))
        // What the clock shows has passed, and everything before it.
        let shown = near.seconds - 1 + Int64(zone.offset(at: near - 1))
        var index = min(max(dates.index(notBefore: floorDivide(shown, by: 86_400).quotient), all.lowerBound), all.upperBound)
        while index < all.upperBound {
            if let day = dates.day(index), Passing(of: local(day), in: zone).instant >= near { return index }
            index += 1
        }
        return index
    }

    /// How many of some dates have no fire time because a long gap skips it.
    private func lostDates(_ range: Range<Int>) -> Int {
        zone.storage.withSegments { segments in
            var lost = 0
            for at in segments.indices.dropFirst() {
                let (low, high) = (segments[at].start &+ segments[at - 1].offset, segments[at].localStart)
                guard high &- low >= ZoneSegment.threeHours else { continue }
                var index = max(dates.index(notBefore: floorDivide(low, by: 86_400).quotient), range.lowerBound)
                while index < range.upperBound, let day = dates.day(index), local(day) < high {
                    if local(day) >= low, fireTime(index) == nil { lost += 1 }
                    index += 1
                }
            }
            return lost
        }
    }
}
