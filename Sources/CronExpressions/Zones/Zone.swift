/// A time zone: a name and the history of its UTC offset.
///
/// Copying a zone copies one reference. Two zones are equal if their identifiers and their rules are.
public struct Zone: Hashable, Sendable {
    let storage: ZoneStorage

    init(_ storage: ZoneStorage) { self.storage = storage }

    /// The name the zone was asked for by, such as `Europe/Berlin`.
    public var identifier: String { storage.identifier }

    /// Coordinated universal time.
    public static let utc = Zone(ZoneStorage(identifier: "UTC", kinds: [ZoneKind(offset: 0, abbreviation: "UTC")], changes: []))

    /// Seconds east of UTC at an instant.
    public func offset(at instant: Instant) -> Int32 {
        Int32(truncatingIfNeeded: storage.segments[storage.index(at: instant.seconds)].offset)
    }

    /// The abbreviation in use at an instant, such as `CEST`.
    public func abbreviation(at instant: Instant) -> String {
        storage.kind(at: instant.seconds).abbreviation
    }

    /// The first change of the offset after an instant, with the offset from then on; nil if there is none.
    public func nextOffsetChange(after instant: Instant) -> (at: Instant, offset: Int32)? {
        let index = storage.index(at: instant.seconds) + 1
        guard index < storage.segments.count else { return nil }
        let segment = storage.segments[index]
        return (Instant(segment.start), Int32(truncatingIfNeeded: segment.offset))
    }

    /// By name and rules: two of one name may come from different data.
    public static func == (a: Zone, b: Zone) -> Bool {
        a.storage === b.storage
            || a.storage.identifier == b.storage.identifier && a.storage.changes == b.storage.changes
                && a.storage.kinds == b.storage.kinds
    }

    /// Over the name.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(storage.identifier)
    }

    /// Whether both show the same at every instant, however their files say it.
    func showsTheSame(as other: Zone) -> Bool {
        guard storage.segments == other.storage.segments else { return false }
        let starts = [Instant.earliestLocal] + storage.changes.map(\.start) + other.storage.changes.map(\.start)
        return starts.allSatisfy { storage.kind(at: $0).abbreviation == other.storage.kind(at: $0).abbreviation }
    }
}

/// One local time type: an offset and the abbreviation shown for it.
struct ZoneKind: Hashable, Sendable {
    var offset: Int32
    var abbreviation: String
}

/// A change to another local time type.
struct ZoneChange: Hashable, Sendable {
    var start: Int64
    var kind: Int
}

/// The data behind a zone, shared by all its copies.
///
/// `hints` gives, for each stretch of 2^24 seconds (194 days), the segment in force at its beginning, so that finding
/// the segment of an instant takes a table look-up and a step or two instead of a binary search.
final class ZoneStorage: Sendable {
    let identifier: String
    /// Never empty; the first kind is in force before all changes.
    let kinds: [ZoneKind]
    let changes: [ZoneChange]
    let segments: [ZoneSegment]
    private let hints: [UInt16]

    private static let hintBase: Int64 = -2_400_000_000
    private static let hintCount = Int((Instant.latestLocal - hintBase) >> 24) + 2

    init(identifier: String, kinds: [ZoneKind], changes: [ZoneChange]) {
        self.identifier = identifier
        self.kinds = kinds
        self.changes = changes
        let offsets = changes.map { (start: $0.start, offset: Int64(kinds[$0.kind].offset)) }
        let segments = ZoneSegment.list(first: Int64(kinds[0].offset), changes: offsets)
        self.segments = segments
        var hints: [UInt16] = []
        if segments.count > 1, segments.count < 60_000 {
            hints.reserveCapacity(Self.hintCount)
            var index = 0
            for bucket in 0..<Self.hintCount {
                let start = Self.hintBase + Int64(bucket) << 24
                while index + 1 < segments.count, segments[index + 1].start <= start { index += 1 }
                hints.append(UInt16(index))
            }
        }
        self.hints = hints
    }

    /// The segment in force at an instant.
    func index(at seconds: Int64) -> Int {
        withSegments { index(at: seconds, in: $0) }
    }

    @inline(__always)
    func withSegments<Result>(_ body: (UnsafeBufferPointer<ZoneSegment>) -> Result) -> Result {
        segments.withUnsafeBufferPointer(body)
    }

    @inline(__always)
    func index(at seconds: Int64, in segments: UnsafeBufferPointer<ZoneSegment>) -> Int {
        let count = segments.count
        if count == 1 { return 0 }
        if seconds >= Self.hintBase, seconds < Instant.latestLocal, !hints.isEmpty {
            var index = Int(hints[Int(truncatingIfNeeded: (seconds &- Self.hintBase) >> 24)])
            while index &+ 1 < count, segments[index &+ 1].start <= seconds { index &+= 1 }
            return index
        }
        return Self.last(of: count) { segments[$0].start <= seconds } ?? 0
    }

    func kind(at seconds: Int64) -> ZoneKind {
        guard let index = Self.last(of: changes.count, where: { changes[$0].start <= seconds }) else { return kinds[0] }
        return kinds[changes[index].kind]
    }

    /// The last index whose element satisfies a condition that holds for a prefix only.
    private static func last(of count: Int, where holds: (Int) -> Bool) -> Int? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if holds(middle) { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : low - 1
    }
}
