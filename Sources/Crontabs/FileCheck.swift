/// Finds the first byte that says: this is no crontab, but something that was put in its place.
///
/// A dump planted as a crontab must never run, not even the part of it that looks like entries. So one NUL, one byte that is not UTF-8 or one
/// control character other than the tab and the newline (and one CR right before it or before the end) refuses the whole file.
struct FileCheck {
    struct Finding {
        /// Offset of the byte and the number of bytes the message is about.
        var offset: Int
        var length: Int
        var message: String
    }

    static func firstFinding(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Finding? {
        let raw = UnsafeRawBufferPointer(bytes), end = bytes.count
        var at = start
        while at < end {
            while at + 8 <= end, isPlain(raw.loadUnaligned(fromByteOffset: at, as: UInt64.self)) { at += 8 }
            guard at < end else { break }
            let byte = bytes[at]
            if byte >= 0x20 && byte < 0x7F || byte == 0x0A || byte == 0x09 {
                at += 1
            } else if byte < 0x80 {
                if byte == 0x0D, at + 1 == end || bytes[at + 1] == 0x0A {
                    at += 1
                } else {
                    return control(byte, at)
                }
            } else {
                let length = sequenceLength(bytes, at, end)
                guard length > 0 else {
                    return Finding(offset: at, length: 1, message: "this byte (0x\(hex(byte))) is not UTF-8: the file is refused whole")
                }
                if byte == 0xC2, bytes[at + 1] < 0xA0 {
                    let code = hex(bytes[at + 1])
                    return Finding(offset: at, length: 2, message: "control character U+00\(code): the file is refused whole")
                }
                at += length
            }
        }
        return nil
    }

    /// Whether eight bytes are all printable ASCII, tabs or newlines, as those of most tables are. Sums below 256 carry nothing to their neighbours.
    private static func isPlain(_ bytes: UInt64) -> Bool {
        let each: UInt64 = 0x0101_0101_0101_0101, high = 0x80 * each
        guard bytes & high == 0 else { return false }
        let isPrintable = bytes &+ 0x60 * each, isDelete = bytes &+ each
        let isNoTab = (bytes ^ 0x09 * each) &+ 0x7F * each, isNoNewline = (bytes ^ 0x0A * each) &+ 0x7F * each
        return (~isPrintable & isNoTab & isNoNewline | isDelete) & high == 0
    }

    private static func control(_ byte: UInt8, _ at: Int) -> Finding {
        let what =
            switch byte {
            case 0: "a NUL byte"
            case 0x0D: "a carriage return that no newline follows (U+000D)"
            default: "control character U+00\(hex(byte))"
            }
        return Finding(offset: at, length: 1, message: "\(what): the file is refused whole")
    }

    /// Bytes of the well-formed UTF-8 sequence at `at`; 0 if there is none.
    private static func sequenceLength(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int, _ end: Int) -> Int {
        let first = bytes[at]
        let length =
            switch first {
            case 0xC2...0xDF: 2
            case 0xE0...0xEF: 3
            case 0xF0...0xF4: 4
            default: 0
            }
        guard length > 0, at + length <= end else { return 0 }
        let second = bytes[at + 1]
        let allowed: ClosedRange<UInt8> =
            switch first {
            case 0xE0: 0xA0...0xBF
            case 0xED: 0x80...0x9F
            case 0xF0: 0x90...0xBF
            case 0xF4: 0x80...0x8F
            default: 0x80...0xBF
            }
        guard allowed.contains(second) else { return 0 }
        for offset in 2..<max(length, 2) where bytes[at + offset] & 0xC0 != 0x80 { return 0 }
        return length
    }

    private static func hex(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16, uppercase: true)
        return text.utf8.count == 1 ? "0" + text : text
    }
}
