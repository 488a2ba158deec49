/// Messages about an expression as a whole.
extension FaultExplainer {
    func wrongCount(_ places: [Range<Int>]) -> Diagnostic {
        let range = (places.first?.lowerBound ?? 0)..<(places.last?.upperBound ?? 0)
        var error = Diagnostic(
            severity: .error, message: places.isEmpty ? "the expression is empty" : "the expression has \(counted(places.count))",
            range: range, expected: dialect.expectedCounts)
        let fields = places.map { String(decoding: bytes[$0], as: UTF8.self) }
        if range.count <= 1000, let blank = VisibleText.strangeBlank(in: String(decoding: bytes[range], as: UTF8.self)) {
            error.message += ", and \(blank) is no blank"
            error.suggestion = withBlanks(range)
        } else if dialect.fieldOrder == .five, places.count == 6 || places.count == 7, let found = ForeignText.moreFields(fields) {
            error.message += ": \(found.message)"
            error.suggestion = found.suggestion
        } else if dialect.fieldOrder == .secondsAlways, places.count == 5 {
            var six = ["0"] + fields
            if six[5] == "*" { six[5] = "?" } else if six[3] == "*" { six[3] = "?" }
            error.suggestion = six.joined(separator: " ")
        } else if places.count < 5, !places.isEmpty, !fields.contains(where: { $0.utf8.count > 20 }) {
            error.suggestion = (fields + Array(repeating: "*", count: 5 - places.count)).joined(separator: " ")
        }
        error.suggestion = error.suggestion.flatMap { parses($0) ? $0 : nil }
        return error
    }

    private func counted(_ count: Int) -> String { count == 1 ? "1 field" : "\(count) fields" }

    /// Whether a text is an expression of this dialect.
    func parses(_ text: String) -> Bool {
        var copy = text
        return copy.withUTF8 {
            if case .success = ExpressionParser(bytes: $0, dialect: dialect, looksElsewhere: false).parse() { true } else { false }
        }
    }

    /// The text with a blank for each character that looks like one, and without those that look like nothing.
    private func withBlanks(_ range: Range<Int>) -> String {
        var text = String.UnicodeScalarView()
        for scalar in String(decoding: bytes[range], as: UTF8.self).unicodeScalars {
            if !VisibleText.isInvisible(scalar) {
                text.append(scalar)
            } else if scalar == "\t" || scalar.properties.generalCategory == .spaceSeparator {
                text.append(" ")
            }
        }
        return String(text)
    }

    func badNickname(_ places: [Range<Int>]) -> Diagnostic {
        let place = places[0]
        let whole = place.lowerBound..<places[places.count - 1].upperBound
        let word = quoted(place)
        let known = Nickname.allCases.map(\.text)
        var error = Diagnostic(
            severity: .error, message: "\(word) is not a nickname", range: whole, expected: known.joined(separator: ", "))
        if word == "@every" {
            error.message = "@every is not a schedule by itself"
            error.expected = "a directive above the entry, such as # crond: every=90s"
            error.range = place
            let duration = places.count == 2 ? quoted(places[1]) : "90s"
            if Self.looksLikeDuration(duration) { error.suggestion = "# crond: every=\(duration)" }
        } else if known.contains(word) {
            error.message = "there is text after \(word)"
            error.expected = "nothing after the nickname"
            error.suggestion = word
        } else if known.contains(word.lowercased()) {
            error.message = "\(word) is not in lower case"
            error.suggestion = word.lowercased()
        } else if let start = known.first(where: word.hasPrefix) {
            error.message += ": \(start) is one, but \"\(word.dropFirst(start.count))\" follows it without a blank"
            error.suggestion = start
        } else {
            error.suggestion = Spelling.nearest(to: word, among: known).first
        }
        return error
    }

    private static func looksLikeDuration(_ text: String) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last, first >= 0x30, first <= 0x39, last >= 0x61 else { return false }
        return text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 || "dhms".utf8.contains($0) }
    }

    func questionRule(_ fields: [CronField]) -> Diagnostic {
        let days = fields.filter { $0.kind.isDay }
        let range = (days.first?.range.lowerBound ?? 0)..<(days.last?.range.upperBound ?? 0)
        var texts = fields.map { String(decoding: bytes[$0.range], as: UTF8.self) }
        var suggestion: String?
        if texts.count > 5 {
            if texts[5] == "*" || texts[5] == "?" { texts[5] = "?" } else { texts[3] = "?" }
            if texts[3] == "?", texts[5] == "?" { texts[3] = "*" }
            if parses(texts.joined(separator: " ")) { suggestion = texts[3...5].joined(separator: " ") }
        }
        return Diagnostic(
            severity: .error, message: "exactly one of day of month and day of week must be ?", range: range,
            expected: "? in the day field that does not matter", suggestion: suggestion)
    }

    // MARK: Advice

    func stepBeyond(_ kind: FieldKind, _ element: CronField.Element) -> Advice {
        var first = String(kind.lowest)
        if case .dates(let mask) = element.item { first = String(mask.trailingZeroBitCount) }
        if case .range(let from, _, _) = element.item { first = String(from + (dialect.sundayIsOne && kind == .dayOfWeek ? 1 : 0)) }
        return Advice(.stepBeyond(kind, text: quoted(element.range), first: first), range: element.range)
    }

    func bothDays(_ date: CronField, _ weekday: CronField, and: Bool) -> Advice {
        let (a, b) = (quoted(date.range), quoted(weekday.range))
        return Advice(
            and ? .bothDays(date: a, weekday: b) : .eitherDay(date: a, weekday: b),
            range: date.range.lowerBound..<weekday.range.upperBound)
    }

    func quartzDays(_ field: CronField) -> Advice { Advice(.quartzDays(text: quoted(field.range)), range: field.range) }

    func neverFires(_ range: Range<Int>, drawn: Bool) -> Advice { Advice(drawn ? .drawnMayNeverFire : .neverFires, range: range) }

    // MARK: Text of other schedulers

    /// The whole text as another scheduler's, if it is one. Of six and seven fields only where this dialect reads them as that scheduler does.
    ///
    /// - Parameter fault: what is wrong with it here: where this dialect has as many fields, their number is not.
    func foreign(_ places: [Range<Int>], fault: Diagnostic? = nil) -> Diagnostic? {
        guard let first = places.first, let last = places.last, places.count <= 12 else { return nil }
        let mayBeWrapped = bytes[first.lowerBound] >= UInt8(ascii: "A")
        let mayHaveMore = dialect.fieldOrder == .secondsFirst && places.count > 5
        guard mayBeWrapped || mayHaveMore else { return nil }
        let words = places.map { String(decoding: bytes[$0].prefix(100), as: UTF8.self) }
        guard let found = ForeignText.wrapped(words) ?? (mayHaveMore ? ForeignText.moreFields(words) : nil), found.wordCount >= words.count
        else { return nil }
        let message = fault.map { "\(found.message), and here \($0.message)" } ?? found.message
        return Diagnostic(
            severity: .error, message: message, range: first.lowerBound..<last.upperBound, expected: found.expected,
            suggestion: found.suggestion.flatMap { $0.hasPrefix("#") || parses($0) ? $0 : nil })
    }
}
