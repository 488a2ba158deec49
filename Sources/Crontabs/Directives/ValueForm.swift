internal import CronExpressions

/// How the values of a directive are written, and what they mean.
struct ValueForm<Value>: Sendable {
    /// For people, in Markdown: “`allow` or `skip`”.
    let text: String
    /// Nil for what is no value.
    let read: @Sendable (String) -> Value?
    /// What a text was probably meant to be that is no value.
    let complete: @Sendable (String) -> String?

    init(_ text: String, complete: @escaping @Sendable (String) -> String? = { _ in nil }, read: @escaping @Sendable (String) -> Value?) {
        self.text = text
        self.read = read
        self.complete = complete
    }

    func map<Other>(_ change: @escaping @Sendable (Value) -> Other) -> ValueForm<Other> {
        ValueForm<Other>(text, complete: complete) { read($0).map(change) }
    }
}

extension ValueForm where Value: Sendable {
    /// One of a few words.
    static func words(_ words: KeyValuePairs<String, Value>) -> ValueForm {
        let shown = words.map { "`\($0.key)`" }
        let table = Dictionary(words.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        return ValueForm(shown.dropLast().joined(separator: ", ") + " or " + (shown.last ?? "")) { table[$0] }
    }
}

extension ValueForm<Int> {
    static func number(in range: ClosedRange<Int>, _ more: String = "") -> ValueForm {
        ValueForm("a number from \(range.lowerBound) to \(range.upperBound)\(more)") { NumberText.read($0, in: range) }
    }
}

extension ValueForm<Duration> {
    static var duration: ValueForm {
        ValueForm("a duration such as `90s`, `5m`, `1h30m`", complete: NumberText.withSeconds) { text in
            // None at all needs no unit.
            text == "0" ? .zero : DurationText.read(text)
        }
    }
}

extension ValueForm<Instant> {
    /// - Parameter roundsUp: a fraction moves the time to the next whole second.
    static func time(roundsUp: Bool) -> ValueForm {
        ValueForm(
            "an RFC 3339 time such as `2027-01-31T12:00:00Z` or `2027-01-31T12:00:00+01:00`",
            complete: { text in ["Z", ":00Z", "T00:00:00Z"].map { text + $0 }.first { Instant(rfc3339: $0) != nil } },
            read: { BoundText.read($0, roundsUp: roundsUp) })
    }
}

/// Numbers as directives write them: digits and nothing else.
enum NumberText {
    static func read(_ text: some StringProtocol, in range: ClosedRange<Int>) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy(\.isDigit), let number = Int(text), range.contains(number) else { return nil }
        return number
    }

    /// A bare number as a duration.
    @Sendable static func withSeconds(_ text: String) -> String? { read(text, in: 1...100_000_000).map { "\($0)s" } }
}
