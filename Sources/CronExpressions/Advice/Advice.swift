/// Something about a good expression that its author may not have meant, as data: which words say it is decided later.
///
/// What follows from the text alone is found when the text is read, and `CronExpression.warnings` has it in English. What needs the time, the zone
/// or a second look is found by `CronExpression.advice(for:after:)`, which only `explain` and `check` call: the service never pays for it.
public struct Advice: Hashable, Sendable {
    /// What a piece of advice is about.
    public enum Subject: Hashable, Sendable {
        /// No day of any year matches.
        case neverFires
        /// A drawn value may be a day that does not exist.
        case drawnMayNeverFire
        /// All fire times are past.
        case allPast
        /// The step passes over everything but the first value.
        case stepBeyond(FieldKind, text: String, first: String)
        /// The last step of a cycle has another length than the others: `gap` instead of `step`.
        case unevenStep(FieldKind, text: String, step: Int, last: Int, first: Int, gap: Int, better: [Int])
        /// `*/2` in the day of month: months differ in length.
        case unevenDays(text: String, step: Int)
        case eitherDay(date: String, weekday: String)
        case bothDays(date: String, weekday: String)
        /// The day of week has numbers, and the text looks like Quartz.
        case quartzDays(text: String)
        /// Times that the clock skips; `start` is when a fixed job starts instead.
        case skipped(ClockMoment, start: String?)
        /// Times that the clock shows twice.
        case repeated(ClockMoment, startsTwice: Bool)
        /// Minute 0 of the hours in which most other jobs start too.
        case crowdedMinute(instead: String)
        /// Many entries of one table start at the same full hour.
        case crowdedInstant(count: Int, time: String)
        /// Six or seven fields; `five` is how a crontab says the same, if it can.
        case notForCrontabs(count: Int, five: String?)
    }

    /// A change of the clock, and the first time of the job that it concerns.
    public struct ClockMoment: Hashable, Sendable {
        public var zone: String
        public var date: String
        /// What the clock shows at the change, before and after.
        public var from: String
        public var to: String
        public var time: String
        /// There are other such times.
        public var more: Bool
    }

    public var subject: Subject
    /// The place, in bytes of the expression's text.
    public var range: Range<Int>

    public init(_ subject: Subject, range: Range<Int>) {
        self.subject = subject
        self.range = range
    }

    /// A note tells what happens; a warning tells what is probably not meant.
    public var severity: Diagnostic.Severity {
        switch subject {
        case .repeated(_, startsTwice: false), .crowdedMinute, .notForCrontabs: .note
        default: .warning
        }
    }

    /// The advice in words.
    public func diagnostic(in language: ExplanationLanguage = .english) -> Diagnostic {
        let words = language == .english ? english : chinese
        return Diagnostic(
            severity: severity, message: words.message, range: range, expected: words.expected, suggestion: words.suggestion)
    }

    /// A field's value, unless it is the day 0 that no month has.
    static func value(_ text: String, _ kind: FieldKind) -> String? { text == "0" && kind == .dayOfMonth ? nil : text }

    typealias Words = (message: String, expected: String?, suggestion: String?)
}
