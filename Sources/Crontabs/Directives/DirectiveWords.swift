/// Splits the text after `# crond:` into `key=value` words.
///
/// A value ends at a blank, unless it stands in double quotes (no escapes) or in parentheses (`exponential(10s, 5m)`).
struct DirectiveWords {
    struct Word {
        var key: String
        var value: String
        /// In bytes of the file.
        var range: Range<Int>
        var valueRange: Range<Int>
    }

    var words: [Word] = []
    var fault: LineFault?

    /// Where the text of a `# crond:` comment begins; nil for any other comment. `start` is the `#`.
    static func text(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Range<Int>? {
        let at = bytes.skipBlanks(start + 1, end)
        guard bytes.hasPrefix("crond:", at: at, end) else { return nil }
        let text = bytes.skipBlanks(at + 6, end)
        return text..<bytes.trimBlanks(text, end)
    }

    /// Whether a `key=` stands at the beginning: only that makes the comment a directive.
    static func isDirective(_ bytes: UnsafeBufferPointer<UInt8>, _ text: Range<Int>) -> Bool {
        let end = keyEnd(bytes, text.lowerBound, text.upperBound)
        return end > text.lowerBound && end < text.upperBound && bytes[end] == UInt8(ascii: "=")
    }

    /// The beginning of a comment that is nearly one of a directive, with a known key behind it: `# Crond: name=a`, `# crond : name=a`.
    static func lookalike(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Range<Int>? {
        let word = bytes.skipBlanks(start + 1, end)
        guard end - word > 6, bytes[word..<word + 5].elementsEqual("crond".utf8, by: { $0 | 0x20 == $1 }) else { return nil }
        let colon = bytes.skipBlanks(word + 5, end)
        guard colon < end, bytes[colon] == UInt8(ascii: ":") else { return nil }
        let text = bytes.skipBlanks(colon + 1, end)
        guard isDirective(bytes, text..<end), Directive.isKnown(bytes.text(text..<keyEnd(bytes, text, end))) else { return nil }
        return start..<colon + 1
    }

    private static func keyEnd(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        var at = start
        while at < end, bytes[at].isLetter || bytes[at].isDigit || bytes[at] == UInt8(ascii: "-") || bytes[at] == UInt8(ascii: "_") {
            at += 1
        }
        return at
    }

    init(_ bytes: UnsafeBufferPointer<UInt8>, _ text: Range<Int>) {
        var at = text.lowerBound
        let end = text.upperBound
        while at < end, fault == nil {
            let key = at..<Self.keyEnd(bytes, at, end)
            guard !key.isEmpty, key.upperBound < end, bytes[key.upperBound] == UInt8(ascii: "=") else {
                fault = LineFault("key=value is expected here", at: at..<bytes.skipWord(at, end))
                return
            }
            at = readValue(bytes, key, end)
            at = bytes.skipBlanks(at, end)
        }
    }

    private mutating func readValue(_ bytes: UnsafeBufferPointer<UInt8>, _ key: Range<Int>, _ end: Int) -> Int {
        let start = key.upperBound + 1
        var at = start
        var value = start..<start
        if at < end, bytes[at] == UInt8(ascii: "\"") {
            guard let close = bytes.firstIndex(of: UInt8(ascii: "\""), in: at + 1..<end) else {
                fault = LineFault("this quote is never closed", at: at..<at + 1)
                return end
            }
            value = at + 1..<close
            at = close + 1
            guard at == end || bytes[at].isBlank else {
                fault = LineFault("text after the closing quote", at: at..<bytes.skipWord(at, end))
                return end
            }
        } else {
            var depth = 0
            while at < end, depth > 0 || !bytes[at].isBlank {
                if bytes[at] == UInt8(ascii: "(") { depth += 1 }
                if bytes[at] == UInt8(ascii: ")") { depth -= 1 }
                at += 1
            }
            value = start..<at
        }
        words.append(Word(key: bytes.text(key), value: bytes.text(value), range: key.lowerBound..<at, valueRange: value))
        return at
    }
}
