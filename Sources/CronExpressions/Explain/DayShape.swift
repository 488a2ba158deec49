/// Which days an expression means: what kind of phrase its day, month and year fields want, in any language.
struct DayShape {
    enum Rule {
        case everyDay, date, weekday
        /// Both must match.
        case both
        /// Either is enough.
        case either
    }

    var rule: Rule
    var dates: [FieldPiece]
    var weekdays: [FieldPiece]
    /// Nil: every month.
    var months: [FieldPiece]?
    /// Nil: every year.
    var years: [FieldPiece]?

    init(date: FieldShape, weekday: FieldShape, month: FieldShape, year: FieldShape?, bothMustMatch: Bool) {
        dates = date.pieces
        weekdays = weekday.pieces
        months = month.isFull ? nil : month.pieces
        years = year.flatMap { $0.isFull ? nil : $0.pieces }
        switch (date.isFull, weekday.isFull) {
        case (true, true): rule = .everyDay
        case (true, false): rule = bothMustMatch ? .weekday : .everyDay
        case (false, true): rule = bothMustMatch ? .date : .everyDay
        case (false, false): rule = bothMustMatch ? .both : .either
        }
    }

    /// The one date of the year, if that is all that is said.
    var yearDay: (month: Int, day: Int)? {
        guard rule == .date, dates.count == 1, case .value(let day) = dates[0], let months, months.count == 1,
            case .value(let month) = months[0]
        else { return nil }
        return (month, day)
    }

    /// The year of the one day that there is.
    var oneDay: Int? {
        guard yearDay != nil, let years, years.count == 1, case .value(let year) = years[0] else { return nil }
        return year
    }

    /// Its dates are nothing but the day 0.
    var hasNoDate: Bool {
        guard dates.count == 1, case .special(.dates) = dates[0] else { return false }
        return true
    }

    /// `#` and `L`: days of a month, not of every week.
    var hasSpecialWeekday: Bool {
        weekdays.contains { if case .special = $0 { true } else { false } }
    }
}
