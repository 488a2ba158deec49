// placeholder: replaced by the real engine
public struct CronSchedule: Hashable, Sendable {
    public func next(after instant: Instant) -> Instant? { nil }
}
