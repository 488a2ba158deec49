/// A date of the proleptic Gregorian calendar and the arithmetic between dates and day numbers.
///
/// Days are counted from 1970-01-01 (day 0). The conversions are exact for every year this package names (1 to 2500)
/// and for thousands of years around them; callers clamp instants first, so nothing here can overflow.
public struct CivilDate: Hashable, Sendable {
    public internal(set) var year: Int
    public internal(set) var month: Int
    public internal(set) var day: Int

    /// 1970-01-01, a Thursday.
    public static let epoch = CivilDate(year: 1970, month: 1, day: 1)

    /// Nil for a date that is not in the calendar, or not in the years 1 to 2499.
    public init?(_ year: Int, _ month: Int, _ day: Int) {
        guard (1...Instant.lastYear).contains(year), (1...12).contains(month), day >= 1, day <= Self.daysInMonth(month, of: year)
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    @inline(__always)
    init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The date of a day number.
    @inline(__always)
    init(dayNumber: Int) {
        let shifted = dayNumber &+ 719_468
        let era = (shifted >= 0 ? shifted : shifted &- 146_096) / 146_097
        let dayOfEra = UInt32(truncatingIfNeeded: shifted &- era &* 146_097)
        let yearOfEra = (dayOfEra &- dayOfEra / 1460 &+ dayOfEra / 36_524 &- dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra &- (365 &* yearOfEra &+ yearOfEra / 4 &- yearOfEra / 100)
        let shiftedMonth = (5 &* dayOfYear &+ 2) / 153
        day = Int(dayOfYear &- (153 &* shiftedMonth &+ 2) / 5 &+ 1)
        month = Int(shiftedMonth < 10 ? shiftedMonth &+ 3 : shiftedMonth &- 9)
        year = Int(yearOfEra) &+ era &* 400 &+ (month <= 2 ? 1 : 0)
    }

    /// The day number of this date.
    @inline(__always)
    var dayNumber: Int {
        let y = month <= 2 ? year &- 1 : year
        let era = (y >= 0 ? y : y &- 399) / 400
        let yearOfEra = UInt32(truncatingIfNeeded: y &- era &* 400)
        let shiftedMonth = UInt32(truncatingIfNeeded: month > 2 ? month &- 3 : month &+ 9)
        let dayOfYear = (153 &* shiftedMonth &+ 2) / 5 &+ UInt32(truncatingIfNeeded: day) &- 1
        let dayOfEra = yearOfEra &* 365 &+ yearOfEra / 4 &- yearOfEra / 100 &+ dayOfYear
        return era &* 146_097 &+ Int(dayOfEra) &- 719_468
    }

    @inline(__always)
    static func isLeap(_ year: Int) -> Bool {
        year & 3 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    @inline(__always)
    static func daysInMonth(_ month: Int, of year: Int) -> Int {
        if month == 2 { return isLeap(year) ? 29 : 28 }
        return 30 &+ ((month ^ (month >> 3)) & 1)
    }

    /// 0 is Sunday.
    @inline(__always)
    static func weekday(ofDayNumber day: Int) -> Int {
        let remainder = (day &+ 4) % 7
        return remainder < 0 ? remainder &+ 7 : remainder
    }
}

/// Quotient and remainder with the remainder never negative.
@inline(__always)
func floorDivide(_ value: Int64, by divisor: Int64) -> (quotient: Int, remainder: Int) {
    var quotient = value / divisor
    var remainder = value &- quotient &* divisor
    if remainder < 0 {
        quotient &-= 1
        remainder &+= divisor
    }
    return (Int(quotient), Int(remainder))
}
