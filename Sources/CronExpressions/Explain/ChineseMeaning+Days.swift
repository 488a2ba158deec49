/// Days, months and years.
extension ChineseMeaning {
    var days: String {
        let dates = { Self.list(day.dates.map(Self.date)) }
        switch day.rule {
        case .everyDay:
            let every = time.isAt || day.months != nil || day.years != nil ? "每天" : ""
            return day.months == nil && day.years == nil ? every : period(of: every)
        case .date: return period(of: dates(), default: "每月")
        case .weekday: return weekdaysAlone
        case .both: return period(of: dates(), default: "每月") + "且须为" + Self.list(day.weekdays.map { weekdayName($0) }, or: true)
        case .either: return period(of: dates(), default: "每月") + "或" + weekdaysInside + "（满足其一即可）"
        }
    }

    private var weekdaysAlone: String {
        if hasSpecialWeekday { return period(of: Self.list(day.weekdays.map { weekdayName($0) }), default: "每月") }
        return period(of: weekdaysInside)
    }

    /// `周一至周五`, `每周一和周三`, `每月第三个周五`.
    private var weekdaysInside: String {
        let names = Self.list(day.weekdays.map { weekdayName($0) })
        if hasSpecialWeekday { return "每月" + names }
        if day.weekdays.count == 1, case .range = day.weekdays[0] { return names }
        return "每" + names
    }

    private var hasSpecialWeekday: Bool {
        day.weekdays.contains { if case .special = $0 { true } else { false } }
    }

    /// The days with the months and years before them.
    private func period(of days: String, default everyMonth: String = "") -> String {
        var text = ""
        if let years = day.years {
            text += Self.list(years.map { Self.number($0, unit: "年") })
        } else if day.months != nil {
            text += "每年"
        }
        guard let months = day.months else {
            return text.isEmpty ? Self.spaced(everyMonth, days) : Self.spaced(text, Self.spaced(everyMonth, days))
        }
        let names = Self.list(months.map { Self.number($0, unit: "月") })
        let isDate = days.utf8.first.map { $0 < 0x80 } ?? false
        return Self.spaced(text, names) + (isDate ? " " : "的") + days
    }

    /// A blank between a Chinese character and a digit.
    private static func spaced(_ head: String, _ tail: String) -> String {
        guard let first = tail.utf8.first, !head.isEmpty else { return head + tail }
        return first < 0x80 ? head + " " + tail : head + tail
    }

    private static func number(_ piece: FieldPiece, unit: String) -> String {
        switch piece {
        case .value(let value): "\(value) \(unit)"
        case .range(let from, let to): "\(from) \(unit)至 \(to) \(unit)"
        case .step(let from, let to, let by):
            unit == "年"
                ? "\(from) 年至 \(to) 年每 \(by) 年" : list(stride(from: from, through: to, by: by).map { "\($0) \(unit)" })
        case .random(let from, let to): "\(from) \(unit)至 \(to) \(unit)之间抽定的一\(unit == "月" ? "个月" : "年")"
        case .special: ""
        }
    }

    private static func date(_ piece: FieldPiece) -> String {
        switch piece {
        case .value(let day): "\(day) 日"
        case .range(let from, let to): "\(from) 日至 \(to) 日"
        case .step(let from, let to, let by): "\(from) 日至 \(to) 日每 \(by) 天"
        case .random(let from, let to): "\(from) 日至 \(to) 日之间抽定的一天"
        case .special(.lastDay(0)): "最后一天"
        case .special(.lastDay(let before)): "最后一天的前 \(before) 天"
        case .special(.lastWorkday(0)): "最后一个工作日（周一至周五）"
        case .special(.lastWorkday(let before)): "离最后一天的前 \(before) 天最近的工作日（周一至周五）"
        case .special(.nearestWorkday(let day)): "离 \(day) 日最近的工作日（周一至周五）"
        case .special: ""
        }
    }

    private func weekdayName(_ piece: FieldPiece) -> String {
        switch piece {
        case .value(let day): Self.weekday(day)
        case .range(let from, let to): "\(Self.weekday(from))至\(Self.weekday(to))"
        case .random(let from, let to): "\(Self.weekday(from))至\(Self.weekday(to))之间抽定的一天"
        case .special(.nth(let day, let ordinal)): "第\(["一", "二", "三", "四", "五"][min(max(ordinal, 1), 5) - 1])个\(Self.weekday(day))"
        case .special(.last(let day)): "最后一个\(Self.weekday(day))"
        case .step, .special: ""
        }
    }

    private static func weekday(_ value: Int) -> String { ["周日", "周一", "周二", "周三", "周四", "周五", "周六"][value % 7] }

    private static func list(_ parts: [String], or: Bool) -> String {
        guard parts.count > 1, let last = parts.last else { return parts.first ?? "" }
        return parts.dropLast().joined(separator: "、") + "或" + last
    }
}
