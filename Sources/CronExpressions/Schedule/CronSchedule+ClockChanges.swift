// What the clock rules (DIALECT 9) leave out: times that somebody reads off a clock or out of an expression, and at which nothing starts.
extension CronSchedule {
    /// Whether the clocks are put forward at this instant over a time that the fields name, without a start in its place.
    public func isSkipped(at instant: Instant) -> Bool {
        let before = Int64(zone.offset(at: instant - 1)), after = Int64(zone.offset(at: instant))
        guard after > before, !matches(instant) else { return false }
        // The same fields on a clock that is never changed.
        let calendar = CronSchedule(
            minutes: minutes, hours: hours, daysOfMonth: daysOfMonth, months: months, weekdays: weekdays, flags: flags, extras: extras,
            zone: .utc)
        return calendar.next(after: instant + (before - 1)).map { $0 < instant + after } ?? false
    }

    /// When the clocks first showed what they show at this instant, if the job started then and for that reason does not start now.
    public func firstShowing(of instant: Instant) -> Instant? {
        guard !matches(instant) else { return nil }
        // Clocks are put back by three hours at most for this rule to hold.
        for hour in Int64(0)...3 {
            let probe = instant - hour * 3600
            let earlier = Int64(zone.offset(at: probe - 3600)), later = Int64(zone.offset(at: instant))
            guard earlier > later else { continue }
            let first = instant - (earlier - later)
            if zone.offset(at: first) == Int32(clamping: earlier), matches(first) { return first }
        }
        return nil
    }
}
