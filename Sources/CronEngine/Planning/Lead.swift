internal import CronExpressions
internal import CronJobs

// Deciding ahead. A durable claim is a write that the disk must confirm; begun at the fire time, it makes every start late by that long. So
// where nobody else decides about the same jobs, the scheduler wakes a little earlier, decides as if the fire time had come, and starts the
// winners when it has.
//
//    wake ──▶ decide as of the fire time ──▶ claim (durable) ──▶ wait ──▶ fire time: start
//    └──────────── the lead: twice what the last claims took ──────────┘
//
// The wait is bounded by the monotonic clock: a wall clock that is set back meanwhile holds nobody up. A crash in the lead loses the start, as
// one between claim and start always does.

/// How far ahead of a fire time its claim is entered.
struct Lead {
    /// Never more than this; zero to claim when the time has come.
    let longest: Duration
    private static let least = Duration.milliseconds(5)
    private var lastClaims = Duration.zero

    init(longest: Duration) { self.longest = longest }

    var length: Duration { longest == .zero ? .zero : min(longest, max(Self.least, lastClaims * 2)) }

    /// Notes how long the last claims took.
    mutating func note(_ duration: Duration) { lastClaims = duration }

    /// The time as of which to decide at `now`: that of the next due jobs if it is within the lead.
    func decisionTime(at now: WallTime, next: Instant?) -> WallTime {
        guard let next else { return now }
        let due = WallTime(next)
        return due > now && due - now <= length ? due : now
    }

    /// When to wake for what is due at `next`.
    func wake(for next: Instant) -> WallTime { WallTime(next) - length }
}
