internal import CronExpressions

/// Why a table stays as it is.
public enum CrontabEditError: Error, Sendable {
    /// The bytes are no crontab at all.
    case noCrontab(String, offset: Int)
    /// The table would be, or is, beyond the limits of a table.
    case tooLarge(String)
    /// The line was removed, or is another table's.
    case noSuchLine
    /// The edit is for another kind of line.
    case wrongKind(CrontabLine)
    /// A text has a newline or another control character in it, or is no text where one is needed.
    case badText(part: String, String)
    /// The service would not run the entry: what it says about it.
    case badEntry([LineDiagnostic])
    /// The line would be read as something else than what was meant: which part, and what would be read.
    case readsDifferently(part: String, as: String)
    /// Another entry of the table has the name, in this line.
    case nameTaken(String, line: Int)
    /// The edit would change what other lines mean; the text says how to do it.
    case changesOthers(String)
}

extension CrontabEditError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noCrontab(let why, let offset): "this is no crontab: \(why) (byte \(offset))"
        case .tooLarge(let what): what
        case .noSuchLine: "there is no such line: it was removed, or it is another table's"
        case .wrongKind(let line): "line \(line.number) is not the kind of line that this edit is for: \(VisibleText.of(line.text))"
        case .badText(let part, let why): "the \(part) \(why)"
        case .badEntry(let diagnostics): Self.words(diagnostics)
        case .readsDifferently(let part, let text):
            "this would be read as another \(part) than the one that was meant: “\(VisibleText.of(text))”"
        case .nameTaken(let name, let line): "the entry in line \(line) has the name “\(name)”"
        case .changesOthers(let what): what
        }
    }

    private static func words(_ diagnostics: [LineDiagnostic]) -> String {
        let errors = diagnostics.filter(\.isError).map(\.diagnostic)
        guard !errors.isEmpty else { return "this is no entry" }
        return errors.map { error in
            error.message + (error.suggestion.map { "; write \($0)" } ?? error.expected.map { "; expected: \($0)" } ?? "")
        }.joined(separator: "; ")
    }
}
