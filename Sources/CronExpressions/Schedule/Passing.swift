/// When the clock of a zone passes a local second for the first time.
///
/// A clock that goes back shows times again, one that goes forward skips some: but the highest time that it has shown so far only rises, so
/// each local second is passed at one instant, and later ones not earlier.
struct Passing {
    /// When the clock shows it first, or the first instant after the gap that skips it.
    let instant: Instant
    /// A gap of three hours or more skips it (DIALECT 9).
    let isLost: Bool

    /// Farther from UTC than any clock: what a clock has shown by then is below the time looked for.
    private static let widest: Int64 = 8 * 86_400

    init(of local: Int64, in zone: Zone) {
        (instant, isLost) = zone.storage.withSegments { segments in
            var index = zone.storage.index(at: local &- Self.widest, in: segments)
            while index &+ 1 < segments.count, segments[index &+ 1].start &+ segments[index].offset <= local { index &+= 1 }
            let segment = segments[index]
            if index == 0 || local >= segment.localStart { return (Instant(local &- segment.offset), false) }
            return (Instant(segment.start), local < segment.gapStart)
        }
    }
}
