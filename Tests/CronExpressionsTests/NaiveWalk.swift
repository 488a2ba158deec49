// tidy: helper
import CronExpressions

/// Every real minute of a window, with what the clock rules make of it: the table of DIALECT 9, taken
/// literally. V is the highest local minute reached; it is warmed up over the days before the window.
struct NaiveWalk {
    struct Minute {
        var instant: Int64
        /// Local minutes since 1970-01-01 00:00 on the wall.
        var local: Int
        /// Fixed jobs start on matches of these local minutes.
        var fixed: Range<Int>
    }

    var minutes: [Minute] = []
    var first: Int64
    var end: Int64

    init(zone: Zone, first: Int64, end: Int64) {
        self.first = first
        self.end = end
        var t = first - 3 * 86_400
        var highest = Int(t - 60 + Int64(zone.offset(at: Instant(t - 60)))) / 60
        while t < end {
            let now = Int(t + Int64(zone.offset(at: Instant(t)))) / 60
            let change = now - highest
            var fixed = now..<(now + 1)
            if change > 1, change <= 180 {
                fixed = (highest + 1)..<(now + 1)
                highest = now
            } else if change <= 0, change > -180 {
                fixed = now..<now
            } else {
                highest = now
            }
            if t >= first { minutes.append(Minute(instant: t, local: now, fixed: fixed)) }
            t += 60
        }
    }

    /// All starts in the window.
    func starts(_ expression: NaiveExpression) -> [Int64] {
        var list: [Int64] = []
        var dayIndex = -1
        var dayMatches = false
        func matches(_ local: Int) -> Bool {
            guard expression.hours[local / 60 % 24], expression.minutes[local % 60] else { return false }
            if local / 1440 != dayIndex {
                dayIndex = local / 1440
                dayMatches = expression.dayMatches(NaiveCalendar.shared.days[dayIndex])
            }
            return dayMatches
        }
        let seconds = (0..<60).filter { expression.seconds[$0] }
        for minute in minutes {
            if minute.fixed.count <= 1, !expression.hours[minute.local / 60 % 24] { continue }
            let range = expression.wild ? minute.local..<(minute.local + 1) : minute.fixed
            if range.isEmpty { continue }
            let own = matches(minute.local)
            if range.count > 1, range.dropLast().contains(where: matches) {
                // Caught up at the first instant after the gap.
                if !own || seconds[0] != 0 { list.append(minute.instant) }
            }
            if own { list += seconds.map { minute.instant + Int64($0) } }
        }
        return list
    }
}
