/// Days, months and years.
extension ChineseMeaning {
    var days: String {
        let dates = Self.list(day.dates.map(Self.date))
        switch day.rule {
        case .everyDay:
            let every = time.isAt || day.months != nil || day.years != nil ? "每天" : ""
            return day.months == nil && day.years == nil ? every : period(of: every)
        case .date: return period(of: dates, inEachMonth: true)
        case .weekday: return period(of: weekdays, inEachMonth: day.weekdays.allSatisfy(Self.isSpecial))
        case .both: return period(of: dates, inEachMonth: true) + "且须为" + Self.list(day.weekdays.map(Self.weekdayName), "或")
        case .either:
            let either = day.dates.map(Self.date).joined(separator: "、") + "或" + weekdays
            return period(of: either, inEachMonth: true, isOne: false) + "（满足其一即可）"
        }
    }

    /// `周一至周五`, `每周一和周三`, `第三个周五`; of a list that has both, the latter with their 每月.
    private var weekdays: String {
        let plain = day.weekdays.filter { !Self.isSpecial($0) }, special = day.weekdays.filter(Self.isSpecial)
        let ofMonth = Self.list(special.map(Self.weekdayName))
        guard !plain.isEmpty else { return day.rule == .either && day.months == nil ? "每月" + ofMonth : ofMonth }
        if day.weekdays.count == 1, case .random = plain[0] { return "每周在" + Self.weekdayName(plain[0]) }
        let names = Self.list(plain.map(Self.weekdayName))
        let isRange = if plain.count == 1, case .range(let from, let to) = plain[0] { to > from + 1 } else { false }
        let ofWeek = isRange && special.isEmpty && day.rule == .weekday ? names : "每" + names
        return special.isEmpty ? ofWeek : ofWeek + "和" + (day.months == nil ? "每月" : "") + ofMonth
    }

    private static func isSpecial(_ piece: FieldPiece) -> Bool { if case .special = piece { true } else { false } }

    /// The days with the months and years before them.
    ///
    /// - Parameters:
    ///   - inEachMonth: they are days of a month: without months and years it is every one.
    ///   - isOne: they are one phrase, which can follow a month as `6 月 1 日` does.
    private func period(of days: String, inEachMonth: Bool = false, isOne: Bool = true) -> String {
        var text = ""
        if let years = day.years {
            text += Self.list(years.map { Self.number($0, unit: "年") })
            if years.contains(where: { if case .step = $0 { true } else { false } }) { text += "的" }
        } else if day.months != nil {
            text += "每年"
        }
        guard let months = day.months else { return Self.spaced(text, Self.spaced(inEachMonth ? "每月" : "", days)) }
        let names = Self.list(months.map { Self.number($0, unit: "月") })
        let isDate = days.utf8.first.map { $0 < 0x80 } ?? false
        return Self.spaced(text, names) + (isDate && isOne ? "" : "的") + (isDate ? " " : "") + days
    }

    /// A blank between a Chinese character and a digit.
    private static func spaced(_ head: String, _ tail: String) -> String {
        guard let first = tail.utf8.first, !head.isEmpty else { return head + tail }
        return first < 0x80 ? head + " " + tail : head + tail
    }

    private static func number(_ piece: FieldPiece, unit: String) -> String {
        switch piece {
        case .value(let value): return "\(value) \(unit)"
        case .range(let from, let to) where unit == "月" && to > 12: return "\(from) 月至次年 \(to - 12) 月"
        case .range(let from, let to): return "\(from) \(unit)至 \(to) \(unit)"
        case .step(let from, let to, let by):
            if unit == "年" { return "\(from) 年至 \(to) 年每 \(by) 年" }
            return list(stride(from: from, through: to, by: by).map { "\($0) \(unit)" })
        case .random(1, 12) where unit == "月": return "抽定的一个月"
        case .random(let from, let to): return "\(from) \(unit)至 \(to) \(unit)之间抽定的一\(unit == "月" ? "个月" : "年")"
        case .special: return ""
        }
    }

    private static func date(_ piece: FieldPiece) -> String {
        switch piece {
        case .value(let day): "\(day) 日"
        case .range(let from, let to): "\(from) 日至 \(to) 日"
        case .step(let from, let to, let by): "\(from) 日至 \(to) 日每 \(by) 天"
        case .random(1, 31): "抽定的一天"
        case .random(let from, let to): "\(from) 日至 \(to) 日之间抽定的一天"
        case .special(.lastDay(0)): "最后一天"
        case .special(.lastDay(let before)): "倒数第 \(before + 1) 天"
        case .special(.lastWorkday(0)): "最后一个工作日（周一至周五）"
        case .special(.lastWorkday(let before)): "离倒数第 \(before + 1) 天最近的工作日（周一至周五）"
        case .special(.nearestWorkday(let day)): "离 \(day) 日最近的工作日（周一至周五）"
        case .special(.dates): "0 日（没有哪个月有这一天）"
        case .special: ""
        }
    }

    private static func weekdayName(_ piece: FieldPiece) -> String {
        switch piece {
        case .value(let day): weekday(day)
        case .range(let from, let to) where to == from + 1: list([weekday(from), weekday(to)])
        case .range(let from, let to): "\(weekday(from))至\(weekday(to))"
        case .random(let from, let to): "\(weekday(from))至\(weekday(to))之间抽定的一天"
        case .special(.nth(let day, let ordinal)): "第\(["一", "二", "三", "四", "五"][min(max(ordinal, 1), 5) - 1])个\(weekday(day))"
        case .special(.last(let day)): "最后一个\(weekday(day))"
        case .step, .special: ""
        }
    }

    private static func weekday(_ value: Int) -> String { ["周日", "周一", "周二", "周三", "周四", "周五", "周六"][value % 7] }
}
