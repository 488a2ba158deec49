internal import CronExpressions

// How many fields a line has.
//
// Five in the default dialect, always. Dialects that allow more cannot tell a field from the first word of the command by counting, so their
// lines are read in every length that they allow, the longest first, and the longest good reading counts: all its fields are fields, a
// command is left, and in the system format the word before it is a user. Most lines leave no doubt, since neither a user nor a command may
// begin with a star. Where another reading would do as well, a warning shows both.

extension TableParser {
    /// The parts of a line that begins with fields; a line that has none is reported.
    mutating func fieldParts(_ line: Line) -> EntryParts? {
        let counts = dialect.lineCounts
        guard counts.count > 1 else { return read(line, count: counts.first ?? 5) }
        let all = counts.compactMap { parts(of: line.text, count: $0) }
        let good = all.filter { !beginsWithStar($0) && isExpression($0) && isUserName($0) }
        guard let best = good.first(where: { isUser($0) }) ?? good.first else {
            let meant = all.first { hasFieldsOnly($0) } ?? all.last
            return meant ?? read(line, count: counts.last ?? 5)
        }
        noteOtherReadings(good, than: best, line)
        return best
    }

    private func parts(of text: Range<Int>, count: Int) -> EntryParts? {
        guard case .parts(let parts) = EntryParts.read(bytes, text, count: count, hasUser: hasUser) else { return nil }
        return parts
    }

    func isExpression(_ parts: EntryParts) -> Bool {
        var ignored = false
        return compile(parts, seed: 0, &ignored) != nil
    }

    // MARK: Users

    func isUserName(_ parts: EntryParts) -> Bool { !hasUser || Crontab.isUserName(bytes[parts.user]) }

    /// Whether there is such a user; where nobody can say, whether the word is nothing but a name.
    mutating func isUser(_ parts: EntryParts) -> Bool {
        guard hasUser else { return true }
        let name = bytes.text(parts.user)
        if let known = knownUsers[name] { return known }
        let isUser = options.isUser?(name) ?? (isNumber(parts.user) || !looksLikeField(parts.user))
        if knownUsers.count < 1_000 { knownUsers[name] = isUser }
        return isUser
    }

    // MARK: Words that could be fields

    /// Whether what follows the fifth field looks like fields, good or bad ones.
    private func hasFieldsOnly(_ parts: EntryParts) -> Bool {
        bytes.words(in: parts.schedule, most: 7).dropFirst(5).allSatisfy(looksLikeField)
    }

    private func looksLikeField(_ word: Range<Int>) -> Bool {
        guard word.count <= 40 else { return false }
        if bytes[word].allSatisfy({ $0.isDigit || Self.fieldSigns.contains($0) }) { return true }
        guard bytes[word].allSatisfy({ $0.isDigit || $0.isLetter || Self.fieldSigns.contains($0) }) else { return false }
        return [("0 0 * * ", ""), ("0 0 * ", " *"), ("0 0 ", " * *")].contains { before, after in
            let text = Array(before.utf8) + bytes[word] + Array(after.utf8)
            var ignored = false
            return text.withUnsafeBufferPointer {
                CronExpression.compile($0, dialect: .supercronic, zone: .utc, seed: 0, hasWarnings: &ignored) != nil
            }
        }
    }

    private func isNumber(_ word: Range<Int>) -> Bool { bytes[word].allSatisfy(\.isDigit) }

    // MARK: More than one reading

    /// A shorter reading whose command is a number is none that anybody means.
    private mutating func noteOtherReadings(_ good: [EntryParts], than best: EntryParts, _ line: Line) {
        guard dialect.lineCounts.contains(5) else { return }
        var others: [EntryParts] = []
        for parts in good where parts.fieldCount != best.fieldCount {
            let word = parts.command.lowerBound..<bytes.skipWord(parts.command.lowerBound, parts.command.upperBound)
            if parts.fieldCount > best.fieldCount || isUser(parts) && !isNumber(word) { others.append(parts) }
        }
        guard !others.isEmpty else { return }
        let shown = others.map { describe($0) }.joined(separator: ", or ")
        reports.add(
            .warning,
            LineFault(
                "this line is read as \(describe(best)), but it could be \(shown)", at: best.schedule,
                expected: "a command that cannot be taken for a field, such as a full path"), in: line)
    }

    private func describe(_ parts: EntryParts) -> String {
        let user = hasUser ? ", the user “\(bytes.text(parts.user.prefix(40)))”" : ""
        return "\(parts.fieldCount) fields\(user) and the command “\(bytes.text(parts.command.prefix(60)))”"
    }

    // MARK: The star

    /// Neither a user nor a command begins with a star: that is a field too many.
    func beginsWithStar(_ parts: EntryParts) -> Bool {
        hasUser && bytes[parts.user.lowerBound] == UInt8(ascii: "*") || bytes[parts.command.lowerBound] == UInt8(ascii: "*")
    }

    /// Why a line whose user or command begins with a star is bad.
    func starFault(_ parts: EntryParts, _ line: Line) -> LineFault {
        let isUser = hasUser && bytes[parts.user.lowerBound] == UInt8(ascii: "*")
        let start = isUser ? parts.user.lowerBound : parts.command.lowerBound
        let word = start..<bytes.skipWord(start, line.range.upperBound)
        let what = "“\(bytes.text(word.prefix(40)))” is read as the \(isUser ? "user" : "command"), and none begins with *"
        guard var foreign = sixthField(parts, line) else {
            let counts = dialect.lineCounts.reversed().map(String.init).joined(separator: " or ")
            return LineFault(what, at: word, expected: parts.fieldCount == 0 ? "a \(isUser ? "user" : "command")" : "\(counts) fields")
        }
        foreign.message = "\(what): \(foreign.message)"
        if foreign.suggestion == nil { foreign.range = word }
        return foreign
    }
}
