/// Messages about an expression as a whole.
extension FaultExplainer {
    func wrongCount(_ places: [Range<Int>]) -> Diagnostic {
        let range = (places.first?.lowerBound ?? 0)..<(places.last?.upperBound ?? 0)
        let found = places.isEmpty ? "the expression is empty" : "the expression has \(counted(places.count))"
        var suggestion: String?
        let hasQuestion = places.contains { $0.count == 1 && bytes[$0.lowerBound] == UInt8(ascii: "?") }
        let fields = places.map { String(decoding: bytes[$0], as: UTF8.self) }
        if dialect.fieldOrder == .five, places.count == 6 || places.count == 7 {
            let rest = fields[1..<6].joined(separator: " ")
            let kind = hasQuestion ? "this looks like Quartz, seconds first" : "if the first field is seconds"
            suggestion = "\(kind): \(rest)"
        } else if dialect.fieldOrder == .secondsAlways, places.count == 5 {
            var six = ["0"] + fields
            if six[5] == "*" { six[5] = "?" } else if six[3] == "*" { six[3] = "?" }
            suggestion = six.joined(separator: " ")
        } else if places.count < 5, !places.isEmpty, !fields.contains(where: { $0.utf8.count > 20 }) {
            suggestion = (fields + Array(repeating: "*", count: 5 - places.count)).joined(separator: " ")
        }
        return Diagnostic(
            severity: .error, message: found, range: range, expected: dialect.expectedCounts, suggestion: suggestion)
    }

    private func counted(_ count: Int) -> String { count == 1 ? "1 field" : "\(count) fields" }

    func badNickname(_ places: [Range<Int>]) -> Diagnostic {
        let place = places[0]
        let word = String(decoding: bytes[place].prefix(40), as: UTF8.self)
        let known = Nickname.allCases.map(\.text)
        var error = Diagnostic(
            severity: .error, message: "\(quoted(place)) is not a nickname", range: place,
            expected: known.joined(separator: ", "))
        if word == "@every" {
            let duration = places.count == 2 ? quoted(places[1]) : "90s"
            error.message = "@every is not a schedule by itself"
            error.expected = "a directive above the entry"
            error.suggestion = "# crond: every=\(duration)"
        } else if known.contains(word) {
            error.message = "there is text after \(word)"
            error.range = places[1].lowerBound..<places[places.count - 1].upperBound
            error.expected = "nothing after the nickname"
            error.suggestion = word
        } else if known.contains(word.lowercased()) {
            error.message = "\(word) is not in lower case"
            error.suggestion = word.lowercased()
        } else {
            error.suggestion = Spelling.nearest(to: word, among: known).first
        }
        return error
    }

    func questionRule(_ fields: [CronField]) -> Diagnostic {
        let days = fields.filter { $0.kind.isDay }
        let range = (days.first?.range.lowerBound ?? 0)..<(days.last?.range.upperBound ?? 0)
        var texts = fields.map { String(decoding: bytes[$0.range], as: UTF8.self) }
        if texts.count > 5 { if texts[5] == "*" || texts[5] == "?" { texts[5] = "?" } else { texts[3] = "?" } }
        if texts.count > 5, texts[3] == "?", texts[5] == "?" { texts[3] = "*" }
        return Diagnostic(
            severity: .error, message: "exactly one of day of month and day of week must be ?", range: range,
            expected: "? in the day field that does not matter", suggestion: texts.joined(separator: " "))
    }

    // MARK: Advice

    func stepBeyond(_ kind: FieldKind, _ element: CronField.Element) -> Advice {
        var first = String(kind.lowest)
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
    func foreign(_ places: [Range<Int>]) -> Diagnostic? {
        guard let first = places.first, let last = places.last, places.count <= 12 else { return nil }
        let mayBeWrapped = bytes[first.lowerBound] >= UInt8(ascii: "A")
        let mayHaveMore = dialect.fieldOrder == .secondsFirst && places.count > 5
        guard mayBeWrapped || mayHaveMore else { return nil }
        let words = places.map { String(decoding: bytes[$0].prefix(100), as: UTF8.self) }
        guard let found = ForeignText.wrapped(words) ?? (mayHaveMore ? ForeignText.moreFields(words) : nil), found.wordCount >= words.count
        else { return nil }
        return Diagnostic(
            severity: .error, message: found.message, range: first.lowerBound..<last.upperBound, suggestion: found.suggestion)
    }
}
