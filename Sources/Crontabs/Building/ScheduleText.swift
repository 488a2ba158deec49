public import CronExpressions

/// The text of when an entry starts: its fields, or a nickname.
///
/// A text is not a promise: it is checked when it is put into a table, by the dialect of that table.
public struct ScheduleText: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The fields from the first to the last, or the nickname.
    public internal(set) var words: [String]

    /// Fields separated by blanks, or a nickname: `"0 3 * * *"`, `"@daily"`.
    public init(_ text: String) { words = text.split { $0 == " " || $0 == "\t" }.map(String.init) }

    public init(stringLiteral text: String) { self.init(text) }

    /// Five fields, of which most are mostly `*`: `ScheduleText(minute: 0, hour: .during(9, 17), dayOfWeek: .during(.monday, .friday))`.
    public init(
        minute: FieldText = .any, hour: FieldText = .any, dayOfMonth: FieldText = .any, month: FieldText = .any, dayOfWeek: FieldText = .any
    ) {
        words = [minute, hour, dayOfMonth, month, dayOfWeek].map(\.text)
    }

    init(words: [String]) { self.words = words }

    /// The words with one blank between them.
    public var description: String { words.joined(separator: " ") }

    /// Whether it is `@daily` or its like.
    public var isNickname: Bool { words.first?.hasPrefix("@") ?? false }

    /// The expression it is; nil for `@every`, whose interval stands in a directive.
    ///
    /// - Throws: all that is wrong with it.
    public func expression(dialect: Dialect = .vixie) throws(CronSyntaxError) -> CronExpression? {
        words.first == "@every" ? nil : try CronExpression(description, dialect: dialect)
    }

    /// What it means, in a sentence without a full stop; nil for what is no schedule, and for `@every`.
    public func description(in language: ExplanationLanguage, dialect: Dialect = .vixie) -> String? {
        (try? expression(dialect: dialect))?.meaning(in: language)
    }

    // MARK: Fields by name

    /// A field; nil if there is none of this kind. A nickname has the fields that it stands for.
    public func field(_ kind: FieldKind, dialect: Dialect = .vixie) -> FieldText? {
        guard let place = place(of: kind, dialect) else { return nil }
        return FieldText(place.words[place.index])
    }

    /// Puts another text in a field's place. A nickname becomes the five fields that it stands for.
    ///
    /// - Throws: if there is no such field: `@reboot` has none, and five fields have no seconds.
    public mutating func set(_ kind: FieldKind, to field: FieldText, dialect: Dialect = .vixie) throws(CrontabEditError) {
        guard let place = place(of: kind, dialect) else { throw .badText(part: kind.label, "is no field of “\(self)”") }
        guard !field.text.isEmpty, !field.text.utf8.contains(where: \.isBlank) else {
            throw .badText(part: kind.label, "is one word without blanks, not “\(field.text)”")
        }
        words = place.words
        words[place.index] = field.text
    }

    private func place(of kind: FieldKind, _ dialect: Dialect) -> (words: [String], index: Int)? {
        if let name = words.first, isNickname {
            guard words.count == 1, let fields = Nickname(rawValue: String(name.dropFirst()))?.fields else { return nil }
            let plain = ScheduleText(fields)
            return plain.place(of: kind, dialect)
        }
        guard let index = dialect.kinds(ofCount: words.count)?.firstIndex(of: kind) else { return nil }
        return (words, index)
    }
}

// MARK: - Builders

extension ScheduleText {
    /// What `every` counts.
    public enum Unit: Hashable, Sendable { case minutes, hours, days, months }

    /// `.every(5, .minutes)` is `*/5 * * * *`, `.every(2, .hours)` is `0 */2 * * *`: the smaller fields are at their beginning.
    ///
    /// Cron counts anew in each hour, day, month or year: every 7 minutes are 4 minutes at the end of the hour. True intervals are made with the
    /// directive `every=`.
    ///
    /// - Throws: for a count that its field cannot have: “every 90 minutes” is no schedule of cron.
    public static func every(_ count: Int = 1, _ unit: Unit) throws(CrontabEditError) -> ScheduleText {
        let (most, words): (Int, [String]) =
            switch unit {
            case .minutes: (59, [FieldText.every(count).text, "*", "*", "*", "*"])
            case .hours: (23, ["0", FieldText.every(count).text, "*", "*", "*"])
            case .days: (31, ["0", "0", FieldText.every(count).text, "*", "*"])
            case .months: (12, ["0", "0", "1", FieldText.every(count).text, "*"])
            }
        guard (1...most).contains(count) else {
            throw .badText(
                part: "schedule", "cannot be every \(count) \(unit): cron counts to \(most); # crond: every= sets other intervals")
        }
        return ScheduleText(words: words)
    }

    public static let hourly = ScheduleText("@hourly")
    /// At each start of the service.
    public static let reboot = ScheduleText("@reboot")
    /// Below the directive `every=`, which says how often.
    public static let interval = ScheduleText("@every")

    public static func daily(hour: Int, minute: Int = 0) -> ScheduleText { ScheduleText(words: ["\(minute)", "\(hour)", "*", "*", "*"]) }

    public static func weekly(on weekday: FieldText, hour: Int = 0, minute: Int = 0) -> ScheduleText {
        ScheduleText(words: ["\(minute)", "\(hour)", "*", "*", weekday.text])
    }

    public static func monthly(on day: FieldText, hour: Int = 0, minute: Int = 0) -> ScheduleText {
        ScheduleText(words: ["\(minute)", "\(hour)", day.text, "*", "*"])
    }

    public static func yearly(month: FieldText, day: FieldText, hour: Int = 0, minute: Int = 0) -> ScheduleText {
        ScheduleText(words: ["\(minute)", "\(hour)", day.text, month.text, "*"])
    }
}
