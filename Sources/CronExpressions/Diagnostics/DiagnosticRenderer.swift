/// Writes a diagnostic the way compilers do: the place, the source line, and a caret under the fault.
///
/// Tabs and control characters of the source are shown escaped, each as wide as it is shown, so that the caret stands under
/// what it means in every terminal. Of a long line a window around the caret is shown.
public struct DiagnosticRenderer {
    /// The widest source line that is shown whole.
    static let width = 160

    /// Renders a diagnostic whose range is in bytes of `source`; the column counts characters from 1.
    ///
    /// - Parameters:
    ///   - line: 0 for a message about the file as a whole, which shows no source.
    ///   - charactersBefore: how many characters of the line stand before `source`.
    ///   - hidden: ranges of its bytes that must not be seen, in order and apart: `***` stands for each.
    ///   - isColored: for a terminal, with its colours.
    public static func render(
        _ diagnostic: Diagnostic, path: String, line: Int, source: String, charactersBefore: Int = 0,
        hiding hidden: [Range<Int>] = [], language: ExplanationLanguage = .english, isColored: Bool = false
    ) -> String {
        let words = labels(language, diagnostic.severity)
        let tone = isColored ? Tone(diagnostic.severity) : Tone()
        guard line > 0 else { return tone.head("\(printable(path)):", words.severity, diagnostic.message) + "\n" }
        let bytes = Array(source.utf8)
        let start = min(max(diagnostic.range.lowerBound, 0), bytes.count)
        let end = min(max(diagnostic.range.upperBound, start), bytes.count)
        var cells: [String] = []
        var column = 0
        var caret: Range<Int>?
        var byte = 0
        var last = 0
        var veil = Veil(hidden)
        for character in source {
            let size = character.utf8.count
            // What is hidden has a cell for each character all the same: columns are those of the line as it is.
            let shown = veil.sign(over: byte..<byte + size, at: last) ?? escaped(character)
            if byte + size > start, caret == nil {
                column = cells.count
                caret = (veil.place ?? last)..<last
            }
            if let open = caret, byte < end || byte <= start { caret = open.lowerBound..<(last + shown.count) }
            cells.append(shown)
            byte += size
            last += shown.count
        }
        let place = caret ?? last..<(last + 1)
        if caret == nil { column = cells.count }
        let (text, marks) = window(cells.joined(), place)
        var lines = [tone.head("\(printable(path)):\(line):\(charactersBefore + column + 1):", words.severity, diagnostic.message)]
        lines.append("  \(text)")
        let tail = max(0, marks.count - 1)
        lines.append(String(repeating: " ", count: 2 + marks.lowerBound) + tone.mark("^" + String(repeating: "~", count: tail)))
        if let expected = diagnostic.expected { lines.append("  \(words.expected): \(expected)") }
        if let suggestion = diagnostic.suggestion { lines.append("  \(words.write): \(suggestion)") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What hides a part of a line from who reads it.
    private struct Veil {
        private var left: ArraySlice<Range<Int>>
        /// Where the sign stands in which we are.
        private(set) var place: Int?

        init(_ hidden: [Range<Int>]) { left = hidden[...] }

        /// What is shown of a character: the sign at the first that is hidden, nothing at the others; `nil` where it may be seen.
        mutating func sign(over bytes: Range<Int>, at last: Int) -> String? {
            while let first = left.first, first.upperBound <= bytes.lowerBound {
                left.removeFirst()
                place = nil
            }
            guard let first = left.first, first.overlaps(bytes) else { return nil }
            defer { place = place ?? last }
            return place == nil ? "***" : ""
        }
    }

    /// The colours of a severity; none at all by default.
    private struct Tone {
        private var color: String?

        init() {}

        init(_ severity: Diagnostic.Severity) { color = severity == .error ? "31" : severity == .warning ? "35" : "36" }

        func head(_ place: String, _ severity: String, _ message: String) -> String {
            guard let color else { return "\(place) \(severity): \(message)" }
            return "\u{1B}[1m\(place)\u{1B}[0m \u{1B}[1;\(color)m\(severity):\u{1B}[0m \u{1B}[1m\(message)\u{1B}[0m"
        }

        func mark(_ text: String) -> String { color.map { "\u{1B}[1;\($0)m\(text)\u{1B}[0m" } ?? text }
    }

    private static func labels(
        _ language: ExplanationLanguage, _ severity: Diagnostic.Severity
    ) -> (severity: String, expected: String, write: String) {
        guard language == .chinese else { return (severity.rawValue, "expected", "write") }
        return (severity == .error ? "错误" : severity == .warning ? "警告" : "提示", "应为", "可写作")
    }

    /// A character as it is shown: one cell for printable ones.
    private static func escaped(_ character: Character) -> String {
        if character == "\t" { return "\\t" }
        if character == "\r" { return "\\r" }
        if character == "\n" || character == "\r\n" { return "\\n" }
        for scalar in character.unicodeScalars where VisibleText.isInvisible(scalar) {
            return "\\u{\(String(scalar.value, radix: 16))}"
        }
        return String(character)
    }

    private static func printable(_ text: String) -> String { text.map(escaped).joined() }

    /// The part of a long line around the caret, with the caret's place in it.
    private static func window(_ text: String, _ place: Range<Int>) -> (String, Range<Int>) {
        let all = Array(text)
        guard all.count > width else { return (text, place) }
        let room = width - 6
        let first = min(max(0, place.lowerBound - room / 3), all.count - room)
        let last = min(all.count, first + room)
        let head = first > 0 ? "..." : ""
        let tail = last < all.count ? "..." : ""
        let shift = head.count - first
        let lower = place.lowerBound + shift
        let upper = min(place.upperBound, last) + shift
        return (head + String(all[first..<last]) + tail, lower..<max(lower, upper))
    }
}
