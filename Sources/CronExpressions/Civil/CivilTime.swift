/// What a calendar and a clock on the wall show.
public struct CivilTime: Hashable, Sendable {
    public var year: Int
    public var month: Int
    public var day: Int
    public var hour: Int
    public var minute: Int
    public var second: Int
    /// 0 is Sunday.
    public var weekday: Int

    /// Splits local seconds (seconds since 1970-01-01 00:00 on the local clock).
    init(localSeconds: Int64) {
        let (dayNumber, rest) = floorDivide(localSeconds, by: 86_400)
        let date = CivilDate(dayNumber: dayNumber)
        (year, month, day) = (date.year, date.month, date.day)
        (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60)
        weekday = CivilDate.weekday(ofDayNumber: dayNumber)
    }
}

extension Instant {
    /// What the clocks of `zone` show at this instant.
    public func civil(in zone: Zone) -> CivilTime {
        CivilTime(localSeconds: clamped.seconds &+ Int64(zone.offset(at: self)))
    }

    /// The nearest instant that the calendar arithmetic of this package handles (years -9999 to 9999, roughly).
    var clamped: Instant {
        Instant(min(max(seconds, -377_000_000_000), 253_402_300_799))
    }
}
