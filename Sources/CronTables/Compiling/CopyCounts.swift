// How often each line of a table came already: asked once for each of 100,000 lines, nearly all of which came never.
//
// Open addressing in one plain array, at most four fifths full: each look is one step into memory that is not near, and then
// two or three beside it. Only what comes again has
// a number, elsewhere. The keys are hashes as they are; who makes lines whose hashes fall together learns nothing of where they fall here, because that
// follows from a number that each process draws.

/// A count for each of some hashes.
struct CopyCounts {
    private static let scatter = UInt64.random(in: .min ... .max) | 1

    /// 0 marks a free place.
    private var keys: [UInt64] = []
    /// How often something came that came again; 0, which no place can hold, from the first time on.
    private var repeats: [UInt64: Int] = [:]
    private var shift: UInt64 = 64
    private var used = 0

    init() { resize(to: 16) }

    /// Makes room for so many more.
    mutating func reserve(_ more: Int) {
        if (used + more) * 5 > keys.count * 4 { resize(to: used + more) }
    }

    /// Counts a hash, and answers how often it came with this time.
    mutating func next(_ hash: UInt64) -> Int {
        if (used + 1) * 5 > keys.count * 4 { resize(to: keys.count) }
        let place = place(of: hash)
        guard hash == 0 || keys[place] == hash else {
            keys[place] = hash
            used += 1
            return 1
        }
        repeats[hash, default: hash == 0 ? 0 : 1] += 1
        return repeats[hash] ?? 1
    }

    private func place(of hash: UInt64) -> Int {
        let mask = keys.count - 1
        var at = Int(truncatingIfNeeded: (hash &* Self.scatter) >> shift)
        while keys[at] != 0, keys[at] != hash { at = (at + 1) & mask }
        return at
    }

    private mutating func resize(to capacity: Int) {
        let old = keys
        shift = UInt64((capacity * 5 / 4).leadingZeroBitCount)
        keys = Array(repeating: 0, count: 1 << (64 - Int(shift)))
        for key in old where key != 0 { keys[place(of: key)] = key }
    }
}
