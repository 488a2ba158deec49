/// Fires when any of its members does; several at one instant are one fire time. Without members it never fires.
public struct AnyOfSchedule: Schedule {
    public let members: [AnySchedule]

    public init(_ members: [any Schedule]) { self.members = members.map(AnySchedule.init) }

    /// The earliest of its members'.
    public func next(after instant: Instant) -> Instant? { members.lazy.compactMap { $0.next(after: instant) }.min() }

    /// The latest of its members'.
    public func previous(before instant: Instant) -> Instant? { members.lazy.compactMap { $0.previous(before: instant) }.max() }

    /// Where one member names it; several are one fire time.
    public func matches(_ instant: Instant) -> Bool { members.contains { $0.matches(instant) } }

    /// Takes the densest member's own count and walks only through the others, leaving out what was counted already.
    public func count(in range: Range<Instant>) -> Int {
        let counts = members.map { $0.count(in: range) }
        guard let densest = counts.indices.max(by: { counts[$0] < counts[$1] }) else { return 0 }
        var total = counts[densest]
        var counted = [members[densest]]
        for index in members.indices where index != densest && counts[index] > 0 {
            for time in members[index].fireTimes(in: range) where !counted.contains(where: { $0.matches(time) }) { total += 1 }
            counted.append(members[index])
        }
        return total
    }
}
