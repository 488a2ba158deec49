/// Changing single bytes of a line.
enum LineText {
    /// The line without its first `#` and the blanks behind it.
    static func enabled(_ line: ArraySlice<UInt8>) -> [UInt8] {
        guard let mark = line.firstIndex(where: { !$0.isBlank }), line[mark] == UInt8(ascii: "#") else { return Array(line) }
        let isDirective = line[(mark + 1)...].first == UInt8(ascii: "#")
        let rest = isDirective ? line[(mark + 1)...] : line[(mark + 1)...].drop(while: \.isBlank)
        return Array(line[..<mark]) + rest
    }

    /// The line behind a `#`.
    static func disabled(_ line: ArraySlice<UInt8>) -> [UInt8] {
        let mark = line.firstIndex { !$0.isBlank } ?? line.endIndex
        return Array(line[..<mark]) + [UInt8(ascii: "#")] + line[mark...]
    }

    /// - Parameter splices: ranges of the line in ascending order, and what comes in their place.
    static func spliced(_ line: [UInt8], _ splices: [(range: Range<Int>, text: [UInt8])]) -> [UInt8] {
        var result: [UInt8] = [], at = 0
        for splice in splices {
            result += line[at..<splice.range.lowerBound]
            result += splice.text
            at = splice.range.upperBound
        }
        return result + line[at...]
    }

    /// A part that somebody hands in, if it can stand in a line.
    static func checked(_ text: String, _ part: String) throws(CrontabEditError) -> [UInt8] {
        let bytes = Array(text.utf8)
        let isPlain = text.unicodeScalars.allSatisfy { $0 == "\t" || $0.properties.generalCategory != .control }
        if bytes.contains(0x0A) || bytes.contains(0x0D) { throw .badText(part: part, "has a line break in it") }
        if !isPlain { throw .badText(part: part, "has a control character in it") }
        return bytes
    }
}

/// A line of prose.
struct EntryComment {
    /// Without the `#` and the blanks around.
    let text: String
    /// Where it stands in the line.
    let range: Range<Int>

    init(_ line: ArraySlice<UInt8>) {
        let line = Array(line)
        (text, range) = line.withUnsafeBufferPointer { bytes in
            var start = bytes.skipBlanks(0, bytes.count)
            while start < bytes.count, bytes[start] == UInt8(ascii: "#") { start += 1 }
            start = bytes.skipBlanks(start, bytes.count)
            let range = start..<bytes.trimBlanks(start, bytes.count)
            return (bytes.text(range), range)
        }
    }
}
