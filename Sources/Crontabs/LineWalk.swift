internal import Glibc

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

    private func newline(from start: Int) -> Int? {
        guard let base = bytes.baseAddress, let found = memchr(base + start, 0x0A, bytes.count - start) else { return nil }
        return UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
    }
}
