/// Text that other schedulers take, recognised to say how to write it here.
public struct ForeignText: Hashable, Sendable {
    /// What it looks like: one line without a full stop.
    public var message: String
    /// How to write it in a crontab, in place of those words; a directive for the line above begins with `#`.
    public var suggestion: String?
    /// What a crontab has instead.
    public var expected: String
    /// How many words of the text it takes up.
    public var wordCount: Int

    /// Looks at the words of a text that has failed as an expression of its dialect, or at the first words of a line of a crontab.
    public static func recognise(_ words: [String]) -> ForeignText? { wrapped(words) ?? moreFields(words) }

    /// Forms that stand around the fields.
    static func wrapped(_ words: [String]) -> ForeignText? {
        guard let first = words.first else { return nil }
        if let zone = zone(in: first) { return zonePrefix(zone, words) }
        return first.hasPrefix("cron(") || first.hasPrefix("rate(") ? amazon(words) : nil
    }

    /// The expression that a text is in a dialect; nil if there is any error, without looking for other schedulers in it.
    private static func expression(_ text: String, _ dialect: Dialect = .vixie) -> CronExpression? {
        var copy = text
        return copy.withUTF8 { try? ExpressionParser(bytes: $0, dialect: dialect, looksElsewhere: false).parse().get() }
    }

    // MARK: Six and seven fields

    static func moreFields(_ words: [String]) -> ForeignText? {
        for count in [7, 6] where words.count >= count {
            let text = words[..<count].joined(separator: " ")
            if let quartz = expression(text, .quartz) {
                return ForeignText(
                    message: "this looks like Quartz: \(named(count)), the first is seconds", suggestion: quartz.fiveFields,
                    expected: five("quartz"), wordCount: count)
            }
            if let six = expression(text) {
                return ForeignText(
                    message: "this looks like \(named(count)), the first is seconds", suggestion: six.fiveFields,
                    expected: five(count == 6 ? "ocps" : nil), wordCount: count)
            }
        }
        return nil
    }

    private static func named(_ count: Int) -> String { count == 6 ? "six fields" : "seven fields" }

    private static func five(_ dialect: String?) -> String {
        "five fields" + (dialect.map { ", or # crond: dialect=\($0) above the first entry" } ?? "")
    }

    // MARK: A zone before the fields

    private static func zone(in word: String) -> String? {
        for prefix in ["CRON_TZ=", "TZ="] where word.hasPrefix(prefix) { return String(word.dropFirst(prefix.count)) }
        return nil
    }

    private static func zonePrefix(_ zone: String, _ words: [String]) -> ForeignText? {
        let rest = Array(words.dropFirst())
        let isNickname = rest.first?.hasPrefix("@") ?? false
        guard isNickname || rest.count >= 5 else { return nil }
        let schedule = isNickname ? rest[0] : rest.prefix(5).joined(separator: " ")
        guard expression(schedule) != nil || schedule == "@every" else { return nil }
        return ForeignText(
            message: "the time zone stands before the fields, as robfig/cron has it",
            suggestion: schedule == "@every" ? nil : schedule, expected: "CRON_TZ=\(zone) in a line of its own, and below it \(schedule)",
            wordCount: isNickname ? 2 : 6)
    }

    // MARK: cron(…) and rate(…)

    private static func amazon(_ words: [String]) -> ForeignText? {
        guard let end = words.firstIndex(where: { $0.hasSuffix(")") }) else { return nil }
        let inner = words[...end].joined(separator: " ").dropFirst(5).dropLast()
        let message = "this is the form of Amazon EventBridge"
        if words[0].hasPrefix("rate("), let rate = rate(String(inner)) {
            return ForeignText(
                message: message, suggestion: "# crond: every=\(rate)", expected: "a directive above @every", wordCount: end + 1)
        }
        guard let quartz = expression("0 " + inner, .quartz), let five = quartz.fiveFields else { return nil }
        return ForeignText(message: message, suggestion: five, expected: "five fields", wordCount: end + 1)
    }

    private static func rate(_ text: String) -> String? {
        let parts = text.split(separator: " ")
        guard parts.count == 2, let number = Int(parts[0]), number > 0, let unit = parts[1].first, "mhd".contains(unit) else { return nil }
        return "\(number)\(unit)"
    }
}
