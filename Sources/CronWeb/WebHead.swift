/// The head of an answer, of which the first line matters, and when to ask again.
struct WebHead {
    let status: Int
    /// `404 Not Found`
    let words: String
    let retryAfter: RetryAfter?

    /// How long the head is, with the empty line that ends it; `nil` where it has not ended.
    static func length(in bytes: [UInt8]) -> Int? {
        var isLineEmpty = false
        for (index, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: "\n") {
                if isLineEmpty { return index + 1 }
                isLineEmpty = true
            } else if byte != UInt8(ascii: "\r") {
                isLineEmpty = false
            }
        }
        return nil
    }

    /// `nil` for what is no head of HTTP/1.
    init?(_ bytes: ArraySlice<UInt8>) {
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard parts.count >= 2, parts[0].starts(with: "HTTP/1.".utf8), parts[1].count == 3,
            let status = Int(String(decoding: parts[1], as: UTF8.self)), (100...599).contains(status)
        else { return nil }
        self.status = status
        let reason = parts.count == 3 ? " " + String(decoding: parts[2].prefix(60).filter { (32...126).contains($0) }, as: UTF8.self) : ""
        words = "\(status)\(reason)"
        retryAfter = Self.value(of: "retry-after", in: bytes[line.endIndex...]).flatMap { RetryAfter($0) }
    }

    /// What the first field of that name, in small letters, says.
    private static func value(of name: String, in fields: ArraySlice<UInt8>) -> String? {
        for line in fields.split(separator: UInt8(ascii: "\n")) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon - line.startIndex == name.utf8.count,
                zip(line, name.utf8).allSatisfy({ $0 | 0x20 == $1 | 0x20 })
            else { continue }
            let isBlank: (UInt8) -> Bool = { [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")].contains($0) }
            let value = line[(colon + 1)...].drop(while: isBlank).prefix(64)
            return String(decoding: value.prefix(value.count - value.reversed().prefix(while: isBlank).count), as: UTF8.self)
        }
        return nil
    }
}
