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
    /// How many characters of the line stand before `source`, which is only a part of a long line in a refused file.
    public var charactersBefore: Int

    public init(path: String, line: Int, diagnostic: Diagnostic, source: String, charactersBefore: Int = 0) {
        self.path = path
        self.line = line
        self.diagnostic = diagnostic
        self.source = source
        self.charactersBefore = charactersBefore
    }

    /// The message with the line and a caret, as compilers show it; ends in a newline. What may be a secret of a URL is hidden: it is read in logs,
    /// those of a build among them.
    public var rendered: String { rendered(isColored: false) }

    /// The same, with a terminal's colours if they are wanted.
    public func rendered(isColored: Bool) -> String {
        let bytes = Array(source.utf8), hidden = URLSecrets.places(in: bytes)
        return DiagnosticRenderer.render(
            URLSecrets.masked(diagnostic, hiding: hidden, of: bytes), path: path, line: line, source: source,
            charactersBefore: charactersBefore, hiding: hidden, isColored: isColored)
    }

    /// Counted in characters from 1; 0 where the message is about the file as a whole.
    public var column: Int {
        guard line > 0 else { return 0 }
        let before = source.utf8.prefix(max(0, diagnostic.range.lowerBound))
        return charactersBefore + String(decoding: before, as: UTF8.self).count + 1
    }

    public var isError: Bool { diagnostic.severity == .error }
}
