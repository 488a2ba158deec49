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
        append(text, in: .quotes)
        append(UInt8(ascii: "\""))
    }

    mutating func append(_ text: String, in place: VisibleText.Place) {
        var copy = text
        copy.withUTF8 { VisibleText.append($0, in: place, to: &self) }
    }

    mutating func append(logfmt value: LogRecord.Value) {
        switch value {
        case .number(let number): self += "\(number)".utf8
        case .flag(let flag): self += "\(flag)".utf8
        case .text(let text):
            var copy = text
            copy.withUTF8 { append(logfmt: $0) }
        }
    }

    /// A word as it is, anything else between quotes.
    mutating func append(logfmt text: UnsafeBufferPointer<UInt8>) {
        let isWord = !text.isEmpty && text.allSatisfy { $0 > 0x20 && $0 != 0x3D } && VisibleText.visibleCount(text, .quotes) == text.count
        if isWord { return append(contentsOf: text) }
        append(UInt8(ascii: "\""))
        VisibleText.append(text, in: .quotes, to: &self)
        append(UInt8(ascii: "\""))
    }
}
