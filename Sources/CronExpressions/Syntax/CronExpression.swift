/// The errors of an expression, all of them.
public struct CronSyntaxError: Error, Hashable, Sendable {
    public var diagnostics: [Diagnostic]

    public init(diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }
}

/// A cron expression as written: its fields with their places in the text, or a nickname.
///
/// An expression knows nothing of time zones; `schedule(in:seed:)` gives the fire times.
public struct CronExpression: Hashable, Sendable {
    /// The dialect it was read in.
    public let dialect: Dialect
    /// The fields from the first to the last; empty for a nickname.
    public let fields: [CronField]
    /// The nickname, if the text is one.
    public let nickname: Nickname?
    /// The canonical text: the fields as written, joined by one blank, or the nickname.
    public let text: String
    /// What is legal but probably not what was meant, as far as the text alone tells.
    public internal(set) var advice: [Advice]

    init(dialect: Dialect, fields: [CronField], nickname: Nickname?, text: String, advice: [Advice] = []) {
        self.dialect = dialect
        self.fields = fields
        self.nickname = nickname
        self.text = text
        self.advice = advice
    }

    /// Reads an expression of five, six or seven fields, or a nickname; blanks and tabs around it do not matter.
    public init(_ text: String, dialect: Dialect = .vixie) throws(CronSyntaxError) {
        var copy = text
        var warnings: [Diagnostic] = []
        let result = copy.withUTF8 { Self.parse($0, dialect: dialect, warnings: &warnings) }
        self = try result.get()
    }

    /// Reads an expression from exactly these bytes. Places are byte offsets from the first of them.
    ///
    /// - Parameter warnings: the warnings are added here; the expression has them as well.
    public static func parse(
        _ bytes: UnsafeBufferPointer<UInt8>, dialect: Dialect, warnings: inout [Diagnostic]
    ) -> Result<CronExpression, CronSyntaxError> {
        let result = ExpressionParser(bytes: bytes, dialect: dialect).parse()
        if case .success(let expression) = result { warnings += expression.warnings }
        return result
    }

    /// Whether this is `@reboot`: once per start of the service, and no fire times.
    public var isStartup: Bool { nickname == .reboot }

    /// The fire times in a time zone.
    ///
    /// - Parameter seed: draws the values of `a~b`; the same seed draws the same values.
    public func schedule(in zone: Zone, seed: UInt64 = 0) -> CronSchedule {
        if let nickname { return nickname.schedule(in: zone) }
        return build(seed: seed).builder.finish(zone: zone)
    }

    /// Folds the fields into masks.
    func build(seed: UInt64, drawsHighest: Bool = false) -> (builder: ScheduleBuilder, facts: TextFacts) {
        var builder = ScheduleBuilder()
        builder.drawsHighest = drawsHighest
        var facts = TextFacts()
        for field in fields {
            for element in field.elements { builder.add(element.item, to: field.kind, seed: seed) }
            facts.note(
                field.kind, first: field.firstByte, isSingle: field.isSingleByte,
                hasOpenItem: field.elements.contains { $0.range.count == 1 && $0.item.isOpen }, hasPlus: field.demandsBothDays,
                dialect: dialect)
        }
        facts.noteValues(builder, dialect)
        builder.bothDays = facts.bothDays
        builder.isFixed = facts.isFixed
        return (builder, facts)
    }
}

extension CronField {
    /// A byte that stands for how the text begins.
    fileprivate var firstByte: UInt8 {
        if case .any? = elements.first?.item { return UInt8(ascii: "?") }
        return beginsWithStar ? UInt8(ascii: "*") : 0
    }

    fileprivate var isSingleByte: Bool { range.count - (demandsBothDays ? 1 : 0) == 1 }
}
