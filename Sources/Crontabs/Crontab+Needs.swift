internal import CronExpressions

/// What entries need of whoever runs them.
extension Crontab {
    /// A warning for each of these keys at the first entry that sets it, with what it needs. `bytes` are those that the table was parsed from.
    ///
    /// - Parameter needs: by key, what nobody has named yet.
    public func unmet(_ needs: [String: String], in bytes: [UInt8], path: String) -> [LineDiagnostic] {
        guard !needs.isEmpty, !refused else { return [] }
        var counts: [String: Int] = [:], first: [(word: WrittenDirective, entry: CrontabEntry, lineStart: Int)] = []
        for entry in entries where entry.extras?.written.isEmpty == false {
            guard let ranges = entry.ranges(in: bytes) else { continue }
            for word in ranges.directives where needs[word.key] != nil {
                let value = String(decoding: bytes[word.value], as: UTF8.self)
                guard Directive.named(word.key)?.standard != .value(value) else { continue }
                if counts.updateValue((counts[word.key] ?? 0) + 1, forKey: word.key) == nil {
                    first.append((word, entry, ranges.line.lowerBound))
                }
            }
        }
        return first.map { word, entry, lineStart in
            let others = (counts[word.key] ?? 1) - 1, newline = UInt8(ascii: "\n")
            let start = bytes[..<word.range.lowerBound].lastIndex(of: newline).map { $0 + 1 } ?? 0
            let end = bytes[start...].firstIndex(of: newline) ?? bytes.endIndex
            let ending = others == 0 ? "" : others == 1 ? "; so does 1 other entry" : "; so do \(others) other entries"
            let diagnostic = Diagnostic(
                severity: .warning, message: "\(word.key)= needs \(needs[word.key] ?? "")" + ending,
                range: word.range.lowerBound - start..<word.range.upperBound - start)
            return LineDiagnostic(
                path: path, line: entry.line - bytes[start..<lineStart].count { $0 == newline }, diagnostic: diagnostic,
                source: String(decoding: bytes[start..<end], as: UTF8.self))
        }
    }
}
