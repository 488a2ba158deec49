// How often each line of a table came already: asked once for each of 100,000 lines, nearly all of which came never.
//
// Open addressing in two plain arrays, at most half full. The keys are hashes as they are; who makes lines whose hashes fall together learns nothing of
// where they fall here, because that follows from a number that each process draws.

/// A count for each of some hashes.
struct CopyCounts {
    private static let scatter = UInt64.random(in: .min ... .max) | 1

    private var keys: [UInt64] = []
    /// 0 marks a free place.
    private var counts: [Int32] = []
    private var shift: UInt64 = 64
    private var used = 0

    init() { resize(to: 16) }

    /// Makes room for so many more.
    mutating func reserve(_ more: Int) {
        if (used + more) * 2 > counts.count { resize(to: used + more) }
    }

    /// Counts a hash, and answers how often it came with this time.
    mutating func next(_ hash: UInt64) -> Int {
        if (used + 1) * 2 > counts.count { resize(to: counts.count) }
        let place = place(of: hash)
        if counts[place] == 0 {
            keys[place] = hash
            used += 1
        }
        counts[place] += 1
        return Int(counts[place])
    }

    private func place(of hash: UInt64) -> Int {
        let mask = counts.count - 1
        var at = Int(truncatingIfNeeded: (hash &* Self.scatter) >> shift)
        while counts[at] != 0, keys[at] != hash { at = (at + 1) & mask }
        return at
    }

    private mutating func resize(to capacity: Int) {
        let old = zip(keys, counts)
        shift = UInt64((capacity * 2 - 1).leadingZeroBitCount)
        keys = Array(repeating: 0, count: 1 << (64 - Int(shift)))
        counts = Array(repeating: 0, count: keys.count)
        for (key, count) in old where count > 0 {
            let place = place(of: key)
            (keys[place], counts[place]) = (key, count)
        }
    }
}
