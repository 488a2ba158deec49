/// An expression explained: its meaning, its next fire times and what its author may not have meant.
public struct Explanation: Hashable, Sendable {
    public var meaning: String
    /// The next fire times; none for `@reboot` and for what never fires.
    public var times: [Instant]
    /// Warnings and notes, in the language of the meaning.
    public var advice: [Diagnostic]
    /// A value is drawn when the service starts: the times are those of one possible draw.
    public var hasDraw: Bool

    public init(
        of expression: CronExpression, in zone: Zone, after now: Instant, count: Int, language: ExplanationLanguage = .english,
        seed: UInt64 = 0
    ) {
        let schedule = expression.schedule(in: zone, seed: seed)
        meaning = expression.meaning(in: language)
        times = Array(schedule.fireTimes(after: now).prefix(count))
        advice = (expression.advice + expression.advice(for: schedule, after: now)).map { $0.diagnostic(in: language) }
        hasDraw = expression.fields.contains { FieldShape($0).hasDraw }
    }
}
