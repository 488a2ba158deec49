internal import CronExpressions

/// Bad lines whose fault lies in how they begin.
extension TableParser {
    /// A `-` before the fields that cannot mean "do not log this job's starts".
    func dashFault(_ text: Range<Int>) -> LineFault? {
        guard text.count > 1, bytes[text.lowerBound] == UInt8(ascii: "-") else { return nil }
        let start = bytes.skipBlanks(text.lowerBound + 1, text.upperBound)
        guard start < text.upperBound, beginsField(bytes[start]) else { return nil }
        let end = bytes.skipWord(start, text.upperBound)
        let word = bytes.text(start..<end), range = text.lowerBound..<end
        if !hasUser {
            return LineFault(
                "a leading - means “do not log this job's starts” in system tables only", at: range,
                expected: "the fields or the nickname without it", suggestion: word)
        }
        guard start > text.lowerBound + 1 else { return nil }
        return LineFault(
            "blanks follow the leading -", at: range, expected: "the - right before the first field", suggestion: "-" + word)
    }

    private func beginsField(_ byte: UInt8) -> Bool {
        byte.isDigit || byte == UInt8(ascii: "*") || byte == UInt8(ascii: "@") || byte == UInt8(ascii: "~") || byte == UInt8(ascii: "?")
    }

    /// Reports a line that lacks something, if it begins with a word that looks like a nickname and is none: `@dailyx`.
    mutating func isBadNickname(_ line: Line) -> Bool {
        let start = line.text.lowerBound + (isQuietNickname(line.text) ? 1 : 0)
        guard start < line.text.upperBound, bytes[start] == UInt8(ascii: "@") else { return false }
        let word = start..<bytes.skipWord(start, line.text.upperBound)
        guard !isEvery(word) else { return false }
        var ignored: [Diagnostic] = []
        let parsed = CronExpression.parse(UnsafeBufferPointer(rebasing: bytes[word]), dialect: dialect, warnings: &ignored)
        guard case .failure(let error) = parsed else { return false }
        for diagnostic in error.diagnostics { reports.add(diagnostic, from: start, in: line) }
        badLine(line)
        return true
    }
}
