/// A stretch of time during which the UTC offset of a zone stays the same, with what the clock rules need to know
/// about the change at its start.
///
/// DIALECT 9 speaks of what the local clock "has shown before". That follows from the list of offset changes alone, so it is
/// worked out once, when a zone is loaded: `next(after:)` then never has to replay history. Changes of the abbreviation or of
/// the summer-time flag that leave the offset alone are no clock changes and start no segment.
struct ZoneSegment: Hashable, Sendable {
    /// First instant of the segment.
    var start: Int64
    /// Seconds east of UTC.
    var offset: Int64
    /// Fixed jobs start only at local seconds from here on: the local start, or what was shown before it went back.
    var floor: Int64
    /// First local second skipped at the start, if fixed jobs catch up on it; else the local start.
    var gapStart: Int64

    @inline(__always) var localStart: Int64 { start &+ offset }

    static let threeHours: Int64 = 3 * 3600

    /// Builds the segments of a zone from its offset changes, oldest first; `first` is the offset before all of them.
    static func list(first: Int64, changes: [(start: Int64, offset: Int64)]) -> [ZoneSegment] {
        let origin = Instant.earliestLocal - 4 * 86_400
        var list = [ZoneSegment(start: origin, offset: first, floor: origin + first, gapStart: origin + first)]
        list.reserveCapacity(changes.count + 1)
        for change in changes {
            let last = list[list.count - 1]
            guard change.offset != last.offset else { continue }
            guard change.start > last.start else {
                list[list.count - 1].offset = change.offset
                list[list.count - 1].floor = change.offset + last.start
                list[list.count - 1].gapStart = change.offset + last.start
                continue
            }
            // The highest local second (exclusive) that the clock has shown so far.
            let shown = max(last.floor, change.start + last.offset)
            let localStart = change.start + change.offset
            var segment = ZoneSegment(start: change.start, offset: change.offset, floor: localStart, gapStart: localStart)
            if localStart < shown, shown - localStart <= threeHours {
                segment.floor = shown
            } else if localStart > shown, localStart - shown < threeHours {
                segment.gapStart = shown
            }
            list.append(segment)
        }
        return list
    }
}

extension Instant {
    /// 0001-01-01T00:00:00, where local searches begin.
    static let earliestLocal: Int64 = -62_135_596_800
    /// 2500-01-01T00:00:00, where local searches end.
    static let latestLocal: Int64 = 16_725_225_600
    static let lastYear = 2499

    /// 2500-01-01T00:00:00Z: no schedule fires from here on.
    public static let endOfCalendar = Instant(latestLocal)
}
