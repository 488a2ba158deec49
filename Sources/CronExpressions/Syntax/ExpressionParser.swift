/// The full parser: a syntax tree with places, or every error of the expression with an explanation.
///
/// A fault ends its item only; reading goes on behind the next comma, so that one look shows all that is wrong.
struct ExpressionParser {
    let bytes: UnsafeBufferPointer<UInt8>
    let dialect: Dialect
    /// Whether a text that fails is looked at as another scheduler's.
    var looksElsewhere = true

    func parse() -> Result<CronExpression, CronSyntaxError> {
        var splitter = FieldSplitter(bytes)
        var places: [Range<Int>] = []
        while let field = splitter.next() { places.append(field.lower..<field.upper) }
        if let only = places.first, bytes[only.lowerBound] == UInt8(ascii: "@") { return nickname(places) }
        guard let first = dialect.firstField(ofCount: places.count) else {
            return .failure(CronSyntaxError(diagnostics: [foreign(places) ?? explainer.wrongCount(places)]))
        }
        var errors: [Diagnostic] = []
        var fields: [CronField] = []
        for (index, place) in places.enumerated() {
            guard let kind = FieldKind(rawValue: first.rawValue + UInt8(index)) else { break }
            fields.append(field(kind, place, &errors))
        }
        let text = places.map { String(decoding: bytes[$0], as: UTF8.self) }.joined(separator: " ")
        var expression = CronExpression(dialect: dialect, fields: fields, nickname: nil, text: text)
        let (builder, facts) = expression.build(seed: 0, drawsHighest: true)
        if errors.isEmpty, facts.breaksQuestionRule(dialect) { errors.append(explainer.questionRule(fields)) }
        guard errors.isEmpty else {
            return .failure(CronSyntaxError(diagnostics: foreign(places, fault: errors.first).map { [$0] } ?? errors))
        }
        expression.advice = advice(expression, builder, facts)
        return .success(expression)
    }

    /// So many faults of one field are reported: more help nobody.
    private static let mostFaults = 8

    private var explainer: FaultExplainer { FaultExplainer(bytes: bytes, dialect: dialect) }

    private func foreign(_ places: [Range<Int>], fault: Diagnostic? = nil) -> Diagnostic? {
        looksElsewhere ? explainer.foreign(places, fault: fault) : nil
    }

    private func field(_ kind: FieldKind, _ place: Range<Int>, _ errors: inout [Diagnostic]) -> CronField {
        let plus = kind == .dayOfWeek && bytes[place.lowerBound] == UInt8(ascii: "+")
        let lower = place.lowerBound + (plus ? 1 : 0)
        var scanner = ItemScanner(bytes: bytes, kind: kind, dialect: dialect, lower: lower, upper: place.upperBound, at: lower)
        let first = scanner.firstByte
        var field = CronField(
            kind: kind, range: place, elements: [],
            beginsWithStar: first == UInt8(ascii: "*") || first == UInt8(ascii: "?"), demandsBothDays: plus)
        var faults = 0
        while true {
            let start = scanner.at
            do {
                let item = try scanner.item()
                field.elements.append(CronField.Element(item: item, range: start..<scanner.at))
            } catch {
                scanner.at = max(scanner.at, start)
                scanner.at = scanner.itemEnd
                errors.append(explainer.explain(error, kind, item: start..<scanner.at, field: place))
                faults += 1
            }
            if scanner.at >= place.upperBound || faults == Self.mostFaults { return field }
            scanner.at += 1
        }
    }

    private func nickname(_ places: [Range<Int>]) -> Result<CronExpression, CronSyntaxError> {
        let place = places[0]
        let name = UnsafeBufferPointer(rebasing: bytes[place])
        guard places.count == 1, let nickname = Nickname(name) else {
            return .failure(CronSyntaxError(diagnostics: [explainer.badNickname(places)]))
        }
        return .success(CronExpression(dialect: dialect, fields: [], nickname: nickname, text: nickname.text))
    }

    // MARK: Advice

    private func advice(_ expression: CronExpression, _ builder: ScheduleBuilder, _ facts: TextFacts) -> [Advice] {
        var list: [Advice] = []
        for field in expression.fields {
            for element in field.elements where element.item.stepsBeyond(field.kind) {
                list.append(explainer.stepBeyond(field.kind, element))
            }
        }
        let days = expression.fields.filter { $0.kind.isDay }
        if facts.restrictsBothDays(builder), let date = days.first, let weekday = days.last {
            list.append(explainer.bothDays(date, weekday, and: facts.bothDays))
        }
        if Self.looksLikeQuartz(bytes, dialect: dialect, count: expression.fields.count), let field = days.last {
            list.append(explainer.quartzDays(field))
        }
        if builder.finish(zone: .utc).neverFires, let date = days.first, let weekday = days.last {
            list.append(explainer.neverFires(date.range.lowerBound..<weekday.range.upperBound, drawn: builder.draws > 0))
        }
        return list
    }

    /// Whether a text of six or seven fields in a dialect that counts days from 0 has the `?` of Quartz in its day of month
    /// and numbers, which Quartz counts from 1, in its day of week.
    static func looksLikeQuartz(_ bytes: UnsafeBufferPointer<UInt8>, dialect: Dialect, count: Int) -> Bool {
        guard count > 5, !dialect.sundayIsOne, dialect.fieldOrder == .secondsFirst else { return false }
        var splitter = FieldSplitter(bytes)
        var index = 0
        var hasQuestion = false
        while let field = splitter.next() {
            if index == 3 { hasQuestion = field.upper - field.lower == 1 && bytes[field.lower] == UInt8(ascii: "?") }
            if index == 5 { return hasQuestion && bytes[field.lower] >= 0x30 && bytes[field.lower] <= 0x39 }
            index += 1
        }
        return false
    }
}
