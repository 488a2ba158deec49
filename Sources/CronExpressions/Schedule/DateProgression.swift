/// Dates at equal steps of the calendar, in both directions: every n days, or a day of every n months.
struct DateProgression: Hashable, Sendable {
    private enum Step: Hashable {
        /// Day numbers that leave `phase` when divided by `length`.
        case days(length: Int, phase: Int)
        /// Months, counted from the year 0, that leave `phase` when divided by `length`.
        case months(length: Int, phase: Int, day: Int, missing: CalendarIntervalSchedule.MissingDay)
    }

    private let step: Step

    /// Steps that are longer than all years covered are refused.
    private static let most = (days: 1_000_000, months: 30_000)

    init?(days length: Int, from anchor: CivilDate) {
        guard length >= 1, length <= Self.most.days else { return nil }
        step = .days(length: length, phase: floorDivide(Int64(anchor.dayNumber), by: Int64(length)).remainder)
    }

    init?(months length: Int, from anchor: CivilDate, missing: CalendarIntervalSchedule.MissingDay) {
        guard length >= 1, length <= Self.most.months else { return nil }
        let month = anchor.year * 12 + anchor.month - 1
        // A day that every month has is never missing: such schedules are equal, whatever they say of missing days.
        step = .months(length: length, phase: month % length, day: anchor.day, missing: anchor.day > 28 ? missing : .skipped)
    }

    /// Whether the number of dates between two indices is their difference.
    var isWithoutHoles: Bool { if case .days = step { true } else { false } }

    /// The day number of a date; nil where the month does not have the day.
    func day(_ index: Int) -> Int? {
        switch step {
        case .days(let length, let phase): return index &* length &+ phase
        case .months(let length, let phase, let day, let missing):
            let (year, month) = floorDivide(Int64(index &* length &+ phase), by: 12)
            let length = CivilDate.daysInMonth(month + 1, of: year)
            if day > length, missing == .skipped { return nil }
            return CivilDate(year: year, month: month + 1, day: min(day, length)).dayNumber
        }
    }

    /// The first index whose date may be on or after a day: those below it are all before.
    func index(notBefore day: Int) -> Int {
        switch step {
        case .days(let length, let phase): return Self.ceilingDivide(day &- phase, by: length)
        case .months(let length, let phase, _, _):
            let date = CivilDate(dayNumber: day)
            return Self.ceilingDivide(date.year &* 12 &+ date.month &- 1 &- phase, by: length)
        }
    }

    private static func ceilingDivide(_ value: Int, by divisor: Int) -> Int {
        floorDivide(Int64(value &+ divisor &- 1), by: Int64(divisor)).quotient
    }
}
