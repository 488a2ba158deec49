internal import CronJobs

/// Any text in the head of a mail: on one line, and in ASCII (RFC 2047).
enum HeaderText {
    /// An encoded word has at most 75 characters: so many bytes of text.
    private static let portion = 42
    /// What needs no encoding stands on a line, which has at most 998 bytes.
    private static let plain = 900
    private static let longest = 2000

    static func word(of text: String) -> String {
        if isPlain(text) { return text }
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(longest) { line.append(isControl(scalar) ? " " : scalar) }
        return isPlain(String(line)) ? String(line) : encoded(line)
    }

    private static func isPlain(_ text: String) -> Bool {
        guard text.utf8.count <= plain else { return false }
        var last = UInt8(0)
        for byte in text.utf8 {
            guard (32...126).contains(byte), !(last == UInt8(ascii: "=") && byte == UInt8(ascii: "?")) else { return false }
            last = byte
        }
        return true
    }

    /// Also what ends a line elsewhere.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 32 || (127...159).contains(scalar.value) || (0x2028...0x2029).contains(scalar.value)
    }

    private static func encoded(_ line: String.UnicodeScalarView) -> String {
        var words: [String] = [], bytes: [UInt8] = []
        func end() { if !bytes.isEmpty { words.append("=?UTF-8?B?\(Base64.text(bytes))?=") } }
        for scalar in line {
            let next = UTF8.encode(scalar).map { Array($0) } ?? []
            if bytes.count + next.count > portion {
                end()
                bytes = []
            }
            bytes += next
        }
        end()
        return words.joined(separator: "\n ")
    }
}
