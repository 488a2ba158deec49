internal import CronExpressions

// Which comments are entries that somebody switched off.
//
// A comment is one if the text behind its `#` is an entry of this table without a fault: the fields, in a system table a user by the look of
// it, and a command. `#0 3 * * * /usr/bin/backup` is what we write, and `# 0 3 * * * /usr/bin/backup` what python-crontab and most editors do. Prose
// can look like that, too, and tables are full of it:
//
//     # *  *  *  *  * user-name  command to be executed
//     # 5 * * * * is five past every hour
//     # 0 5 * * 1 : Mondays at five
//
// So where a blank follows the `#`, the words behind the fields must not be those of such lines. Two `##`, or a `#` behind other text, never
// make an entry. A line that is taken for one wrongly costs nothing: it stays a comment for every cron, and stays as it is until somebody enables
// that very line.

enum DisabledEntry {
    /// Words that stand for a user or a command, or follow a schedule in a sentence; none of them is a program that anybody has.
    private static let prose: Set<String> = [
        "is", "are", "was", "means", "mean", "would", "will", "runs", "every", "each", "when", "this", "the", "a", "an", "for", "and", "or",
        "=",
        "==", "=>", "->", "-", "--", "—", "–", ":", "|", "→",
    ]
    private static let placeholders: Set<String> = ["user", "user-name", "username", "USER", "USERNAME", "who"]

    /// The entry in a comment that begins with its `#`.
    static func find(
        in comment: Range<Int>, _ bytes: UnsafeBufferPointer<UInt8>, _ parser: inout TableParser, allowsEvery: Bool
    ) -> TableParser.QuietParts? {
        let start = bytes.skipBlanks(comment.lowerBound + 1, comment.upperBound)
        guard start < comment.upperBound, mayBegin(bytes[start]) else { return nil }
        guard let found = parser.quietParts(of: start..<comment.upperBound, plainUser: true, allowsEvery: allowsEvery) else { return nil }
        return start > comment.lowerBound + 1 && isProse(found.parts, bytes) ? nil : found
    }

    private static func mayBegin(_ byte: UInt8) -> Bool { byte.isDigit || "*@~?-".utf8.contains(byte) }

    private static func isProse(_ parts: EntryParts, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let user = bytes.text(parts.user)
        if placeholders.contains(user) || prose.contains(user) { return true }
        let words = bytes.words(in: parts.command, most: 2).map { bytes.text($0) }
        guard let first = words.first else { return true }
        if first.hasPrefix("<") || first.hasSuffix(":") || first.hasSuffix(",") || prose.contains(first) { return true }
        return first == "command" && words.last == "to"
    }
}

/// Reading a line as an entry without a word about what is wrong with it.
extension TableParser {
    struct QuietParts {
        var parts: EntryParts
        /// How many words the schedule has.
        var words: Int
    }

    /// The parts of a text that begins with no blank, if it is an entry by itself: what stands above it does not count, but for `every=`.
    ///
    /// - Parameter plainUser: the user must look like a user's name.
    mutating func quietParts(of text: Range<Int>, plainUser: Bool, allowsEvery: Bool) -> QuietParts? {
        let start = text.lowerBound + (hasUser && bytes[text.lowerBound] == UInt8(ascii: "-") ? 1 : 0)
        guard start < text.upperBound else { return nil }
        if bytes[start] == UInt8(ascii: "@") {
            let word = start..<bytes.skipWord(start, text.upperBound)
            let isEvery = isEvery(word)
            guard allowsEvery || !isEvery else { return nil }
            return reading(text, isEvery && duration(after: word.upperBound, text.upperBound) != nil ? 2 : 1, plainUser: plainUser)
        }
        guard dialect.lineCounts.count > 1 else { return reading(text, dialect.lineCounts.first ?? 5, plainUser: plainUser) }
        let good = dialect.lineCounts.compactMap { reading(text, $0, plainUser: true) }
        return good.first { isUser($0.parts) } ?? good.first
    }

    private func reading(_ text: Range<Int>, _ words: Int, plainUser: Bool) -> QuietParts? {
        guard case .parts(var parts) = EntryParts.read(bytes, text, count: words, hasUser: hasUser) else { return nil }
        if dialect.takesMailOption { _ = parts.takeMailOption(bytes) }
        guard !parts.command.isEmpty, parts.command.count <= CrontabLimits.command, !beginsWithStar(parts) else { return nil }
        if bytes[parts.command.lowerBound] == UInt8(ascii: "%"), !dialect.percentIsLiteral { return nil }
        if plainUser, !isUserName(parts) { return nil }
        return isEvery(parts.schedule) || isExpression(parts) ? QuietParts(parts: parts, words: words) : nil
    }
}
