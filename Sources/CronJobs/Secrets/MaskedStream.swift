// What has gone by in a stream is settled once no secret that holds it can begin any more; only the bytes that may be a secret's beginning are
// held back. Which of them belong to a secret already is kept as ranges.
//
//      settled │ held back: may begin a secret │ comes next
//              │      [found]  [found]         │

/// A stream of bytes with `***` in the place of each secret, or of several without anything between them.
public struct MaskedStream: Sendable {
    private let mask: SecretMask
    private var position = SecretMask.Position()
    private var held: [UInt8] = []
    /// What belongs to a secret, counted from the first byte that is held; in order, apart from each other.
    private var covered: [Range<Int>] = []
    /// The last settled byte belongs to a secret, and the sign for it was written.
    private var isInside = false

    public init(_ mask: SecretMask) { self.mask = mask }

    /// Takes bytes, and appends what is settled by them.
    public mutating func feed(_ bytes: UnsafeBufferPointer<UInt8>, into out: inout [UInt8]) {
        let before = held.count
        var covered = covered
        mask.walk(bytes, from: &position) { end, length in
            Self.cover(before + end - length..<before + end, in: &covered)
        }
        self.covered = covered
        settle(before + bytes.count - position.depth, bytes, into: &out)
    }

    /// The stream ends here, or pauses for long: what was held back is no secret.
    public mutating func finish(into out: inout [UInt8]) {
        settle(held.count, UnsafeBufferPointer(start: nil, count: 0), into: &out)
        position = SecretMask.Position()
        isInside = false
    }

    /// A secret that ends last of all so far.
    private static func cover(_ range: Range<Int>, in covered: inout [Range<Int>]) {
        var start = range.lowerBound
        while let last = covered.last, last.upperBound >= start {
            start = min(start, last.lowerBound)
            covered.removeLast()
        }
        covered.append(start..<range.upperBound)
    }

    /// Appends what stands before `end`, counted from the first byte that is held, and holds the rest. `next` follows on what is held.
    private mutating func settle(_ end: Int, _ next: UnsafeBufferPointer<UInt8>, into out: inout [UInt8]) {
        var at = 0
        for range in covered where range.lowerBound < end {
            appendPlain(at..<max(at, range.lowerBound), next, into: &out)
            if !isInside { out += SecretMask.sign.utf8 }
            isInside = true
            at = min(range.upperBound, end)
        }
        appendPlain(at..<max(at, end), next, into: &out)
        covered = covered.compactMap { range in
            range.upperBound <= end ? nil : max(0, range.lowerBound - end)..<range.upperBound - end
        }
        if end < held.count {
            held.removeFirst(end)
            held += next
        } else {
            held = Array(next[(end - held.count)...])
        }
    }

    private mutating func appendPlain(_ range: Range<Int>, _ next: UnsafeBufferPointer<UInt8>, into out: inout [UInt8]) {
        guard !range.isEmpty else { return }
        isInside = false
        if range.lowerBound < held.count { out += held[range.lowerBound..<min(range.upperBound, held.count)] }
        let from = max(0, range.lowerBound - held.count)
        if range.upperBound > held.count { out += next[from..<range.upperBound - held.count] }
    }
}
