/// How the days of the week are numbered in a text. Nothing guesses it.
public enum WeekdayNumbering: Sendable, CaseIterable {
    /// Cron's: 0 and 7 are Sunday, 1 is Monday.
    case sundayIsZero
    /// APScheduler's: 0 is Monday, 6 is Sunday.
    case mondayIsZero
}

extension JobSchedule {
    /// The five fields of a crontab's line, as APScheduler's `CronTrigger.from_crontab` takes them.
    ///
    /// With `.mondayIsZero` the text means what it means there: 0 is Monday, and a day must match both day fields. With `.sundayIsZero` it means
    /// what it means to cron.
    public static func crontab(_ text: String, weekdays: WeekdayNumbering, in zone: String? = nil) -> JobSchedule {
        let fields = text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard fields.count == 5 else {
            return JobSchedule(rule: .invalid("'\(text)' has \(fields.count) fields: minute, hour, day, month and weekday are five"))
        }
        guard weekdays == .mondayIsZero else { return cron(fields.joined(separator: " "), in: zone) }
        var shifted: [String] = []
        for item in fields[4].lowercased().split(separator: ",", omittingEmptySubsequences: false) {
            guard let other = shift(item) else {
                return JobSchedule(rule: .invalid("'\(fields[4])' is no weekday field where 0 is Monday: 0 to 6, or mon to sun"))
            }
            shifted.append(other)
        }
        // Both day fields: a + says so.
        let weekday = (fields[2] == "*" || fields[4] == "*" ? "" : "+") + shifted.joined(separator: ",")
        return cron((fields[..<4] + [weekday]).joined(separator: " "), in: zone)
    }

    /// An item of a weekday field, counted from Sunday.
    private static func shift(_ item: Substring) -> String? {
        let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let step = parts.count > 1 ? "/" + parts[1] : ""
        if parts[0] == "*" { return step.isEmpty ? "*" : "1-7" + step }
        let ends = parts[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map(day)
        let days = ends.compactMap(\.self)
        guard days.count == ends.count else { return nil }
        // A single day with a step goes on to the end of the week, there.
        if days.count == 1 { return step.isEmpty ? "\(days[0])" : "\(days[0])-7" + step }
        return days[0] <= days[1] ? "\(days[0])-\(days[1])" + step : nil
    }

    /// 1 is Monday, 7 is Sunday.
    private static func day(_ text: Substring) -> Int? {
        if let number = Int(text) { return (0...6).contains(number) ? number + 1 : nil }
        return ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].firstIndex(of: text).map { $0 + 1 }
    }
}
