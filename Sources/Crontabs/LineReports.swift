internal import CronExpressions

/// What there is to say about the lines of one table, and which of them are bad.
struct LineReports {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let path: String
    private(set) var diagnostics: [LineDiagnostic] = []
    private(set) var badLines: [BadLine] = []
    /// The file does not count at all.
    private(set) var isRefused = false
    private var warnings = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>, path: String) {
        self.bytes = bytes
        self.path = path
    }

    /// Warnings are kept up to a limit, so that a file of nothing but warnings stays small in memory.
    var hasRoomForWarnings: Bool { warnings < CrontabLimits.warnings }

    /// Notes a bad line whose reason is already reported.
    mutating func addBadLine(_ line: Line, _ directives: Directives) {
        badLines.append(BadLine(line: line.number, text: bytes.text(line.range), name: directives.name, directives: directives))
    }

    mutating func add(_ severity: Diagnostic.Severity, _ fault: LineFault, in line: Line) {
        if severity == .warning, !mayWarn() { return }
        let start = line.range.lowerBound
        let low = max(0, fault.range.lowerBound - start)
        let range = low..<max(low, fault.range.upperBound - start)
        keep(
            Diagnostic(severity: severity, message: fault.message, range: range, expected: fault.expected, suggestion: fault.suggestion),
            line)
    }

    /// Reports what is to be said of an expression that begins at a byte of the line.
    mutating func add(_ diagnostic: Diagnostic, from start: Int, in line: Line) {
        if diagnostic.severity == .warning, !mayWarn() { return }
        keep(diagnostic.moved(by: start - line.range.lowerBound), line)
    }

    private mutating func keep(_ diagnostic: Diagnostic, _ line: Line) {
        diagnostics.append(
            LineDiagnostic(path: path, line: line.number, diagnostic: diagnostic, source: bytes.text(line.range)))
    }

    private mutating func mayWarn() -> Bool {
        warnings += 1
        return warnings <= CrontabLimits.warnings
    }

    mutating func sort() { diagnostics.sortByLine() }

    // MARK: Refusing the whole file

    mutating func refuse(_ line: Line, _ message: String) {
        refuse(line: line.number, source: bytes.text(line.range), 0..<line.range.count, message)
    }

    mutating func refuse(line: Int, source: String, _ range: Range<Int>, _ message: String, charactersBefore: Int = 0) {
        isRefused = true
        badLines = []
        let diagnostic = Diagnostic(severity: .error, message: message, range: range, expected: nil, suggestion: nil)
        diagnostics.append(
            LineDiagnostic(path: path, line: line, diagnostic: diagnostic, source: source, charactersBefore: charactersBefore))
    }

    /// No window begins within a URL: nobody could see then that it is one.
    private func pastURL(_ start: Int, _ line: Line, _ limit: Int) -> Int {
        var word = start
        while word > line.range.lowerBound, bytes[word - 1] > 0x20 { word -= 1 }
        guard word < start, bytes[word..<start].contains(UInt8(ascii: "/")) else { return start }
        return bytes[start..<limit].firstIndex { $0 <= 0x20 } ?? limit
    }

    mutating func refuse(_ finding: FileCheck.Finding) {
        var walk = LineWalk(bytes)
        while let line = walk.next() {
            let (lower, upper) = (line.range.lowerBound, line.range.upperBound)
            guard finding.offset <= upper else { continue }
            // A window of the line: text up to the finding, from there on `?` for what is none, since the file may be anything.
            var start = max(lower, finding.offset - 80)
            while start < finding.offset, bytes[start] & 0xC0 == 0x80 { start += 1 }
            start = pastURL(start, line, finding.offset)
            let end = max(min(upper, finding.offset + 40), finding.offset)
            let shown = bytes[finding.offset..<end].map { $0 >= 0x20 && $0 < 0x7F ? $0 : UInt8(ascii: "?") }
            let at = finding.offset - start
            let before = bytes[lower..<start].reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
            refuse(
                line: line.number, source: bytes.text(start..<finding.offset) + String(decoding: shown, as: UTF8.self),
                at..<at + finding.length, finding.message, charactersBefore: before)
            return
        }
    }
}

extension Diagnostic {
    /// The same about a text that has more before it.
    func moved(by offset: Int) -> Diagnostic {
        var moved = self
        moved.range = range.lowerBound + offset..<range.upperBound + offset
        return moved
    }
}

extension [LineDiagnostic] {
    /// Line order; the order of discovery within a line.
    mutating func sortByLine() {
        guard zip(self, dropFirst()).contains(where: { $0.line > $1.line }) else { return }
        sort { $0.line < $1.line }
    }
}
