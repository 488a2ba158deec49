internal import CronExpressions

/// A number for each of some instants: what `DueQueue` looks up once for every job that it enters.
///
/// Open addressing with linear probing in two plain arrays, at most half full. The dictionary of the standard library guards against chosen
/// keys by a slow hash; whoever chooses fire times writes the crontab, and can have every job fire in every minute anyway.
struct InstantTable: Sendable {
    private var keys: [Int64] = []
    private var values: [Int32] = []
    private(set) var count = 0
    private var shift: UInt64 = 64

    /// Marks a free place; no value is negative.
    private static let free: Int32 = -1

    /// - Parameter capacity: how many instants find room before the table grows.
    init(capacity: Int) { resize(to: max(16, capacity)) }

    /// Sets the number of an instant, and answers the one it had.
    mutating func replace(_ instant: Instant, with value: Int32) -> Int32? {
        let place = place(of: instant.seconds)
        let old = values[place]
        values[place] = value
        if old != Self.free { return old }
        keys[place] = instant.seconds
        count += 1
        if count * 2 > values.count { resize(to: count * 2) }
        return nil
    }

    mutating func remove(_ instant: Instant) -> Int32? {
        var hole = place(of: instant.seconds)
        let old = values[hole]
        if old == Self.free { return nil }
        values[hole] = Self.free
        count -= 1
        // What stands behind the hole moves up if its own place is not between.
        let mask = values.count - 1
        var at = (hole + 1) & mask
        while values[at] != Self.free {
            let home = home(of: keys[at])
            if (at &- home) & mask >= (at &- hole) & mask {
                (keys[hole], values[hole]) = (keys[at], values[at])
                values[at] = Self.free
                hole = at
            }
            at = (at + 1) & mask
        }
        return old
    }

    /// Where an instant stands, or would.
    private func place(of seconds: Int64) -> Int {
        let mask = values.count - 1
        var at = home(of: seconds)
        while values[at] != Self.free, keys[at] != seconds { at = (at + 1) & mask }
        return at
    }

    private func home(of seconds: Int64) -> Int {
        Int(truncatingIfNeeded: (UInt64(bitPattern: seconds) &* 0x9E37_79B9_7F4A_7C15) >> shift)
    }

    private mutating func resize(to capacity: Int) {
        let old = (keys, values)
        shift = UInt64((capacity * 2 - 1).leadingZeroBitCount)
        let size = 1 << (64 - Int(shift))
        keys = Array(repeating: 0, count: size)
        values = Array(repeating: Self.free, count: size)
        for (key, value) in zip(old.0, old.1) where value != Self.free {
            let place = place(of: key)
            (keys[place], values[place]) = (key, value)
        }
    }
}
