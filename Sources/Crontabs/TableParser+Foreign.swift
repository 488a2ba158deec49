internal import CronExpressions
internal import CronJobs

/// Lines written for another scheduler. None of this costs a good line more than a look at one byte.
extension TableParser {
    /// A line that fails, as another scheduler's: six or seven fields, or `cron(…)`.
    func foreignText(_ parts: EntryParts, _ line: Line) -> LineFault? {
        guard dialect.lineCounts.count == 1, parts.fieldCount > 0 else { return nil }
        return foreign(parts, line, most: 8)
    }

    /// A good line with a sixth field where the user or the command should be: `0 0 12 * * ? root cmd`.
    mutating func noteSixthField(_ parts: EntryParts, _ line: Line) {
        let start = hasUser ? parts.user.lowerBound : parts.command.lowerBound
        switch bytes[start] {
        case UInt8(ascii: "?"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"): break
        default: return
        }
        let word = start..<bytes.skipWord(start, line.range.upperBound)
        guard isField(word), var found = sixthField(parts, line) else { return }
        if found.suggestion == nil { found.range = word }
        found.message = "“\(bytes.text(word))” is read as the \(hasUser ? "user" : "command"), but \(found.message)"
        reports.add(.warning, found, in: line)
    }

    /// What a line with five fields is if more of its words are fields. The range is that of all of them.
    func sixthField(_ parts: EntryParts, _ line: Line) -> LineFault? {
        guard dialect.lineCounts.count == 1, parts.fieldCount == 5 else { return nil }
        return foreign(parts, line, most: 7)
    }

    /// What the words of a line are to another scheduler, looking at so many of them.
    private func foreign(_ parts: EntryParts, _ line: Line, most: Int) -> LineFault? {
        let start = parts.schedule.lowerBound
        let places = bytes.words(in: start..<line.range.upperBound, most: most)
        guard let found = ForeignText.recognise(places.map { bytes.text($0) }), places.indices.contains(found.wordCount - 1) else {
            return nil
        }
        return LineFault(
            found.message, at: start..<places[found.wordCount - 1].upperBound, expected: found.expected, suggestion: found.suggestion)
    }

    /// Whether a word is a field and hardly a user or a command. A number may be a user. Most words are told by their bytes alone.
    private func isField(_ word: Range<Int>) -> Bool {
        guard word.count <= 20 else { return false }
        var digits = 0
        var letters = 0
        for byte in bytes[word] {
            if byte.isDigit {
                digits += 1
            } else if byte.isLetter {
                letters += 1
            } else if !Self.fieldSigns.contains(byte) {
                return false
            }
        }
        if digits == word.count { return !hasUser }
        if digits + letters == word.count, letters != 3 { return false }
        let text = Array("0 0 * * ".utf8) + bytes[word]
        var ignored = false
        return text.withUnsafeBufferPointer {
            CronExpression.compile($0, dialect: dialect, zone: .utc, seed: 0, hasWarnings: &ignored) != nil
        }
    }

    static let fieldSigns = Array("*?,-/#~+".utf8)

    /// An assignment to `TZ` or `CRON_TZ` that goes on with a schedule, as robfig/cron takes it.
    mutating func noteScheduleInZone(_ item: Variables.Assignment, _ line: Line) {
        guard item.name == "TZ" || item.name == "CRON_TZ", item.value.utf8.contains(0x20) else { return }
        let words = item.value.split(separator: " ", maxSplits: 7).map(String.init)
        guard let zone = words.first, let found = ForeignText.recognise(["CRON_TZ=" + zone] + words.dropFirst()) else { return }
        reports.add(
            .warning,
            LineFault(
                "this line is an assignment to \(item.name) and runs nothing: \(found.message)", at: line.range, expected: found.expected),
            in: line)
    }
}
