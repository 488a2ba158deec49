/// A line of a file, without its end.
struct Line {
    /// Counted from 1.
    let number: Int
    /// In bytes of the file.
    let range: Range<Int>
    /// The line from its first character on that is no blank.
    let text: Range<Int>
}

/// The lines of a file; an end is the newline, and one CR before it or before the file's end.
struct LineWalk {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var at: Int
    /// Where the next line begins.
    var position: Int { min(at, bytes.count) }
    /// How many lines `next()` has given.
    private(set) var count = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        at = Self.start(of: bytes)
    }

    /// Behind the byte order mark, if there is one.
    static func start(of bytes: UnsafeBufferPointer<UInt8>) -> Int {
        bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF ? 3 : 0
    }

    mutating func next() -> Line? {
        let start = at
        guard start < bytes.count else { return nil }
        var end = newline(from: start) ?? bytes.count
        at = end + 1
        count += 1
        if end > start, bytes[end - 1] == 0x0D { end -= 1 }
        return Line(number: count, range: start..<end, text: bytes.skipBlanks(start, end)..<end)
    }

    /// Eight bytes at a time: the lowest of a word's bytes that is a newline is the first that borrows where one is taken from each.
    private func newline(from start: Int) -> Int? {
        let raw = UnsafeRawBufferPointer(bytes)
        var at = start
        while at + 8 <= raw.count {
            let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: at, as: UInt64.self)) ^ 0x0A0A_0A0A_0A0A_0A0A
            let found = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
            if found != 0 { return at + found.trailingZeroBitCount / 8 }
            at += 8
        }
        return bytes[at...].firstIndex(of: 0x0A)
    }
}
