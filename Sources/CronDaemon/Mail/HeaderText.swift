internal import CronJobs

/// Any text in the head of a mail: on one line, and in ASCII (RFC 2047).
enum HeaderText {
    /// An encoded word has at most 75 characters: so many bytes of text.
    private static let portion = 42

    static func word(of text: String) -> String {
        let line = String(text.map { $0.isNewline || $0.asciiValue.map { $0 < 32 || $0 == 127 } ?? false ? " " : $0 })
        if line.utf8.allSatisfy({ (32...126).contains($0) }), !line.contains("=?"), line.utf8.count <= 900 { return line }
        var words: [String] = [], bytes: [UInt8] = []
        for character in line.prefix(2000).unicodeScalars {
            let next = Array(String(character).utf8)
            if bytes.count + next.count > portion {
                words.append(encoded(bytes))
                bytes = []
            }
            bytes += next
        }
        if !bytes.isEmpty { words.append(encoded(bytes)) }
        return words.joined(separator: "\n ")
    }

    private static func encoded(_ bytes: [UInt8]) -> String { "=?UTF-8?B?\(Base64.text(bytes))?=" }
}
