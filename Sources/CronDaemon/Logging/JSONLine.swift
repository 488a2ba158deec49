internal import CronExpressions

/// Tells whether a line of output is one JSON object (RFC 8259), and nothing else. Anything that some reader might take for less is not:
/// bad UTF-8, halves of surrogate pairs, objects nested deeper than readers follow.
package struct JSONLine {
    private static let deepest = 100

    private let bytes: UnsafeBufferPointer<UInt8>
    private var at = 0
    /// What ends the arrays and objects that are open, the innermost last.
    private var closers: [UInt8] = []

    package static func isObject(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
        var scanner = JSONLine(bytes: line)
        scanner.skipBlanks()
        guard scanner.at < line.count, line[scanner.at] == UInt8(ascii: "{"), VisibleText.isText(line) else { return false }
        return scanner.isObject()
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    private mutating func isObject() -> Bool {
        var isFirst = open("{", "}")
        while let closer = closers.last {
            skipBlanks()
            if take(closer) {
                closers.removeLast()
                isFirst = false
                continue
            }
            guard isFirst || take(UInt8(ascii: ",")) else { return false }
            if closer == UInt8(ascii: "}") {
                skipBlanks()
                guard string() else { return false }
                skipBlanks()
                guard take(UInt8(ascii: ":")) else { return false }
            }
            skipBlanks()
            isFirst = open("{", "}") || open("[", "]")
            guard isFirst ? closers.count <= Self.deepest : plainValue() else { return false }
        }
        skipBlanks()
        return at == bytes.count
    }

    private mutating func open(_ opener: Unicode.Scalar, _ closer: Unicode.Scalar) -> Bool {
        guard take(UInt8(ascii: opener)) else { return false }
        closers.append(UInt8(ascii: closer))
        return true
    }

    private mutating func plainValue() -> Bool {
        guard at < bytes.count else { return false }
        switch bytes[at] {
        case UInt8(ascii: "\""): return string()
        case UInt8(ascii: "t"): return take("true")
        case UInt8(ascii: "f"): return take("false")
        case UInt8(ascii: "n"): return take("null")
        default: return number()
        }
    }

    private mutating func number() -> Bool {
        _ = take(UInt8(ascii: "-"))
        guard take(UInt8(ascii: "0")) || digits() else { return false }
        if take(UInt8(ascii: ".")), !digits() { return false }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
            return digits()
        }
        return true
    }

    private mutating func digits() -> Bool {
        let start = at
        while at < bytes.count, (48...57).contains(bytes[at]) { at += 1 }
        return at > start
    }

    private mutating func string() -> Bool {
        guard take(UInt8(ascii: "\"")) else { return false }
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            switch byte {
            case UInt8(ascii: "\""): return true
            case UInt8(ascii: "\\"): guard escape() else { return false }
            case 0..<0x20: return false
            default: break
            }
        }
        return false
    }

    private mutating func escape() -> Bool {
        guard at < bytes.count else { return false }
        let byte = bytes[at]
        at += 1
        guard byte == UInt8(ascii: "u") else { return #""\/bfnrt"#.utf8.contains(byte) }
        guard let unit = codeUnit() else { return false }
        switch unit {
        case 0xD800...0xDBFF:
            guard take("\\u"), let low = codeUnit() else { return false }
            return (0xDC00...0xDFFF).contains(low)
        case 0xDC00...0xDFFF: return false
        default: return true
        }
    }

    private mutating func codeUnit() -> UInt16? {
        guard at + 4 <= bytes.count else { return nil }
        defer { at += 4 }
        let digits = bytes[at..<(at + 4)].map { Character(Unicode.Scalar($0)).hexDigitValue }
        return digits.reduce(UInt16?(0)) { value, digit in value.flatMap { value in digit.map { value << 4 | UInt16($0) } } }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard at < bytes.count, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    private mutating func take(_ word: String) -> Bool {
        guard bytes[at...].starts(with: word.utf8) else { return false }
        at += word.utf8.count
        return true
    }

    private mutating func skipBlanks() { while take(0x20) || take(0x09) || take(0x0A) || take(0x0D) {} }
}
