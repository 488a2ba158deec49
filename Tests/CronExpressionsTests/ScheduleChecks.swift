// tidy: helper
import CronExpressions

/// What every schedule promises, checked against its fire times found in some other way.
enum ScheduleChecks {
    /// The first promise that is broken, or nil. `expected` are all fire times in `range`, in order.
    static func fault(_ schedule: some Schedule, _ expected: [Instant], in range: Range<Instant>) -> String? {
        let walked = Array(schedule.fireTimes(in: range))
        if walked != expected { return "fireTimes: \(difference(walked, expected))" }
        if schedule.count(in: range) != expected.count { return "count \(schedule.count(in: range)), not \(expected.count)" }
        if let fault = walkBack(schedule, expected, in: range) { return fault }
        let known = Set(expected)
        for (index, time) in expected.enumerated() {
            if !schedule.matches(time) { return "does not match its fire time \(time.seconds)" }
            if index > 0, schedule.next(after: expected[index - 1]) != time { return "next before \(time.seconds)" }
            if !known.contains(time - 1), time - 1 >= range.lowerBound, schedule.matches(time - 1) {
                return "matches \(time.seconds - 1)"
            }
        }
        return parts(schedule, expected, in: range)
    }

    private static func walkBack(_ schedule: some Schedule, _ expected: [Instant], in range: Range<Instant>) -> String? {
        var at = range.upperBound
        for time in expected.reversed() {
            let previous = schedule.previous(before: at)
            if previous != time { return "previous before \(at.seconds) is \(previous?.seconds ?? 0), not \(time.seconds)" }
            at = time
        }
        if let more = schedule.previous(before: at), more >= range.lowerBound { return "one more before: \(more.seconds)" }
        return nil
    }

    /// Counts add up at every cut.
    private static func parts(_ schedule: some Schedule, _ expected: [Instant], in range: Range<Instant>) -> String? {
        for cut in expected.prefix(40).flatMap({ [$0, $0 + 1] }) where range.contains(cut) {
            let (left, right) = (schedule.count(in: range.lowerBound..<cut), schedule.count(in: cut..<range.upperBound))
            let wanted = expected.prefix { $0 < cut }.count
            if left != wanted || left + right != expected.count {
                return "counts \(left) and \(right) at \(cut.seconds), \(wanted) are before"
            }
        }
        return nil
    }

    private static func difference(_ a: [Instant], _ b: [Instant]) -> String {
        let extra = Set(a).subtracting(b).map(\.seconds).min(), lacking = Set(b).subtracting(a).map(\.seconds).min()
        return "\(a.count) and \(b.count), extra \(extra.map(String.init) ?? "none"), lacking \(lacking.map(String.init) ?? "none")"
    }

    /// Instants that break careless arithmetic.
    static let extremes = [Int64.min, .min + 1, -377_000_000_001, -62_135_596_801, -1, 0, 1, 16_725_225_600, .max / 2, .max - 1, .max].map(
        Instant.init)

    /// Asks everything at the extremes: it must end, and must not contradict itself.
    static func extremesFault(_ schedule: some Schedule) -> String? {
        for instant in extremes {
            let (next, previous) = (schedule.next(after: instant), schedule.previous(before: instant))
            if let next, next <= instant || !schedule.matches(next) { return "next after \(instant.seconds) is \(next.seconds)" }
            if let previous, previous >= instant || !schedule.matches(previous) {
                return "previous before \(instant.seconds) is \(previous.seconds)"
            }
            if let next, schedule.matches(instant), schedule.previous(before: next) != instant { return "no inverse at \(instant.seconds)" }
            if Array(schedule.fireTimes(after: instant).prefix(3)).count < (next == nil ? 0 : 1) {
                return "no fire times after \(instant.seconds)"
            }
            if schedule.count(in: instant..<instant) != 0 { return "counts nothing as something" }
        }
        return nil
    }

    static func instant(_ text: String) -> Instant { Instant(rfc3339: text) ?? Instant(0) }
}
