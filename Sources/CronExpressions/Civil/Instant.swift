/// A moment on the UTC time line, in whole seconds since 1970-01-01T00:00:00Z.
///
/// Fire times are instants: a schedule never names a fraction of a second.
public struct Instant: Hashable, Comparable, Sendable {
    public var seconds: Int64

    @inlinable
    public init(_ seconds: Int64) { self.seconds = seconds }

    /// By the seconds.
    @inlinable
    public static func < (a: Instant, b: Instant) -> Bool { a.seconds < b.seconds }

    @inlinable
    public static func + (instant: Instant, seconds: Int64) -> Instant { Instant(instant.seconds &+ seconds) }

    @inlinable
    public static func - (instant: Instant, seconds: Int64) -> Instant { Instant(instant.seconds &- seconds) }

    /// Seconds from `b` to `a`.
    @inlinable
    public static func - (a: Instant, b: Instant) -> Int64 { a.seconds &- b.seconds }
}
