/// Any schedule behind one reference: what a job holds when its schedule is not a cron expression.
///
/// Two of them are equal if they hold equal schedules of the same type.
public struct AnySchedule: Schedule {
    private final class Box: Sendable {
        let base: any Schedule

        init(_ base: any Schedule) { self.base = base }
    }

    private let box: Box

    public init(_ base: any Schedule) {
        if let same = base as? AnySchedule { self = same } else { box = Box(base) }
    }

    /// The schedule inside.
    public var base: any Schedule { box.base }

    public func next(after instant: Instant) -> Instant? { box.base.next(after: instant) }
    public func previous(before instant: Instant) -> Instant? { box.base.previous(before: instant) }
    public func matches(_ instant: Instant) -> Bool { box.base.matches(instant) }
    public func count(in range: Range<Instant>) -> Int { box.base.count(in: range) }

    /// Where the schedules in them are of one type, and equal.
    public static func == (a: AnySchedule, b: AnySchedule) -> Bool { a.box === b.box || a.box.base.isEqual(to: b.box.base) }

    public func hash(into hasher: inout Hasher) { box.base.hash(into: &hasher) }
}

extension Schedule {
    fileprivate func isEqual(to other: any Schedule) -> Bool { (other as? Self) == self }
}
