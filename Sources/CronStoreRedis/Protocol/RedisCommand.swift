internal import NIOCore

/// A command and its arguments, as bytes.
struct RedisCommand: Sendable {
    enum Word: Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
        case text(String)
        case bytes([UInt8])

        init(stringLiteral value: String) { self = .text(value) }
        static func int(_ number: Int64) -> Word { .text(String(number)) }
        static func int(_ number: Int) -> Word { .text(String(number)) }
    }

    var words: [Word]

    init(_ words: Word...) { self.words = words }
    init(_ words: [Word]) { self.words = words }

    func write(to buffer: inout ByteBuffer) {
        buffer.writeString("*\(words.count)\r\n")
        for word in words {
            switch word {
            case .text(let text):
                buffer.writeString("$\(text.utf8.count)\r\n")
                buffer.writeString(text)
            case .bytes(let bytes):
                buffer.writeString("$\(bytes.count)\r\n")
                buffer.writeBytes(bytes)
            }
            buffer.writeStaticString("\r\n")
        }
    }
}
