// What others wrote, on its way to a terminal, a log or another program.
//
// Escaped is what moves a cursor, ends a line for some reader, or shows text in another order than it is written: C0 but for the tab, DEL,
// C1, the line and paragraph separators, the bidirectional marks, and bytes that are no UTF-8. Everything else stays, blanks and joiners of
// foreign scripts included. Plain ASCII is looked through eight bytes at a time.

extension VisibleText {
    /// In what the text will stand.
    public enum Place: Sendable {
        /// A line for people: `\x1b`, `\u009b`, and `\xff` for a byte that is no text.
        case line
        /// Several such lines: newlines stay.
        case lines
        /// Between the quotes of a JSON string.
        case quotes
        /// A JSON text that is valid already: only what must not be seen is escaped, inside its strings.
        case json
    }

    /// The text with everything in sight.
    public static func shown(_ text: String, in place: Place = .line) -> String {
        var copy = text
        return copy.withUTF8 { bytes in
            if visibleCount(bytes, place) == bytes.count { return text }
            var shown: [UInt8] = []
            append(bytes, in: place, to: &shown)
            return String(decoding: shown, as: UTF8.self)
        }
    }

    /// Bytes as they may be shown, at the end of a line that is being made: nothing is allocated for what needs no escape.
    public static func append(_ bytes: UnsafeBufferPointer<UInt8>, in place: Place = .line, to line: inout [UInt8]) {
        var rest = bytes
        while !rest.isEmpty {
            let visible = visibleCount(rest, place)
            line.append(contentsOf: rest[..<visible])
            rest = UnsafeBufferPointer(rebasing: rest[visible...])
            guard let byte = rest.first else { return }
            let (scalar, length) = decode(rest) ?? (0, 0)
            if length > 1 {
                line += "\\u".utf8
                line.append(hex: UInt32(scalar), digits: 4)
            } else if length == 1 {
                line.append(escaped: byte, in: place)
            } else if place == .quotes || place == .json {
                line += "\u{FFFD}".utf8
            } else {
                line += "\\x".utf8
                line.append(hex: UInt32(byte), digits: 2)
            }
            rest = UnsafeBufferPointer(rebasing: rest[max(1, length)...])
        }
    }

    /// Whether the bytes are UTF-8.
    public static func isText(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var at = 0
        while at < bytes.count {
            guard bytes[at] >= 0x80 else {
                at += 1
                continue
            }
            guard let (_, length) = decode(UnsafeBufferPointer(rebasing: bytes[at...])) else { return false }
            at += length
        }
        return true
    }

    /// How many bytes at the beginning can stay as they are.
    public static func visibleCount(_ bytes: UnsafeBufferPointer<UInt8>, _ place: Place = .line) -> Int {
        var at = 0
        while at < bytes.count {
            at += plainWords(bytes, at, hasQuotes: place == .quotes)
            guard at < bytes.count else { break }
            let byte = bytes[at]
            if byte < 0x80 {
                guard isVisible(ascii: byte, place) else { return at }
                at += 1
            } else {
                guard let (scalar, length) = decode(UnsafeBufferPointer(rebasing: bytes[at...])), !isHidden(scalar) else { return at }
                at += length
            }
        }
        return at
    }

    private static func isVisible(ascii byte: UInt8, _ place: Place) -> Bool {
        switch byte {
        case 0x7F: false
        case 0x22, 0x5C: place != .quotes
        case 0x20...: true
        case 0x09: place != .quotes
        case 0x0A: place == .lines
        default: false
        }
    }

    /// Bytes of whole words of eight, from `start` on, that need no closer look: none below 0x20, none above 0x7E, and no quote or
    /// backslash where these count.
    private static func plainWords(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, hasQuotes: Bool) -> Int {
        let raw = UnsafeRawBufferPointer(bytes)
        let ones: UInt64 = 0x0101_0101_0101_0101, tops: UInt64 = 0x8080_8080_8080_8080
        // The top bit of each byte that is zero; exact for whether there is one.
        func zeros(_ word: UInt64) -> UInt64 { (word &- ones) & ~word & tops }
        var at = start
        while at + 8 <= raw.count {
            let word = raw.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            var found = (word | (word &- (ones &* 0x20)) & ~word | (word &+ ones)) & tops
            if hasQuotes { found |= zeros(word ^ (ones &* 0x22)) | zeros(word ^ (ones &* 0x5C)) }
            guard found == 0 else { break }
            at += 8
        }
        return at - start
    }

    /// The first scalar and its length; nil where the bytes begin with no UTF-8.
    private static func decode(_ bytes: UnsafeBufferPointer<UInt8>) -> (scalar: UInt32, length: Int)? {
        guard let first = bytes.first else { return nil }
        let length: Int
        var scalar: UInt32
        switch first {
        case 0..<0x80: return (UInt32(first), 1)
        case 0xC2...0xDF: (length, scalar) = (2, UInt32(first & 0x1F))
        case 0xE0...0xEF: (length, scalar) = (3, UInt32(first & 0x0F))
        case 0xF0...0xF4: (length, scalar) = (4, UInt32(first & 0x07))
        default: return nil
        }
        guard bytes.count >= length else { return nil }
        for index in 1..<length {
            guard bytes[index] & 0xC0 == 0x80 else { return nil }
            scalar = scalar << 6 | UInt32(bytes[index] & 0x3F)
        }
        let isShortest = length == 2 || scalar >= (length == 3 ? 0x800 : 0x1_0000)
        return isShortest && Unicode.Scalar(scalar) != nil ? (scalar, length) : nil
    }

    private static func isHidden(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x80...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(escaped byte: UInt8, in place: VisibleText.Place) {
        guard place == .quotes || place == .json else {
            self += "\\x".utf8
            return append(hex: UInt32(byte), digits: 2)
        }
        switch byte {
        case 0x22, 0x5C: self += [0x5C, byte]
        case 0x0A: self += "\\n".utf8
        // Of a valid JSON text this is a blank between its parts.
        case 0x0D: self += (place == .json ? " " : "\\r").utf8
        case 0x09: self += "\\t".utf8
        default:
            self += "\\u".utf8
            append(hex: UInt32(byte), digits: 4)
        }
    }

    fileprivate mutating func append(hex value: UInt32, digits: Int) {
        for digit in (0..<digits).reversed() {
            let nibble = UInt8(truncatingIfNeeded: value >> UInt32(digit * 4)) & 15
            append(nibble < 10 ? 48 + nibble : 87 + nibble)
        }
    }
}
