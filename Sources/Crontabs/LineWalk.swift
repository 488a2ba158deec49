/// The lines of a file as ranges of its bytes, without their ends: the newline, and one CR before it or before the file's end.
struct LineWalk {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var at: Int
    /// The number of the line that `next()` gave last, from 1.
    private(set) var number = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        at = Self.start(of: bytes)
    }

    /// Behind the byte order mark, if there is one.
    static func start(of bytes: UnsafeBufferPointer<UInt8>) -> Int {
        bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF ? 3 : 0
    }

    mutating func next() -> Range<Int>? {
        let start = at
        guard start < bytes.count else { return nil }
        var end = start
        while end < bytes.count, bytes[end] != 0x0A { end += 1 }
        at = end + 1
        number += 1
        if end > start, bytes[end - 1] == 0x0D { end -= 1 }
        return start..<end
    }
}
