/// Days, months and years.
extension EnglishMeaning {
    var days: String {
        switch day.rule {
        case .everyDay: return (time.isAt ? " every day" : "") + (day.months == nil ? "" : months("in"))
        case .date: return separator + dates
        case .weekday: return weekdaysAlone
        case .both:
            let ofMonth = day.months == nil ? " of the month" : months("of")
            return separator + datesBare + ofMonth + ", but only if it is " + weekdayCondition
        case .either:
            let inMonth = day.months == nil ? "" : months("in")
            return separator + dates + " and " + weekdayPhrase + (hasSpecialWeekday && day.months == nil ? " of the month" : inMonth)
                + " (either is enough)"
        }
    }

    var years: String {
        guard let years = day.years else { return "" }
        if years.count == 1, case .range = years[0] { return ", from " + Self.number(years[0]) }
        return ", in " + Self.list(years.map(Self.number))
    }

    /// “at 09:00 from Monday”, but “every 5 minutes, on the 1st”.
    private var separator: String { time.isAt ? " " : ", " }

    // MARK: Dates

    private var dates: String {
        if let date = day.yearDay { return "on \(date.day) \(Self.month(date.month))" }
        return datesBare + (day.months == nil ? " of every month" : months("of"))
    }

    private var datesBare: String {
        if day.dates.count == 1, case .range(let from, let to) = day.dates[0] {
            return "from the \(Self.ordinal(from)) to the \(Self.ordinal(to))"
        }
        return "on " + Self.list(day.dates.map(Self.date))
    }

    private static func date(_ piece: FieldPiece) -> String {
        switch piece {
        case .value(let day): return "the \(ordinal(day))"
        case .range(let from, let to): return "the \(ordinal(from)) to the \(ordinal(to))"
        case .step(let from, let to, let by): return "every \(ordinal(by)) day from the \(ordinal(from)) to the \(ordinal(to))"
        case .random(let from, let to): return "one drawn day from the \(ordinal(from)) to the \(ordinal(to))"
        case .special(.lastDay(0)): return "the last day"
        case .special(.lastDay(1)): return "the day before the last day"
        case .special(.lastDay(let before)): return "the \(ordinal(before)) day before the last day"
        case .special(.lastWorkday(0)): return "the last Monday-to-Friday day"
        case .special(.lastWorkday(let before)):
            return "the Monday-to-Friday day nearest to the \(before == 1 ? "" : ordinal(before) + " ")day before the last day"
        case .special(.nearestWorkday(let day)): return "the Monday-to-Friday day nearest to the \(ordinal(day))"
        case .special(.dates): return "the day 0, which no month has"
        case .special: return ""
        }
    }

    // MARK: Days of the week

    /// A single range of days, such as Monday to Friday.
    private var weekdayRange: String? {
        guard day.weekdays.count == 1, case .range(let from, let to) = day.weekdays[0], to > from + 1 else { return nil }
        return "\(Self.weekday(from)) to \(Self.weekday(to))"
    }

    private var weekdaysAlone: String {
        let inMonth = day.months == nil ? "" : months(hasSpecialWeekday ? "of" : "in")
        if let range = weekdayRange { return (time.isAt ? " from " : ", ") + range + inMonth }
        return separator + weekdayPhrase + (hasSpecialWeekday && day.months == nil ? " of every month" : inMonth)
    }

    private var hasSpecialWeekday: Bool {
        day.weekdays.contains { if case .special = $0 { true } else { false } }
    }

    /// `every Monday and Friday`, `Monday to Friday`, `on the third Friday`.
    private var weekdayPhrase: String {
        if let range = weekdayRange { return "from " + range }
        let plain = day.weekdays.compactMap(Self.plainWeekday)
        let special = day.weekdays.compactMap(Self.specialWeekday)
        var parts: [String] = []
        if !plain.isEmpty { parts.append("every " + Self.list(plain)) }
        if !special.isEmpty { parts.append("on the " + Self.list(special)) }
        return parts.joined(separator: " and ")
    }

    private var weekdayCondition: String {
        if let range = weekdayRange { return range }
        let plain = day.weekdays.compactMap(Self.plainWeekday).map { "a " + $0 }
        let special = day.weekdays.compactMap(Self.specialWeekday).map { "the \($0)" }
        let parts = plain + special
        guard parts.count > 1, let last = parts.last else { return parts.first ?? "" }
        return parts.dropLast().joined(separator: ", ") + " or " + last
    }

    private static func plainWeekday(_ piece: FieldPiece) -> String? {
        switch piece {
        case .value(let day): weekday(day)
        case .range(let from, let to) where to == from + 1: weekday(from) + " and " + weekday(to)
        case .range(let from, let to): "day from \(weekday(from)) to \(weekday(to))"
        case .random(let from, let to): "one drawn day from \(weekday(from)) to \(weekday(to))"
        case .step, .special: nil
        }
    }

    private static func specialWeekday(_ piece: FieldPiece) -> String? {
        switch piece {
        case .special(.nth(let day, let ordinal)):
            ["first", "second", "third", "fourth", "fifth"][min(max(ordinal, 1), 5) - 1] + " " + weekday(day)
        case .special(.last(let day)): "last " + weekday(day)
        default: nil
        }
    }

    static func weekday(_ value: Int) -> String { title(FieldNames.days[value % 7]) }

    // MARK: Months

    private func months(_ word: String) -> String {
        guard let months = day.months else { return "" }
        if months.count == 1, case .range(let from, let to) = months[0], to > from + 1 {
            return (word == "in" ? " from " : " of ") + "\(Self.month(from)) to \(Self.month(to))"
        }
        return " \(word) " + Self.list(months.flatMap(Self.monthNames))
    }

    private static func monthNames(_ piece: FieldPiece) -> [String] {
        switch piece {
        case .value(let value): [month(value)]
        case .range(let from, let to) where to == from + 1: [month(from), month(to)]
        case .range(let from, let to): ["\(month(from)) to \(month(to))"]
        case .step(let from, let to, let by): stride(from: from, through: to, by: by).map(month)
        case .random(let from, let to): ["one drawn month from \(month(from)) to \(month(to))"]
        case .special: []
        }
    }

    static func month(_ value: Int) -> String { title(FieldNames.months[min(max(value, 1), 12) - 1]) }

    private static func title(_ name: StaticString) -> String {
        name.description.prefix(1) + name.description.dropFirst().lowercased()
    }
}
