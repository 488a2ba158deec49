internal import CLinux

/// Cuts a stream of bytes into lines of bounded length.
///
/// A line longer than the limit leaves in pieces of exactly the limit, all but the last marked continued. At most one limit is held back.
struct LineSplitter {
    static let limit = 16 * 1024
    private static let newline = UInt8(ascii: "\n")

    private var partial: [UInt8] = []

    typealias Emit = (UnsafeBufferPointer<UInt8>, _ continued: Bool) -> Void

    /// Takes bytes until they end or `lines` lines have been given out; answers how many it has taken.
    mutating func feed(_ bytes: UnsafeBufferPointer<UInt8>, lines: Int = .max, _ emit: Emit) -> Int {
        var rest = bytes
        var left = lines
        while !rest.isEmpty, left > 0 {
            let end = Self.lineEnd(in: rest)
            var line = UnsafeBufferPointer(rebasing: rest[..<(end ?? rest.endIndex)])
            while partial.count + line.count > Self.limit {
                let cut = Self.limit - partial.count
                deliver(UnsafeBufferPointer(rebasing: line[..<cut]), continued: true, emit)
                line = UnsafeBufferPointer(rebasing: line[cut...])
            }
            guard let end else {
                partial.append(contentsOf: line)
                return bytes.count
            }
            deliver(line, continued: false, emit)
            left -= 1
            rest = UnsafeBufferPointer(rebasing: rest[(end + 1)...])
        }
        return bytes.count - rest.count
    }

    private static func lineEnd(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard let start = UnsafeRawPointer(bytes.baseAddress), let end = memchr(start, Int32(newline), bytes.count) else { return nil }
        return UnsafeRawPointer(end) - start
    }

    /// Gives out a last line that has no newline.
    mutating func finish(_ emit: Emit) {
        if !partial.isEmpty { deliver(UnsafeBufferPointer(start: nil, count: 0), continued: false, emit) }
    }

    private mutating func deliver(_ line: UnsafeBufferPointer<UInt8>, continued: Bool, _ emit: Emit) {
        if partial.isEmpty {
            emit(line, continued)
        } else {
            partial.append(contentsOf: line)
            partial.withUnsafeBufferPointer { emit($0, continued) }
            partial.removeAll(keepingCapacity: continued)
        }
    }
}
