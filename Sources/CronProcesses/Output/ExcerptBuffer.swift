package import CronJobs

/// An excerpt that grows: its beginning is full once, its end is a ring. Memory is taken as output comes, and no more than the limit.
package struct ExcerptBuffer {
    private var beginning: Int
    private var end: Int
    private var first: [UInt8] = []
    /// The newest bytes; once full, the oldest of them is at `start`.
    private var ring: [UInt8] = []
    private var start = 0
    package private(set) var total: Int64 = 0

    package init(limit: Int) {
        beginning = OutputExcerpt.beginning(of: limit)
        end = limit - beginning
    }

    package var count: Int { first.count + ring.count }

    package mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        total += Int64(bytes.count)
        var bytes = bytes[...]
        let room = beginning - first.count
        // Nothing more goes to the beginning once something went to the end.
        if room > 0, ring.isEmpty {
            first += bytes.prefix(room)
            bytes = bytes.dropFirst(room)
        }
        guard !bytes.isEmpty, end > 0 else { return }
        if bytes.count >= end {
            if ring.count < end { ring = Array(repeating: 0, count: end) }
            ring.withUnsafeMutableBytes { $0.copyMemory(from: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes.suffix(end)))) }
            start = 0
            return
        }
        let growth = bytes.prefix(end - ring.count)
        ring += growth
        bytes = bytes.dropFirst(growth.count)
        while !bytes.isEmpty {
            let part = bytes.prefix(end - start)
            ring.withUnsafeMutableBytes { ring in
                let old = UnsafeMutableRawBufferPointer(rebasing: ring[start...])
                old.copyMemory(from: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: part)))
            }
            start = (start + part.count) % end
            bytes = bytes.dropFirst(part.count)
        }
    }

    package var excerpt: OutputExcerpt {
        OutputExcerpt(first: first, dropped: total - Int64(count), last: Array(ring[start...] + ring[..<start]))
    }

    /// Keeps no more than that from now on.
    package mutating func shrink(to limit: Int) {
        guard limit < beginning + end else { return }
        let shorter = excerpt.shortened(to: limit), total = total
        self = ExcerptBuffer(limit: limit)
        first = shorter.first
        ring = shorter.last
        self.total = total
        // What fits whole may lie in the beginning alone, and be longer than a beginning is now.
        if ring.isEmpty, first.count > beginning {
            ring = Array(first[beginning...])
            first.removeLast(first.count - beginning)
        }
    }
}
