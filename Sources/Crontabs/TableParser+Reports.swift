internal import CronExpressions

extension TableParser {
    /// Reports a bad line and its reason. `range` counts bytes of the file.
    mutating func bad(
        _ line: Range<Int>, _ number: Int, _ message: String, _ range: Range<Int>, expected: String? = nil, suggestion: String? = nil
    ) {
        report(.error, message, range, line, number, expected: expected, suggestion: suggestion)
        badLine(line, number)
    }

    /// Why a line is bad. The range counts bytes of the file.
    struct Fault {
        var message: String
        var range: Range<Int>
        var expected: String?
        var suggestion: String?
    }

    mutating func bad(_ line: Range<Int>, _ number: Int, _ fault: Fault) {
        bad(line, number, fault.message, fault.range, expected: fault.expected, suggestion: fault.suggestion)
    }

    /// A bad line whose reason is already reported.
    mutating func badLine(_ line: Range<Int>, _ number: Int) {
        table.badLines.append(
            BadLine(line: number, text: bytes.text(line), name: block.directives.name, directives: block.directives))
    }

    mutating func report(
        _ severity: Diagnostic.Severity, _ message: String, _ range: Range<Int>, _ line: Range<Int>, _ number: Int,
        expected: String? = nil, suggestion: String? = nil
    ) {
        if severity == .warning, !mayWarn() { return }
        let low = max(0, range.lowerBound - line.lowerBound)
        let relative = low..<max(low, range.upperBound - line.lowerBound)
        add(
            Diagnostic(severity: severity, message: message, range: relative, expected: expected, suggestion: suggestion), line, number)
    }

    mutating func add(_ diagnostic: Diagnostic, _ line: Range<Int>, _ number: Int) {
        table.diagnostics.append(
            LineDiagnostic(path: options.path, line: number, diagnostic: diagnostic, source: bytes.text(line)))
    }

    /// Warnings are kept up to a limit, so that a file of nothing but warnings stays small in memory.
    mutating func mayWarn() -> Bool {
        warnings += 1
        return warnings <= CrontabLimits.warnings
    }

    // MARK: Refusing the whole file

    mutating func refuse(line: Int, source: String, _ range: Range<Int>, _ message: String, charactersBefore: Int = 0) {
        table.refused = true
        table.badLines = []
        let diagnostic = Diagnostic(severity: .error, message: message, range: range, expected: nil, suggestion: nil)
        table.diagnostics.append(
            LineDiagnostic(path: options.path, line: line, diagnostic: diagnostic, source: source, charactersBefore: charactersBefore))
    }

    mutating func refuse(_ finding: FileCheck.Finding) {
        var walk = LineWalk(bytes)
        while let line = walk.next() {
            guard finding.offset <= line.upperBound else { continue }
            // A window of the line: text up to the finding, from there on `?` for what is none, since the file may be anything.
            var start = max(line.lowerBound, finding.offset - 80)
            while start < finding.offset, bytes[start] & 0xC0 == 0x80 { start += 1 }
            let end = max(min(line.upperBound, finding.offset + 40), finding.offset)
            let shown = bytes[finding.offset..<end].map { $0 >= 0x20 && $0 < 0x7F ? $0 : UInt8(ascii: "?") }
            let at = finding.offset - start
            let before = bytes[line.lowerBound..<start].reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
            refuse(
                line: walk.number, source: bytes.text(start..<finding.offset) + String(decoding: shown, as: UTF8.self),
                at..<at + finding.length, finding.message, charactersBefore: before)
            return
        }
    }
}

extension [LineDiagnostic] {
    /// Line order; the order of discovery within a line.
    mutating func sortByLine() {
        guard zip(self, dropFirst()).contains(where: { $0.line > $1.line }) else { return }
        sort { $0.line < $1.line }
    }
}
