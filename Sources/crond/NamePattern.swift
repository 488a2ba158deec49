/// Part of a name, in any case; `*` stands for anything, and then the whole name must match.
struct NamePattern {
    private let parts: [String]
    private let isWhole: Bool

    init(_ text: String) {
        parts = text.lowercased().split(separator: "*", omittingEmptySubsequences: false).map(String.init)
        isWhole = parts.count > 1
    }

    func matches(_ name: String) -> Bool {
        var rest = name.lowercased()[...]
        guard isWhole else { return Self.end(of: parts[0], in: rest) != nil }
        guard rest.hasPrefix(parts[0]) else { return false }
        rest = rest.dropFirst(parts[0].count)
        for part in parts.dropFirst().dropLast() {
            guard let end = Self.end(of: part, in: rest) else { return false }
            rest = rest[end...]
        }
        return rest.hasSuffix(parts[parts.count - 1])
    }

    /// Where the first occurrence of a text ends.
    private static func end(of text: String, in whole: Substring) -> Substring.Index? {
        var rest = whole
        while true {
            if rest.hasPrefix(text) { return rest.index(rest.startIndex, offsetBy: text.count) }
            if rest.popFirst() == nil { return nil }
        }
    }
}
