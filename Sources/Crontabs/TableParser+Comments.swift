internal import CronExpressions

/// Comments, some of which are directives.
extension TableParser {
    mutating func takeComment(_ line: Line) {
        guard let text = DirectiveWords.text(bytes, line.text.lowerBound, line.text.upperBound) else { return noteLookalike(line) }
        guard DirectiveWords.isDirective(bytes, text) else {
            let fault = LineFault(
                "this is a comment, not a directive: no key= follows “crond:”", at: text.isEmpty ? line.text : text,
                expected: "# crond: key=value")
            return reports.add(.warning, fault, in: line)
        }
        let words = DirectiveWords(bytes, text)
        for word in words.words { take(word, line) }
        if var fault = words.fault {
            fault.expected = "# crond: key=value"
            fail(line, fault)
        }
    }

    private mutating func take(_ word: DirectiveWords.Word, _ line: Line) {
        let isDialect = word.key == Directive.dialect.key
        if isDialect, entryLines == 0 { return takeDialect(word, line) }
        block.begin(with: line)
        let fault =
            isDialect ? LineFault("dialect= must stand above the first entry", at: word.range) : block.take(word, zones: &zones)
        if let fault { fail(line, fault) }
    }

    /// A fault of the entry below.
    private mutating func fail(_ line: Line, _ fault: LineFault) {
        block.begin(with: line)
        block.fail(in: line)
        reports.add(.error, fault, in: line)
    }

    /// A comment that is nearly a directive.
    private mutating func noteLookalike(_ line: Line) {
        guard let head = DirectiveWords.lookalike(bytes, line.text.lowerBound, line.text.upperBound) else { return }
        reports.add(
            .warning,
            LineFault(
                "this is a comment, not a directive: it begins with “\(bytes.text(head))”", at: head, expected: "# crond: key=value",
                suggestion: "# crond:"), in: line)
    }

    private mutating func takeDialect(_ word: DirectiveWords.Word, _ line: Line) {
        if let dialectLine {
            dialectUnknown = true
            let place = dialectLine == line.number ? "here twice" : "in line \(dialectLine) already"
            return reports.add(.error, LineFault("dialect= stands \(place), so no entry of this file runs", at: word.range), in: line)
        }
        dialectLine = line.number
        if let dialect = Dialect(named: word.value) { return read(as: dialect) }
        dialectUnknown = true
        let names = Dialect.all.map(\.name)
        let near = Spelling.nearest(to: word.value, among: names).first
        reports.add(
            .error,
            LineFault(
                "there is no dialect “\(word.value)”, so no entry of this file runs", at: word.valueRange,
                expected: names.joined(separator: ", "), suggestion: near), in: line)
        // Nothing runs, but faults are told as the dialect that was probably meant has them.
        if let near, let dialect = Dialect(named: near) { read(as: dialect) }
    }

    private mutating func read(as dialect: Dialect) {
        self.dialect = dialect
        hasUser = options.format == .system && dialect.hasUserColumn
    }
}
