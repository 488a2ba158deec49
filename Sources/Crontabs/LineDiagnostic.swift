public import CronExpressions

/// An error or a warning, and the line it is about.
public struct LineDiagnostic: Sendable {
    public var path: String
    /// Counted from 1; 0 where the message is about the file as a whole.
    public var line: Int
    /// Its range counts bytes of `source`.
    public var diagnostic: Diagnostic
    /// The line, without its end. In a refused file, bytes that are no text are shown as `?`.
    public var source: String

    public init(path: String, line: Int, diagnostic: Diagnostic, source: String) {
        self.path = path
        self.line = line
        self.diagnostic = diagnostic
        self.source = source
    }

    /// The message with the line and a caret, as compilers show it; ends in a newline.
    public var rendered: String { DiagnosticRenderer.render(diagnostic, path: path, line: line, source: source) }

    public var isError: Bool { diagnostic.severity == .error }
}
