/// What is kept of a run's output, both streams in the order of arrival: its beginning, its end, and how much is missing between.
public struct OutputExcerpt: Hashable, Sendable {
    public var first: [UInt8]
    /// So many bytes are left out between `first` and `last`.
    public var dropped: Int64
    public var last: [UInt8]

    public init(first: [UInt8] = [], dropped: Int64 = 0, last: [UInt8] = []) {
        self.first = first
        self.dropped = dropped
        self.last = last
    }

    /// How many bytes are kept.
    public var count: Int { first.count + last.count }

    /// How many there were.
    public var total: Int64 { Int64(count) + dropped }

    /// A quarter of what is kept is the beginning.
    public static func beginning(of limit: Int) -> Int { limit / 4 }

    /// The same in no more than `limit` bytes.
    public func shortened(to limit: Int) -> OutputExcerpt {
        guard count > limit else { return self }
        let beginning = Self.beginning(of: limit), all = dropped == 0 ? first + last : first
        let first = Array(all.prefix(beginning))
        let last = Array((dropped == 0 ? Array(all.dropFirst(beginning)) : last).suffix(limit - first.count))
        return OutputExcerpt(first: first, dropped: total - Int64(first.count + last.count), last: last)
    }

    /// The last bytes, as far as they follow on each other.
    public func tail(_ limit: Int) -> [UInt8] {
        guard dropped == 0, last.count < limit else { return Array(last.suffix(limit)) }
        return Array((first + last).suffix(limit))
    }

    /// What comes after the first `seen` bytes of the whole output: how many of them are not kept, and those after these. Where what is seen ends in the
    /// beginning, the rest of the beginning comes first, by itself.
    public func after(_ seen: Int64) -> (missing: Int64, bytes: [UInt8]) {
        let beginning = Int64(first.count), end = beginning + dropped
        if seen < beginning {
            let rest = Array(first[Int(max(0, seen))...])
            return (0, dropped == 0 ? rest + last : rest)
        }
        let passed = min(Int64(last.count), max(0, seen - end))
        return (max(0, end - seen), Array(last[Int(passed)...]))
    }
}

// As stores keep it: a number for the form, how much is missing, how long the beginning is, then the bytes.
extension OutputExcerpt {
    private static let form: UInt8 = 1
    private static let headLength = 13

    public var stored: [UInt8] {
        var bytes = [Self.form]
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: dropped >> shift)) }
        for shift in stride(from: 24, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: first.count >> shift)) }
        return bytes + first + last
    }

    /// `nil` for what `stored` has not made.
    public init?(stored bytes: [UInt8]) {
        guard bytes.count >= Self.headLength, bytes[0] == Self.form else { return nil }
        let dropped = bytes[1..<9].reduce(Int64(0)) { $0 << 8 | Int64($1) }, beginning = bytes[9..<13].reduce(0) { $0 << 8 | Int($1) }
        guard dropped >= 0, beginning <= bytes.count - Self.headLength else { return nil }
        let cut = Self.headLength + beginning
        self.init(first: Array(bytes[Self.headLength..<cut]), dropped: dropped, last: Array(bytes[cut...]))
    }
}
