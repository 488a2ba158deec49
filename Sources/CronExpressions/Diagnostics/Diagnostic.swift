/// Something to say about a place in a text.
public struct Diagnostic: Hashable, Sendable {
    public enum Severity: String, Hashable, Sendable {
        case error, warning
        /// Worth knowing; nothing is wrong.
        case note
    }

    public var severity: Severity
    /// Which field, and what was found: one line without a full stop.
    public var message: String
    /// The place, in bytes of the expression's text, or of the line for problems of a file.
    public var range: Range<Int>
    /// What would be legal there.
    public var expected: String?
    /// How to write what was probably meant.
    public var suggestion: String?

    public init(
        severity: Severity, message: String, range: Range<Int>, expected: String? = nil, suggestion: String? = nil
    ) {
        self.severity = severity
        self.message = message
        self.range = range
        self.expected = expected
        self.suggestion = suggestion
    }
}
