/// A compiled cron expression in a time zone: it knows all its fire times.
///
/// The calendar is a handful of bit masks. A search goes month by month: the days of a month that match are one 32-bit mask
/// (days of the month and weekdays, joined by the dialect's day rule), so the next day is a count of trailing zero bits.
/// That search knows only the local calendar; the clock rules (DIALECT 9) come on top, from the segments of the zone.
/// Nothing here allocates. A schedule ends with the year 2499 on the local clock, or with its last year.
public struct CronSchedule: Hashable, Sendable {
    struct Flags: OptionSet, Hashable, Sendable {
        let rawValue: UInt8
        /// A day must match both day fields.
        static let bothDays = Flags(rawValue: 1)
        /// The clock rules for fixed jobs hold.
        static let fixed = Flags(rawValue: 2)
        /// There are no fire times at all.
        static let never = Flags(rawValue: 4)
    }

    let minutes: UInt64
    let hours: UInt32
    let daysOfMonth: UInt32
    let months: UInt16
    let weekdays: UInt8
    var flags: Flags
    /// The weekdays that match in every week of every month and year; none if months, years or days of the month count, too.
    private(set) var everyWeek: UInt8 = 0
    let extras: Extras?
    public let zone: Zone

    init(
        minutes: UInt64, hours: UInt32, daysOfMonth: UInt32, months: UInt16, weekdays: UInt8, flags: Flags, extras: Extras?, zone: Zone
    ) {
        self.minutes = minutes
        self.hours = hours
        self.daysOfMonth = daysOfMonth
        self.months = months
        self.weekdays = weekdays
        self.flags = flags
        self.extras = extras
        self.zone = zone
        everyWeek = findEveryWeek()
    }

    /// Whether there are no fire times at all: an impossible date, or an expression that has none (`@reboot`).
    public var neverFires: Bool { flags.contains(.never) }

    /// The first fire time after an instant (exclusive), or nil if there is none.
    public func next(after instant: Instant) -> Instant? {
        if flags.contains(.never) { return nil }
        guard instant.seconds < Instant.latestLocal &+ 2 &* 86_400 else { return nil }
        let after = max(instant.seconds, Instant.earliestLocal &- 2 &* 86_400)
        let fixed = flags.contains(.fixed)
        return zone.storage.withSegments { segments in
            var index = zone.storage.index(at: after, in: segments)
            var segment = segments[index]
            var low = max(after &+ 1 &+ segment.offset, Instant.earliestLocal)
            if fixed { low = max(low, segment.floor) }
            var match = firstMatch(from: low, before: Instant.latestLocal)
            while true {
                index &+= 1
                guard index < segments.count else {
                    return match == CronSchedule.noLaterMatch ? nil : Instant(match &- segment.offset)
                }
                let following = segments[index]
                let end = following.start &+ segment.offset
                if match < end { return Instant(match &- segment.offset) }
                segment = following
                let localStart = segment.localStart
                // Without a later match on the calendar only a clock that goes back over one can help.
                if match == CronSchedule.noLaterMatch, localStart >= low { return nil }
                if match < localStart {
                    // The match is in the stretch that the clock skips.
                    if fixed, segment.gapStart < localStart { return Instant(segment.start) }
                    low = localStart
                    match = firstMatch(from: low, before: Instant.latestLocal)
                } else if (fixed ? segment.floor : localStart) < end {
                    // The clock shows the times before `end` again.
                    let again = firstMatch(from: fixed ? segment.floor : localStart, before: end)
                    if again < end { match = again }
                }
            }
        }
    }

    /// Whether the schedule fires at an instant.
    public func matches(_ instant: Instant) -> Bool {
        if flags.contains(.never) { return false }
        guard instant.seconds < Instant.latestLocal &+ 2 &* 86_400, instant.seconds > Instant.earliestLocal &- 2 &* 86_400
        else { return false }
        let segment = zone.storage.segments[zone.storage.index(at: instant.seconds)]
        let local = instant.seconds &+ segment.offset
        guard local >= Instant.earliestLocal, local < Instant.latestLocal else { return false }
        let fixed = flags.contains(.fixed)
        if !fixed || local >= segment.floor, firstMatch(from: local, before: local &+ 1) == local { return true }
        return fixed && instant.seconds == segment.start && catchesUp(at: segment)
    }

    /// Whether a fixed job starts at the beginning of a segment for the times that its beginning skips.
    func catchesUp(at segment: ZoneSegment) -> Bool {
        segment.gapStart < segment.localStart
            && firstMatch(from: segment.gapStart, before: segment.localStart) < segment.localStart
    }
}
