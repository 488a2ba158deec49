/// A bounded displacement of the due time that is the same for the same job and fire time, on every machine and after every restart.
///
/// It spreads a herd: jobs of one minute start all over a limit instead of at its first second. The fire time stays what it is; only the *due
/// time*, when we intend to start, moves. The draw is documented so that anybody can reproduce it:
///
///     h     = FNV-1a (64 bit) of the UTF-8 bytes of the key
///     x     = splitmix64 output for the state h + 0x9E3779B97F4A7C15 × fire time in Unix seconds (modulo 2^64)
///     delay = floor(x × width / 2^64) seconds, width = the limit, or the time to the next fire time if that is less
///
/// Being held below the next fire time, the due times of a job are in the order of its fire times, whatever the limit: no run waits for
/// one that came before it, and none is merged with the one after it.
public struct Jitter: Hashable, Sendable {
    /// In seconds; the displacement stays below it.
    public let limit: Int64

    public static let none = Jitter(limit: 0)

    /// A negative limit counts as 0.
    public init(limit: Int64) { self.limit = max(0, limit) }

    /// When a job is due: in `fireTime ..< fireTime + limit`, and before `next`.
    public func due(_ fireTime: Instant, key: String, next: Instant? = nil) -> Instant {
        var width = limit
        if let next { width = min(width, next.seconds.subtractingReportingOverflow(fireTime.seconds).partialValue) }
        guard width > 1 else { return fireTime }
        var hash = FNV1a()
        hash.add(key)
        let state = hash.value &+ UInt64(bitPattern: fireTime.seconds) &* 0x9E37_79B9_7F4A_7C15
        return fireTime.adding(Int64(Self.mix(state).multipliedFullWidth(by: UInt64(width)).high))
    }

    private static func mix(_ state: UInt64) -> UInt64 {
        var z = state &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
