internal import CronExpressions

/// The users of a table.
extension Crontab {
    /// Whether a word can be a user's name, or is `UID[:GID]`.
    static func isUserName(_ word: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard let first = word.first else { return false }
        if first.isDigit, word.allSatisfy({ $0.isDigit || $0 == UInt8(ascii: ":") }) { return true }
        guard first.isLetter || first.isDigit || first == UInt8(ascii: "_") || first >= 0x80 else { return false }
        return word.allSatisfy { $0.isLetter || $0.isDigit || $0 >= 0x80 || "_-.$@\\+".utf8.contains($0) }
    }

    /// A warning for each user that is not known, at the first entry of that user. `bytes` are those that the table was parsed from.
    ///
    /// - Parameter isKnown: asked once for each name.
    public func unknownUsers(in bytes: [UInt8], path: String, isKnown: (String) -> Bool) -> [LineDiagnostic] {
        var counts: [String: Int] = [:]
        var first: [CrontabEntry] = []
        for entry in entries {
            guard let user = entry.user else { continue }
            if counts.updateValue((counts[user] ?? 0) + 1, forKey: user) == nil { first.append(entry) }
        }
        return bytes.withUnsafeBufferPointer { buffer in
            first.compactMap { entry in
                guard let user = entry.user, let place = entry.userRange, !isKnown(user), entry.places.fit(buffer) else { return nil }
                let line = entry.places.line.range, start = place.lowerBound - line.lowerBound
                let count = counts[user] ?? 1
                let name = user.prefix { $0 != ":" }
                let isGrouped = name.utf8.count < user.utf8.count && !name.utf8.allSatisfy(\.isDigit)
                let what = count == 1 ? "this entry cannot start" : "its \(count) entries cannot start"
                let diagnostic = Diagnostic(
                    severity: .warning, message: "there is no user “\(user)” on this machine: \(what)",
                    range: start..<start + place.count,
                    expected: isGrouped
                        ? "the user alone, in its own groups; a group only in numbers: UID:GID"
                        : "a name that the machine has, or UID[:GID]",
                    suggestion: isGrouped && isKnown(String(name)) ? String(name) : nil)
                return LineDiagnostic(path: path, line: entry.line, diagnostic: diagnostic, source: buffer.text(line))
            }
        }
    }
}
