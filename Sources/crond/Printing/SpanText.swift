internal import CronJobs

/// Lengths of time for people.
enum SpanText {
    private static let units: [(seconds: Int64, sign: String)] = [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")]

    /// The two largest units: `4m12s`, `18h`, `3d4h`; below ten seconds with a tenth, below one in milliseconds.
    static func of(_ duration: Duration) -> String {
        let milliseconds = abs(duration.wholeMilliseconds)
        if milliseconds < 1000 { return "\(milliseconds)ms" }
        if milliseconds < 10_000, milliseconds / 100 % 10 != 0 { return tenths(duration, "s") }
        return text(milliseconds / 1000, units: 2)
    }

    /// As near as somebody wants it who waits: `18h`, `4h27m`, `2m`; of two units the second only beside a first below ten.
    static func rough(_ duration: Duration) -> String {
        let seconds = abs(duration.wholeSeconds)
        if seconds < 60 { return text(seconds, units: 1) }
        let largest = units.first { seconds >= $0.seconds } ?? (1, "s")
        return text(seconds, units: seconds / largest.seconds < 10 && largest.seconds > 60 ? 2 : 1)
    }

    /// `0.1 s`, for what is mostly below a minute: lateness.
    static func seconds(_ duration: Duration) -> String {
        abs(duration.wholeMilliseconds) < 60_000 ? tenths(duration, " s") : of(duration)
    }

    private static func tenths(_ duration: Duration, _ unit: String) -> String {
        let tenths = abs(duration.wholeMilliseconds) / 100
        return "\(tenths / 10).\(tenths % 10)\(unit)"
    }

    /// From the largest unit that there is one of on, so many of them; those of which there is none are left out.
    private static func text(_ seconds: Int64, units count: Int) -> String {
        let first = units.firstIndex { seconds >= $0.seconds } ?? units.count - 1
        var left = seconds, text = ""
        for unit in units[first...].prefix(count) {
            let number = left / unit.seconds
            left -= number * unit.seconds
            if number > 0 || text.isEmpty { text += "\(number)\(unit.sign)" }
        }
        return text
    }
}
