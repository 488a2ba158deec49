/// How often a schedule fires by the calendar, without a look at single fire times.
///
/// These are counts of matching times on the local calendar: an hour that the clock skips or repeats counts once. What the clock makes of them in a
/// zone, `count(in:)` tells.
extension CronSchedule {
    /// Fire times in an hour that has any.
    public var timesPerHour: Int { neverFires ? 0 : minutes.nonzeroBitCount * secondsMask.nonzeroBitCount }

    /// Fire times on a day that has any.
    public var timesPerDay: Int { timesPerHour * (hours & 0xFF_FFFF).nonzeroBitCount }

    /// Days of a month that have fire times.
    public func days(year: Int, month: Int) -> Int {
        guard !neverFires, (1...12).contains(month), (1...Instant.lastYear).contains(year) else { return 0 }
        let first = CivilDate(year: year, month: month, day: 1).dayNumber
        return days(of: month, in: year, firstDay: first).nonzeroBitCount
    }

    /// Days of a year that have fire times.
    public func days(year: Int) -> Int { (1...12).reduce(0) { $0 + days(year: year, month: $1) } }

    /// How many fire times a year has by the calendar; changes of the clocks are not counted.
    public func times(year: Int) -> Int { days(year: year) * timesPerDay }

    /// The same of a month, 1 to 12.
    public func times(year: Int, month: Int) -> Int { days(year: year, month: month) * timesPerDay }

    /// Fire times on one day: none, or `timesPerDay`.
    public func times(year: Int, month: Int, day: Int) -> Int {
        guard !neverFires, (1...31).contains(day), (1...12).contains(month), (1...Instant.lastYear).contains(year) else { return 0 }
        let first = CivilDate(year: year, month: month, day: 1).dayNumber
        return days(of: month, in: year, firstDay: first) >> UInt32(day) & 1 == 1 ? timesPerDay : 0
    }

    /// Fire times in one hour: none, or `timesPerHour`.
    public func times(year: Int, month: Int, day: Int, hour: Int) -> Int {
        guard (0...23).contains(hour), hours >> UInt32(hour) & 1 == 1 else { return 0 }
        return times(year: year, month: month, day: day) == 0 ? 0 : timesPerHour
    }
}

extension Schedule {
    /// How many fire times lie in a half-open range, but no more than a limit is looked for: the answer is at most that.
    ///
    /// For schedules that can only be counted by walking from one fire time to the next.
    public func count(in range: Range<Instant>, atMost limit: Int) -> Int {
        var count = 0, times = fireTimes(in: range)
        while count < limit, times.next() != nil { count += 1 }
        return count
    }
}
