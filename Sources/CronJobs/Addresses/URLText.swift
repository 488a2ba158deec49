/// What all our URLs have in common.
package enum URLText {
    /// Cuts `text` at the first `mark` and answers what follows it.
    package static func cut(_ text: inout Substring, at mark: Character) -> Substring? {
        guard let index = text.firstIndex(of: mark) else { return nil }
        defer { text = text[..<index] }
        return text[text.index(after: index)...]
    }

    /// Cuts the scheme and its `://` off, in small letters; `nil` where there is none.
    package static func cutScheme(_ text: inout Substring) -> String? {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return nil }
        defer { text = text[text.index(colon, offsetBy: 3)...] }
        return text[..<colon].lowercased()
    }

    /// Resolves `%XX`; `nil` where a `%` is not followed by two hexadecimal digits.
    package static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = [], input = text.utf8.makeIterator()
        while let byte = input.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = input.next().flatMap(hexValue), let low = input.next().flatMap(hexValue) else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The beginning of a text up to what may be a password without its @.
    package static func shown(_ text: Substring) -> String {
        guard let colon = text.firstIndex(of: ":") else { return String(text.prefix(80)) }
        return "\(text[..<colon].prefix(80))…"
    }

    private static func hexValue(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 48...57: digit - 48
        case 65...70: digit - 55
        case 97...102: digit - 87
        default: nil
        }
    }
}
