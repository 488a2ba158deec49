extension CronExpression {
    /// What the expression means, in a sentence without a full stop, made from its syntax tree.
    public func meaning(in language: ExplanationLanguage) -> String {
        guard let shape else {
            return language == .english ? "Once at each start of the service" : "服务每次启动时一次"
        }
        switch language {
        case .english: return EnglishMeaning(time: shape.time, day: shape.day, hasDraw: shape.hasDraw).text
        case .chinese: return ChineseMeaning(time: shape.time, day: shape.day, hasDraw: shape.hasDraw).text
        }
    }

    /// The expression that a nickname stands for; itself, if it is none; nil for `@reboot`.
    var spelledOut: CronExpression? {
        guard let nickname else { return self }
        return nickname.fields.flatMap { try? CronExpression($0) }
    }

    private var shape: (time: TimeShape, day: DayShape, hasDraw: Bool)? {
        guard let plain = spelledOut else { return nil }
        func field(_ kind: FieldKind) -> FieldShape? {
            plain.fields.first { $0.kind == kind }.map { FieldShape($0) }
        }
        let day = DayShape(
            date: field(.dayOfMonth) ?? FieldShape(open: .dayOfMonth), weekday: field(.dayOfWeek) ?? FieldShape(open: .dayOfWeek),
            month: field(.month) ?? FieldShape(open: .month), year: field(.year),
            bothMustMatch: plain.build(seed: 0).facts.bothDays)
        let time = TimeShape(
            second: field(.second), minute: field(.minute) ?? FieldShape(open: .minute), hour: field(.hour) ?? FieldShape(open: .hour),
            joinsMidnight: day.rule == .everyDay && day.months == nil && day.years == nil)
        return (time, day, plain.fields.contains { FieldShape($0).hasDraw })
    }
}
