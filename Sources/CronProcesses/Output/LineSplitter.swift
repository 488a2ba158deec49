/// Cuts a stream of bytes into lines of bounded length.
///
/// A line longer than the limit leaves in pieces of exactly the limit, all but the last marked continued. At most one limit is held back.
struct LineSplitter {
    static let limit = 16 * 1024
    private static let newline = UInt8(ascii: "\n")

    private var partial: [UInt8] = []

    typealias Emit = (UnsafeBufferPointer<UInt8>, _ continued: Bool) -> Void

    mutating func feed(_ bytes: UnsafeBufferPointer<UInt8>, _ emit: Emit) {
        var rest = bytes
        while !rest.isEmpty {
            let end = rest.firstIndex(of: Self.newline)
            var line = UnsafeBufferPointer(rebasing: rest[..<(end ?? rest.endIndex)])
            while partial.count + line.count > Self.limit {
                let cut = Self.limit - partial.count
                deliver(UnsafeBufferPointer(rebasing: line[..<cut]), continued: true, emit)
                line = UnsafeBufferPointer(rebasing: line[cut...])
            }
            guard let end else {
                partial.append(contentsOf: line)
                return
            }
            deliver(line, continued: false, emit)
            rest = UnsafeBufferPointer(rebasing: rest[(end + 1)...])
        }
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
