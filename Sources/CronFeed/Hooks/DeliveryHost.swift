internal import CronJobs

/// A server to which requests go, and what is known of it.
struct DeliveryHost: Sendable {
    static let most = 4, longestPause = Duration.seconds(60)
    /// Of a host that comes and goes is told once in so long: it shall fill no log.
    static let quiet = Duration.seconds(60)

    /// Those with something to send, in turn.
    var lanes: [DeliveryLane.Key] = []
    var onTheirWay = 0
    /// On their way in lanes that hang.
    var hanging = 0
    /// On their way since it is known to be away.
    var probes = 0
    /// Those that are on their way, too.
    var waiting = 0
    /// In a row, without an answer.
    private(set) var failures = 0
    private(set) var reason = ""
    var pauseEnd = MonotonicTime(nanoseconds: .min)
    private var lastAnswer: MonotonicTime?
    var isSaidAway = false
    private var lastSaidAway: MonotonicTime?
    private var lastSaidHanging: MonotonicTime?

    var isIdle: Bool { waiting == 0 && onTheirWay == 0 }
    var standing: HostTurns.Standing { failures > 0 ? .failing : lastAnswer == nil ? .fresh : .proven }

    func takesOneMore(_ now: MonotonicTime) -> Bool { pauseEnd <= now && onTheirWay < Self.most && (failures == 0 || probes == 0) }

    /// And is not known to be away.
    func hasAnswered(after time: MonotonicTime) -> Bool { failures == 0 && lastAnswer.map { $0 > time } ?? false }

    /// No answer came.
    ///
    /// - Returns: whether that is news.
    mutating func isAway(_ reason: String, _ now: MonotonicTime) -> Bool {
        // Several may have been on their way.
        if now >= pauseEnd || failures == 0 {
            failures += 1
            pauseEnd = now + Self.pause(after: failures)
        }
        self.reason = reason
        guard !isSaidAway, Self.maySay(&lastSaidAway, now) else { return false }
        isSaidAway = true
        return true
    }

    /// An answer came.
    ///
    /// - Returns: whether that is news.
    mutating func isThere(_ now: MonotonicTime) -> Bool {
        defer { isSaidAway = false }
        (failures, reason, pauseEnd, lastAnswer) = (0, "", MonotonicTime(nanoseconds: .min), now)
        return isSaidAway
    }

    /// One of its URLs did not answer.
    ///
    /// - Returns: whether that is news.
    mutating func hangs(_ now: MonotonicTime) -> Bool { Self.maySay(&lastSaidHanging, now) }

    private static func maySay(_ last: inout MonotonicTime?, _ now: MonotonicTime) -> Bool {
        if let last, now - last < quiet { return false }
        last = now
        return true
    }

    static func pause(after failures: Int) -> Duration { min(.seconds(1 << min(max(0, failures - 1), 10)), longestPause) }
}
