/// Something to say about a place in a text.
public struct Diagnostic: Hashable, Sendable {
    /// Whether what it is about can be used all the same.
    public enum Severity: String, Hashable, Sendable {
        case error, warning
        /// Worth knowing; nothing is wrong.
        case note
    }

    public var severity: Severity
    /// Which field, and what was found: one line without a full stop; what cannot be seen is named by its code point.
    public var message: String { didSet { message = VisibleText.of(message) } }
    /// The place, in bytes of the expression's text, or of the line for problems of a file.
    public var range: Range<Int>
    /// What would be legal there.
    public var expected: String?
    /// How to write what was probably meant: text that can stand in place of `range` as it is, or, where it begins with `#`, a line above.
    public var suggestion: String?

    public init(
        severity: Severity, message: String, range: Range<Int>, expected: String? = nil, suggestion: String? = nil
    ) {
        self.severity = severity
        self.message = VisibleText.of(message)
        self.range = range
        self.expected = expected
        self.suggestion = suggestion
    }
}
