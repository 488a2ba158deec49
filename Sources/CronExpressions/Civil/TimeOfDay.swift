/// A time on the clock, without a date.
public struct TimeOfDay: Hashable, Comparable, Sendable {
    /// Since midnight, 0 to 86,399.
    let seconds: Int32

    public static let midnight = TimeOfDay(seconds: 0)

    private init(seconds: Int32) { self.seconds = seconds }

    /// Nil for a time that no clock shows.
    public init?(hour: Int, minute: Int = 0, second: Int = 0) {
        guard (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second) else { return nil }
        seconds = Int32(hour * 3600 + minute * 60 + second)
    }

    public var hour: Int { Int(seconds) / 3600 }
    public var minute: Int { Int(seconds) / 60 % 60 }
    public var second: Int { Int(seconds) % 60 }

    /// By the seconds since midnight.
    public static func < (a: TimeOfDay, b: TimeOfDay) -> Bool { a.seconds < b.seconds }
}
