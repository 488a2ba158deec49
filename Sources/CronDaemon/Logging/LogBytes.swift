internal import CronExpressions
internal import CronJobs

// Text as it may stand in a log line: nothing that a job or a file says can forge another line or move a terminal's cursor.

extension [UInt8] {
    mutating func append(timestamp time: WallTime) {
        let instant = time.instant
        var text = instant.rfc3339UTC()
        let milliseconds = (time.nanoseconds - WallTime(instant).nanoseconds) / 1_000_000
        text.removeLast()
        self += text.utf8
        append(UInt8(ascii: "."))
        for divisor in [100, 10, 1] as [Int64] { append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: milliseconds / divisor % 10)) }
        append(UInt8(ascii: "Z"))
    }

    mutating func append(json text: String) {
        append(UInt8(ascii: "\""))
        for byte in text.utf8 { append(escaped: byte, quote: true) }
        append(UInt8(ascii: "\""))
    }

    mutating func append(logfmt value: LogRecord.Value) {
        switch value {
        case .number(let number): self += "\(number)".utf8
        case .flag(let flag): self += "\(flag)".utf8
        case .text(let text):
            let plain = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3D && $0 != 0x7F && $0 != 0x5C }
            if plain { self += text.utf8 } else { append(json: text) }
        }
    }

    /// Bytes as they are, but for control characters other than tab.
    mutating func append(printable text: UnsafeBufferPointer<UInt8>) {
        if text.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) {
            append(contentsOf: text)
        } else {
            for byte in text { if byte == 9 { append(9) } else { append(escaped: byte, quote: false) } }
        }
    }

    private mutating func append(escaped byte: UInt8, quote: Bool) {
        switch byte {
        case 0x22 where quote, 0x5C where quote:
            append(0x5C)
            append(byte)
        case 0x0A where quote: self += "\\n".utf8
        case 0x0D where quote: self += "\\r".utf8
        case 0x09 where quote: self += "\\t".utf8
        case 0..<0x20, 0x7F:
            let digits = Array("0123456789abcdef".utf8)
            self += quote ? "\\u00".utf8 : "\\x".utf8
            append(digits[Int(byte >> 4)])
            append(digits[Int(byte & 15)])
        default: append(byte)
        }
    }
}
