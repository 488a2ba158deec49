/// Fires when all of its members have fired within a threshold of each other.
///
/// An instant is a fire time if a member fires at it and every member has a fire time in the `threshold` seconds up to it, both ends
/// included: the last member to come decides. With the threshold 0 that is the intersection. Without members it never fires. It depends on
/// the instant alone: no fire time is used up by another one.
///
///     A      ·     ●          ●            ●
///     B  ●                     ●      ●
///              threshold 3:    ▲
///
/// A search leaps from fire time to fire time of whichever member holds it up. Members that never meet would be searched through the whole
/// calendar, so after `maxIterations` leaps it gives up and answers nil, as if there were none.
public struct AllOfSchedule: Schedule {
    public let members: [AnySchedule]
    public let threshold: Int64
    public let maxIterations: Int

    /// A negative threshold counts as 0, and there is at least one iteration.
    public init(_ members: [any Schedule], threshold: Int64 = 0, maxIterations: Int = 10_000) {
        self.members = members.map(AnySchedule.init)
        self.threshold = max(0, threshold)
        self.maxIterations = max(1, maxIterations)
    }

    /// Bounded: members that never meet are given up on, and have no next time.
    public func next(after instant: Instant) -> Instant? {
        guard let first = members.compactMap({ $0.next(after: instant) }).min() else { return nil }
        var time = first
        for _ in 0..<maxIterations {
            // Members that have not fired lately: nothing can happen before the next time that they do.
            var earliest = time
            var isMet = true
            for member in members where !hasFired(member, by: time) {
                guard let next = member.next(after: time) else { return nil }
                earliest = max(earliest, next)
                isMet = false
            }
            if isMet { return time }
            time = earliest
        }
        return nil
    }

    /// Bounded like `next(after:)`.
    public func previous(before instant: Instant) -> Instant? {
        guard let last = members.compactMap({ $0.previous(before: instant) }).max() else { return nil }
        var time = last
        for _ in 0..<maxIterations {
            // Members that have not fired lately: what they fired before is good for one threshold.
            var latest = time
            var isMet = true
            for member in members {
                guard let fired = member.last(through: time) else { return nil }
                let expiry = fired.adding(threshold)
                if expiry >= time { continue }
                latest = min(latest, expiry)
                isMet = false
            }
            if isMet { return time }
            guard let earlier = members.compactMap({ $0.last(through: latest) }).max() else { return nil }
            time = earlier
        }
        return nil
    }

    /// Where every member names it.
    public func matches(_ instant: Instant) -> Bool {
        members.contains { $0.matches(instant) } && members.allSatisfy { hasFired($0, by: instant) }
    }

    private func hasFired(_ member: AnySchedule, by time: Instant) -> Bool {
        member.last(through: time).map { $0.adding(threshold) >= time } ?? false
    }
}
