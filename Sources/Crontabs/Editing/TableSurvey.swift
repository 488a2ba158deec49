internal import CronExpressions

/// What a line is, as far as its own text and its dialect tell, and how its parts are found again.
struct LineForm: Hashable, Sendable {
    var kind: CrontabLine.Kind
    /// How many words the schedule of an entry has.
    var words: UInt8 = 0
    /// A directive line that has `dialect=` among its keys.
    var setsDialect = false
}

/// Tells the lines of a table apart for whoever edits it: with the parser's own eyes, but quietly, and without making jobs of them.
struct TableSurvey {
    private var parser: TableParser
    private let bytes: UnsafeBufferPointer<UInt8>
    /// `every=` stands above a disabled entry.
    private var hasDisabledEvery = false

    init(_ bytes: UnsafeBufferPointer<UInt8>, _ options: CrontabOptions) {
        self.bytes = bytes
        parser = TableParser(bytes, options, { _ in })
    }

    /// For single lines of a table whose dialect is known.
    init(_ bytes: UnsafeBufferPointer<UInt8>, _ context: TableContext, every: Bool) {
        self.init(bytes, context.pieceOptions)
        parser.hasUser = context.hasUser
        parser.entryLines = 1
        if every { parser.block.assumeEvery() }
        hasDisabledEvery = every
    }

    var dialect: Dialect { parser.dialect }
    var hasUser: Bool { parser.hasUser }

    mutating func form(of line: Line) -> LineForm {
        guard !line.text.isEmpty else { return ending(.blank) }
        guard line.range.count <= CrontabLimits.line else { return ending(.bad) }
        if bytes[line.text.lowerBound] == UInt8(ascii: "#") { return comment(line) }
        if AssignmentSlices.find(in: line, bytes) != nil { return ending(.assignment) }
        parser.entryLines += 1
        defer { endBlock() }
        let allowsEvery = parser.block.directives.every != nil
        guard let found = parser.quietParts(of: line.text, plainUser: false, allowsEvery: allowsEvery) else { return LineForm(kind: .bad) }
        return LineForm(kind: .entry, words: UInt8(clamping: found.words))
    }

    private mutating func ending(_ kind: CrontabLine.Kind) -> LineForm {
        endBlock()
        return LineForm(kind: kind)
    }

    private mutating func endBlock() {
        if !parser.block.isEmpty { parser.block = DirectiveBlock(parser.options) }
        hasDisabledEvery = false
    }

    // MARK: Comments

    private mutating func comment(_ line: Line) -> LineForm {
        let start = line.text.lowerBound, end = line.text.upperBound
        if let words = DirectiveWords.after(start, end, bytes) { return directive(words, line) }
        if start + 1 < end, bytes[start + 1] == UInt8(ascii: "#") {
            guard let words = DirectiveWords.after(start + 1, end, bytes) else { return LineForm(kind: .comment) }
            if words.words.contains(where: { $0.key == Directive.every.key }) { hasDisabledEvery = true }
            return LineForm(kind: .disabledDirective)
        }
        guard let entry = DisabledEntry.find(in: line.text, bytes, &parser, allowsEvery: hasDisabledEvery) else {
            return LineForm(kind: .comment)
        }
        hasDisabledEvery = false
        return LineForm(kind: .disabledEntry, words: UInt8(clamping: entry.words))
    }

    private mutating func directive(_ words: DirectiveWords, _ line: Line) -> LineForm {
        let dialects = words.words.count { $0.key == Directive.dialect.key }
        let counts = dialects > 0 && parser.entryLines == 0
        parser.takeComment(line)
        if counts, dialects == words.words.count, words.fault == nil { return LineForm(kind: .dialect) }
        return LineForm(kind: .directive, setsDialect: dialects > 0)
    }
}

extension DirectiveWords {
    /// The words of a comment whose `#` stands at `start`, if they make it a directive.
    static func after(_ start: Int, _ end: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> DirectiveWords? {
        guard let text = text(bytes, start, end), isDirective(bytes, text) else { return nil }
        return DirectiveWords(bytes, text)
    }
}
