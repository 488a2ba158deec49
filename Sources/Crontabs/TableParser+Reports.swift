internal import CronExpressions

extension TableParser {
    /// Reports a bad line and its reason. `range` counts bytes of the file.
    mutating func bad(
        _ line: Range<Int>, _ number: Int, _ message: String, _ range: Range<Int>, expected: String? = nil, suggestion: String? = nil
    ) {
        report(.error, message, range, line, number, expected: expected, suggestion: suggestion)
        badLine(line, number)
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

    mutating func refuse(line: Int, source: String, _ range: Range<Int>, _ message: String) {
        table.refused = true
        table.badLines = []
        let diagnostic = Diagnostic(severity: .error, message: message, range: range, expected: nil, suggestion: nil)
        table.diagnostics.append(LineDiagnostic(path: options.path, line: line, diagnostic: diagnostic, source: source))
    }

    mutating func refuse(_ finding: FileCheck.Finding) {
        var walk = LineWalk(bytes)
        while let line = walk.next() {
            guard finding.offset <= line.upperBound else { continue }
            // A window of the line, one character per byte, with `?` for what is no text: the file may be anything.
            let start = max(line.lowerBound, finding.offset - 80)
            let shown = bytes[start..<min(line.upperBound, finding.offset + 40)].map { $0 >= 0x20 && $0 < 0x7F ? $0 : UInt8(ascii: "?") }
            let column = finding.offset - line.lowerBound + 1
            let at = finding.offset - start
            refuse(
                line: walk.number, source: String(decoding: shown, as: UTF8.self), at..<at + finding.length,
                "column \(column): \(finding.message)")
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
