/// The search on the local calendar, which knows no clock changes: the first match from a local second on, the last one up
/// to one, and the days of a month.
extension CronSchedule {
    static let noLaterMatch = Int64.max
    static let noEarlierMatch = Int64.min

    /// The days of a month that match, as bits 1-31; none if the month or year does not match.
    @inline(__always)
    func days(of month: Int, in year: Int, firstDay: Int) -> UInt32 {
        guard months >> UInt16(month) & 1 == 1 else { return 0 }
        let firstWeekday = CivilDate.weekday(ofDayNumber: firstDay)
        let length = CivilDate.daysInMonth(month, of: year)
        return days(length: length, firstWeekday: firstWeekday, year: year)
    }

    @inline(__always)
    func days(length: Int, firstWeekday: Int, year: Int) -> UInt32 {
        // Bit 0 of the pattern is the weekday of the first day; four copies of it make a month.
        let week = UInt64(weekdays) | UInt64(weekdays) << 7
        let pattern = week >> UInt64(firstWeekday) & 0x7F
        var byWeekday = UInt32(truncatingIfNeeded: (pattern &* 0x1020_4081) << 1)
        var byDate = daysOfMonth
        if let extras {
            if let years = extras.rules.years, !years.contains(year) { return 0 }
            byDate |= extras.rules.daysOfMonth(length: length, firstWeekday: firstWeekday)
            if extras.rules.ordinals != 0 {
                byWeekday |= extras.rules.weekdayOrdinals(length: length, firstWeekday: firstWeekday)
            }
        }
        let inside = UInt32.max >> UInt32(31 &- length) & ~1
        return (flags.contains(.bothDays) ? byDate & byWeekday : byDate | byWeekday) & inside
    }

    var secondsMask: UInt64 { extras?.rules.seconds ?? 1 }

    /// The first match from `low` on. Matches from `limit` on are not looked for, but may be returned.
    func firstMatch(from low: Int64, before limit: Int64) -> Int64 {
        let (today, secondOfDay) = floorDivide(low, by: 86_400)
        if everyWeek != 0 { return firstWeeklyMatch(from: today, secondOfDay, before: limit) }
        let date = CivilDate(dayNumber: today)
        var (year, month) = (date.year, date.month)
        var firstDay = today &- date.day &+ 1
        var days = days(of: month, in: year, firstDay: firstDay)
        if days >> UInt32(date.day) & 1 == 1 {
            let time = firstTime(from: secondOfDay)
            if time >= 0 {
                let match = Int64(today) &* 86_400 &+ Int64(time)
                return match < Instant.latestLocal ? match : Self.noLaterMatch
            }
        }
        days &= UInt32.max << UInt32(date.day &+ 1)
        if days == 0 {
            let last = min(floorDivide(limit &- 1, by: 86_400).quotient, Self.lastDay)
            days = laterDays(&year, &month, &firstDay, last: last)
            if days == 0 { return Self.noLaterMatch }
        }
        let day = firstDay &+ days.trailingZeroBitCount &- 1
        let match = Int64(day) &* 86_400 &+ Int64(firstTime(from: 0))
        return match < Instant.latestLocal ? match : Self.noLaterMatch
    }

    /// Goes on to the first later month with matching days that begins no later than `last`; no days if there is none.
    private func laterDays(_ year: inout Int, _ month: inout Int, _ firstDay: inout Int, last: Int) -> UInt32 {
        let years = extras?.rules.years
        while true {
            let later = months >> UInt16(month &+ 1)
            if later != 0, years?.contains(year) ?? true {
                month &+= later.trailingZeroBitCount &+ 1
            } else {
                year = years?.first(from: year &+ 1) ?? (year &+ 1)
                month = months.trailingZeroBitCount
            }
            firstDay = CivilDate(year: year, month: month, day: 1).dayNumber
            if firstDay > last { return 0 }
            let days = days(of: month, in: year, firstDay: firstDay)
            if days != 0 { return days }
        }
    }

    /// The same where the weekday alone decides: most schedules need no calendar.
    @inline(__always)
    private func firstWeeklyMatch(from today: Int, _ secondOfDay: Int, before limit: Int64) -> Int64 {
        // Bit 0 is today's weekday.
        let week = (UInt32(everyWeek) | UInt32(everyWeek) << 7) >> UInt32(CivilDate.weekday(ofDayNumber: today))
        if week & 1 == 1 {
            let time = firstTime(from: secondOfDay)
            if time >= 0 {
                let match = Int64(today) &* 86_400 &+ Int64(time)
                return match < Instant.latestLocal ? match : Self.noLaterMatch
            }
        }
        // The mask holds at least one week, so a weekday that is only today's comes again after seven days.
        let day = today &+ (week >> 1 | 0x40).trailingZeroBitCount &+ 1
        let match = Int64(day) &* 86_400 &+ Int64(firstTime(from: 0))
        return match < min(limit, Instant.latestLocal) ? match : Self.noLaterMatch
    }

    func findEveryWeek() -> UInt8 {
        if months & 0x1FFE != 0x1FFE { return 0 }
        if let rules = extras?.rules, rules.years != nil || rules.dependsOnMonth { return 0 }
        let everyDate = daysOfMonth & 0xFFFF_FFFE == 0xFFFF_FFFE
        if flags.contains(.bothDays) { return everyDate ? weekdays & 0x7F : 0 }
        return everyDate || weekdays & 0x7F == 0x7F ? 0x7F : daysOfMonth & 0xFFFF_FFFE == 0 ? weekdays & 0x7F : 0
    }

    private static let lastDay = Int(Instant.latestLocal / 86_400) - 1
    private static let earliestDay = Int(Instant.earliestLocal / 86_400)

    /// The last match up to and including `high`. Matches before `limit` are not looked for, but may be returned.
    func lastMatch(upTo high: Int64, from limit: Int64) -> Int64 {
        let (today, secondOfDay) = floorDivide(high, by: 86_400)
        let date = CivilDate(dayNumber: today)
        var (year, month) = (date.year, date.month)
        var firstDay = today &- date.day &+ 1
        var days = days(of: month, in: year, firstDay: firstDay)
        if days >> UInt32(date.day) & 1 == 1 {
            let time = lastTime(upTo: secondOfDay)
            if time >= 0 { return Int64(today) &* 86_400 &+ Int64(time) }
        }
        days &= (1 << UInt32(date.day)) &- 1
        let first = max(floorDivide(limit, by: 86_400).quotient, Self.earliestDay)
        while days == 0 {
            repeat {
                if firstDay <= first { return Self.noEarlierMatch }
                month &-= 1
                if month == 0 {
                    month = 12
                    year &-= 1
                }
                firstDay &-= CivilDate.daysInMonth(month, of: year)
            } while months >> UInt16(month) & 1 == 0
            days = self.days(of: month, in: year, firstDay: firstDay)
        }
        let day = firstDay &+ 30 &- days.leadingZeroBitCount
        return day < first ? Self.noEarlierMatch : Int64(day) &* 86_400 &+ Int64(lastTime(upTo: 86_399))
    }
}
