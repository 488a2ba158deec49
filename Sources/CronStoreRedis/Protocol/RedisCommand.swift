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
        buffer.writeCount("*", words.count)
        for word in words {
            switch word {
            case .text(let text):
                buffer.writeCount("$", text.utf8.count)
                buffer.writeString(text)
            case .bytes(let bytes):
                buffer.writeCount("$", bytes.count)
                buffer.writeBytes(bytes)
            }
            buffer.writeStaticString("\r\n")
        }
    }
}

extension RedisCommand.Word {
    static func maybe(_ number: Int64?) -> Self { number.map { .int($0) } ?? "-" }
}

extension ByteBuffer {
    /// A mark, a number and the end of the line. There is one for each word: no text is made of it.
    fileprivate mutating func writeCount(_ mark: Unicode.Scalar, _ count: Int) {
        writeInteger(UInt8(ascii: mark))
        var unit = 1
        while count / unit >= 10 { unit *= 10 }
        while unit > 0 {
            writeInteger(UInt8(truncatingIfNeeded: 48 + count / unit % 10))
            unit /= 10
        }
        writeStaticString("\r\n")
    }
}
