/// The mirror of `next(after:)`: the same calendar and the same clock rules, walked backward.
extension CronSchedule {
    /// The last fire time before an instant (exclusive), or nil if there is none.
    public func previous(before instant: Instant) -> Instant? {
        if flags.contains(.never) { return nil }
        guard instant.seconds > Instant.earliestLocal &- 2 &* 86_400 else { return nil }
        let until = min(instant.seconds, Instant.latestLocal &+ 2 &* 86_400) &- 1
        let fixed = flags.contains(.fixed)
        return zone.storage.withSegments { segments in
            var index = zone.storage.index(at: until, in: segments)
            // `match` is always the last match on the calendar up to and including `top`.
            var top = min(until &+ segments[index].offset, Instant.latestLocal &- 1)
            var match = lastMatch(upTo: top, from: Instant.earliestLocal)
            while true {
                let segment = segments[index]
                let low = index == 0 ? Instant.earliestLocal : fixed ? segment.floor : segment.localStart
                if match >= low { return Instant(match &- segment.offset) }
                if fixed, segment.gapStart < segment.localStart, match >= segment.gapStart { return Instant(segment.start) }
                if index == 0 { return nil }
                top = min(top, low &- 1)
                index &-= 1
                let end = min(segment.start &+ segments[index].offset, Instant.latestLocal)
                if match == Self.noEarlierMatch, top < Instant.earliestLocal { return nil }
                if end &- 1 > top {
                    let repeated = lastMatch(upTo: end &- 1, from: top &+ 1)
                    if repeated > top { match = repeated }
                } else if match >= end {
                    match = lastMatch(upTo: end &- 1, from: Instant.earliestLocal)
                }
                top = end &- 1
            }
        }
    }
}
