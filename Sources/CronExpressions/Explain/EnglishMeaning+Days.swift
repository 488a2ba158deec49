/// Days, months and years.
extension EnglishMeaning {
    var days: String {
        switch day.rule {
        case .everyDay: return (time.isAt ? " every day" : "") + (day.months == nil ? "" : months("in"))
        case .date: return separator + dates
        case .weekday: return weekdaysAlone
        case .both:
            if day.hasNoDate { return separator + datesBare }
            let ofMonth = day.months == nil ? " of the month" : months("of")
            return separator + datesBare + ofMonth + ", but only " + weekdayCondition
        case .either:
            let inMonth = day.months == nil ? "" : months("in")
            return separator + dates + " and " + weekdayPhrase + (day.hasSpecialWeekday && day.months == nil ? " of the month" : inMonth)
                + " (either is enough)"
        }
    }

    var years: String {
        guard let years = day.years, day.oneDay == nil else { return "" }
        if years.count == 1 {
            switch years[0] {
            case .range(let from, let to): return ", from \(from) to \(to)"
            case .step: return ", " + Self.year(years[0])
            case .value, .random, .special: break
            }
        }
        return ", in " + Self.list(years.map(Self.year))
    }

    private static func year(_ piece: FieldPiece) -> String {
        switch piece {
        case .value(let year): "\(year)"
        case .range(let from, let to): "\(from) to \(to)"
        case .step(let from, let to, let by): "every \(ordinal(by)) year from \(from) to \(to)"
        case .random(let from, let to): "one drawn year from \(from) to \(to)"
        case .special: ""
        }
    }

    /// “at 09:00 from Monday”, but “every 5 minutes, on the 1st”.
    private var separator: String { time.isAt ? " " : ", " }

    // MARK: Dates

    private var dates: String {
        if day.hasNoDate { return datesBare }
        if let date = day.yearDay { return "on \(date.day) \(Self.month(date.month))" + (day.oneDay.map { " \($0)" } ?? "") }
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
        case .random(1, 31): return "one drawn day"
        case .random(let from, let to): return "one drawn day from the \(ordinal(from)) to the \(ordinal(to))"
        case .special(.lastDay(0)): return "the last day"
        case .special(.lastDay(1)): return "the day before the last day"
        case .special(.lastDay(let before)): return "the \(ordinal(before)) day before the last day"
        case .special(.lastWorkday(0)): return "the last weekday (Monday to Friday)"
        case .special(.lastWorkday(let before)):
            return "the weekday (Monday to Friday) nearest to the \(before == 1 ? "" : ordinal(before) + " ")day before the last day"
        case .special(.nearestWorkday(let day)): return "the weekday (Monday to Friday) nearest to the \(ordinal(day))"
        case .special(.dates): return "day 0, which no month has"
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
        let inMonth = day.months == nil ? "" : months(day.hasSpecialWeekday ? "of" : "in")
        if let range = weekdayRange { return (time.isAt ? " from " : ", ") + range + inMonth }
        return separator + weekdayPhrase + (day.hasSpecialWeekday && day.months == nil ? " of every month" : inMonth)
    }

    /// `every Monday and Friday`, `every day from Monday to Friday`, `on the third Friday`.
    private var weekdayPhrase: String {
        if let range = weekdayRange { return "every day from " + range }
        var parts: [String] = []
        if !plainWeekdays.isEmpty { parts.append("every " + Self.list(plainWeekdays)) }
        parts += drawnWeekdays.map { "on " + $0 }
        if !specialWeekdays.isEmpty { parts.append("on the " + specialWeekdays.joined(separator: " and the ")) }
        return parts.joined(separator: " and ")
    }

    private var weekdayCondition: String {
        if let range = weekdayRange { return "from " + range }
        return "if it is " + Self.list(plainWeekdays.map { "a " + $0 } + drawnWeekdays + specialWeekdays.map { "the " + $0 }, "or")
    }

    private var plainWeekdays: [String] {
        day.weekdays.flatMap { piece -> [String] in
            switch piece {
            case .value(let day): [Self.weekday(day)]
            case .range(let from, let to): (from...max(from, to)).map(Self.weekday)
            case .random, .step, .special: []
            }
        }
    }

    private var drawnWeekdays: [String] {
        day.weekdays.compactMap { piece in
            guard case .random(let from, let to) = piece else { return nil }
            return "one drawn day from \(Self.weekday(from)) to \(Self.weekday(to))"
        }
    }

    /// `first and third Monday`, `last Friday`.
    private var specialWeekdays: [String] {
        var groups: [(weekday: Int, ordinals: [String])] = []
        for case .special(let item) in day.weekdays {
            let weekday: Int, ordinal: String
            switch item {
            case .nth(let day, let number):
                (weekday, ordinal) = (day, ["first", "second", "third", "fourth", "fifth"][min(max(number, 1), 5) - 1])
            case .last(let day): (weekday, ordinal) = (day, "last")
            default: continue
            }
            if groups.last?.weekday == weekday {
                groups[groups.count - 1].ordinals.append(ordinal)
            } else {
                groups.append((weekday, [ordinal]))
            }
        }
        return groups.map { Self.list($0.ordinals) + " " + Self.weekday($0.weekday) }
    }

    private static func weekday(_ value: Int) -> String { title(FieldNames.days[value % 7]) }

    // MARK: Months

    private func months(_ word: String) -> String {
        guard let months = day.months else { return "" }
        if months.count == 1, case .range(let from, let to) = months[0], to > from + 1 {
            return (word == "in" ? " from " : " of every month from ") + "\(Self.month(from)) to \(Self.month(to))"
        }
        return " \(word) " + Self.list(months.flatMap(Self.monthNames))
    }

    private static func monthNames(_ piece: FieldPiece) -> [String] {
        switch piece {
        case .value(let value): [month(value)]
        case .range(let from, let to) where to == from + 1: [month(from), month(to)]
        case .range(let from, let to): ["\(month(from)) to \(month(to))"]
        case .step(let from, let to, let by): stride(from: from, through: to, by: by).map(month)
        case .random(1, 12): ["one drawn month"]
        case .random(let from, let to): ["one drawn month from \(month(from)) to \(month(to))"]
        case .special: []
        }
    }

    private static func month(_ value: Int) -> String { title(FieldNames.months[(max(value, 1) - 1) % 12]) }

    private static func title(_ name: StaticString) -> String {
        name.description.prefix(1) + name.description.dropFirst().lowercased()
    }
}
