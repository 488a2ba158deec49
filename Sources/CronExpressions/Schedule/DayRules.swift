/// What few schedules have: seconds, years, and days that depend on the month. Kept apart so that ordinary schedules stay small.
struct DayRules: Hashable, Sendable {
    /// Bit n: second n.
    var seconds: UInt64 = 1
    /// The years, if the expression names any.
    var years: YearSet?
    /// Bit n: the n-th day before the last day of the month (bit 0 is the last day itself).
    var beforeLast: UInt32 = 0
    /// Bit n: the last Monday-to-Friday day that is nearest to the n-th day before the last.
    var workdayBeforeLast: UInt32 = 0
    /// Bit n: the Monday-to-Friday day nearest to day n.
    var nearestWorkday: UInt32 = 0
    /// Eight bits per ordinal: bits 0-6 of byte k are the weekdays whose occurrence k counts; byte 0 is the last one.
    var ordinals: UInt64 = 0

    var isOrdinary: Bool { seconds == 1 && years == nil && !dependsOnMonth }

    /// Whether there are days that only the month tells.
    var dependsOnMonth: Bool { beforeLast != 0 || workdayBeforeLast != 0 || nearestWorkday != 0 || ordinals != 0 }

    /// Days of the month that the special day-of-month items name, as bits 1-31.
    func daysOfMonth(length: Int, firstWeekday: Int) -> UInt32 {
        var days: UInt32 = 0
        var rest = beforeLast
        while rest != 0 {
            let n = rest.trailingZeroBitCount
            rest &= rest &- 1
            if n < length { days |= 1 << UInt32(length &- n) }
        }
        rest = workdayBeforeLast
        while rest != 0 {
            let n = rest.trailingZeroBitCount
            rest &= rest &- 1
            if n < length { days |= 1 << UInt32(Self.workday(nearest: length &- n, length: length, firstWeekday: firstWeekday)) }
        }
        rest = nearestWorkday
        while rest != 0 {
            let day = rest.trailingZeroBitCount
            rest &= rest &- 1
            if day <= length { days |= 1 << UInt32(Self.workday(nearest: day, length: length, firstWeekday: firstWeekday)) }
        }
        return days
    }

    /// Days of the month that the special day-of-week items name, as bits 1-31.
    func weekdayOrdinals(length: Int, firstWeekday: Int) -> UInt32 {
        var days: UInt32 = 0
        var rest = ordinals
        while rest != 0 {
            let (ordinal, weekday) = (rest.trailingZeroBitCount >> 3, rest.trailingZeroBitCount & 7)
            rest &= rest &- 1
            let skip = weekday &- firstWeekday
            let first = skip < 0 ? skip &+ 8 : skip &+ 1
            let day = ordinal == 0 ? first &+ (length &- first) / 7 &* 7 : first &+ (ordinal &- 1) &* 7
            if day <= length { days |= 1 << UInt32(day) }
        }
        return days
    }

    /// The Monday-to-Friday day nearest to a day, inside the month.
    private static func workday(nearest day: Int, length: Int, firstWeekday: Int) -> Int {
        switch (firstWeekday &+ day &- 1) % 7 {
        case 6: return day == 1 ? 3 : day &- 1
        case 0: return day == length ? day &- 2 : day &+ 1
        default: return day
        }
    }
}

/// A set of the years 1970-2199.
struct YearSet: Hashable, Sendable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    static let first = 1970
    static let last = 2199

    mutating func insert(_ year: Int) {
        guard year >= Self.first, year <= Self.last else { return }
        let bit = year &- Self.first
        let mask: UInt64 = 1 << UInt64(bit & 63)
        switch bit >> 6 {
        case 0: words.0 |= mask
        case 1: words.1 |= mask
        case 2: words.2 |= mask
        default: words.3 |= mask
        }
    }

    func contains(_ year: Int) -> Bool {
        guard year >= Self.first, year <= Self.last else { return false }
        let bit = year &- Self.first
        let word =
            switch bit >> 6 {
            case 0: words.0
            case 1: words.1
            case 2: words.2
            default: words.3
            }
        return word >> UInt64(bit & 63) & 1 == 1
    }

    /// The first year of the set from one on; a year after the calendar's end if there is none.
    func first(from year: Int) -> Int {
        var year = max(year, Self.first)
        while year <= Self.last {
            if contains(year) { return year }
            year &+= 1
        }
        return Instant.lastYear &+ 1
    }

    static func == (a: YearSet, b: YearSet) -> Bool { a.words == b.words }

    func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}

/// `DayRules` behind one reference.
final class Extras: Hashable, Sendable {
    let rules: DayRules

    init(_ rules: DayRules) { self.rules = rules }

    static func == (a: Extras, b: Extras) -> Bool { a === b || a.rules == b.rules }

    func hash(into hasher: inout Hasher) { hasher.combine(rules) }
}
