// tidy: helper
/// A cron expression understood in the dullest way possible: every field becomes a table of booleans, and a date is
/// checked item by item. Written from the text of DIALECT alone; shares no code with the engine.
struct NaiveExpression {
    var seconds = [Bool](repeating: false, count: 60)
    var minutes: [Bool]
    var hours: [Bool]
    var months: [Bool]
    var years: Set<Int>?
    var dateItems: [String]
    var weekdayItems: [String]
    var both: Bool
    var wild: Bool

    static let monthNames = ["", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    static let dayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

    init(_ text: String) {
        var fields = text.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
        wild = false
        if fields.count >= 6 {
            let field = fields.removeFirst()
            seconds = Self.table(field, 0, 59, [])
            if field.hasPrefix("*") { wild = true }
        } else {
            seconds[0] = true
        }
        if fields.count == 6 {
            let table = Self.table(fields[5], 1970, 2199, [])
            years = Set((1970...2199).filter { table[$0] })
        }
        minutes = Self.table(fields[0], 0, 59, [])
        hours = Self.table(fields[1], 0, 23, [])
        months = Self.table(fields[3], 1, 12, Self.monthNames)
        if fields[0].hasPrefix("*") || fields[1].hasPrefix("*") { wild = true }
        both = fields[4].hasPrefix("+")
        if both { fields[4].removeFirst() }
        for field in [fields[2], fields[4]] where field.hasPrefix("*") || field.hasPrefix("?") { both = true }
        dateItems = fields[2].split(separator: ",").map(String.init)
        weekdayItems = fields[4].split(separator: ",").map(String.init)
    }

    static func value(_ text: String, _ names: [String]) -> Int {
        names.firstIndex(of: text.uppercased()) ?? Int(text) ?? -1
    }

    static func bounds(_ item: String, _ low: Int, _ high: Int, _ names: [String]) -> (Int, Int, Int) {
        let parts = item.split(separator: "/").map(String.init)
        let step = parts.count > 1 ? Int(parts[1]) ?? 1 : 1
        if parts[0] == "*" || parts[0] == "?" { return (low, high, step) }
        let ends = parts[0].split(separator: "-").map { value(String($0), names) }
        return (ends[0], ends[ends.count - 1], step)
    }

    static func table(_ field: String, _ low: Int, _ high: Int, _ names: [String]) -> [Bool] {
        var table = [Bool](repeating: false, count: high + 1)
        for item in field.split(separator: ",") {
            let (from, to, step) = bounds(String(item), low, high, names)
            for value in from...to where (value - from) % step == 0 { table[value] = true }
        }
        return table
    }

    func dayMatches(_ day: NaiveCalendar.Day) -> Bool {
        guard months[day.month], years?.contains(day.year) ?? true else { return false }
        let byDate = dateItems.contains { dateItem($0, day) }
        let byWeekday = weekdayItems.contains { weekdayItem($0, day) }
        return both ? byDate && byWeekday : byDate || byWeekday
    }

    private func dateItem(_ item: String, _ day: NaiveCalendar.Day) -> Bool {
        if item == "L" { return day.day == day.length }
        if item == "LW" {
            // The last day d such that d is a workday and no later day of the month is one.
            guard (1...5).contains(day.weekday) else { return false }
            return (day.day..<day.length).allSatisfy { !(1...5).contains((day.weekday + $0 - day.day + 1) % 7) }
        }
        if item.hasSuffix("W") {
            let n = Int(item.dropLast()) ?? 0
            guard n <= day.length else { return false }
            let weekday = (day.weekday + n - day.day + 70) % 7
            var target = n
            if weekday == 6 { target = n == 1 ? 3 : n - 1 }
            if weekday == 0 { target = n == day.length ? n - 2 : n + 1 }
            return day.day == target
        }
        let (from, to, step) = Self.bounds(item, 1, 31, [])
        return day.day >= from && day.day <= to && (day.day - from) % step == 0
    }

    private func weekdayItem(_ item: String, _ day: NaiveCalendar.Day) -> Bool {
        let isLast = day.day + 7 > day.length
        if let hash = item.firstIndex(of: "#") {
            guard Self.value(String(item[..<hash]), Self.dayNames) % 7 == day.weekday else { return false }
            let n = item[item.index(after: hash)...]
            return n == "L" ? isLast : (day.day + 6) / 7 == Int(n)
        }
        if item.hasSuffix("L") { return isLast && Self.value(String(item.dropLast()), Self.dayNames) % 7 == day.weekday }
        var (from, to, step) = Self.bounds(item, 0, 6, Self.dayNames)
        if to == 0, from > 0 { to = 7 }
        for value in from...to where (value - from) % step == 0 && value % 7 == day.weekday { return true }
        return false
    }
}
