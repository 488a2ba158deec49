/// How often the run of one fire time is tried, and how long after a failed attempt the next one is due.
public struct RetryPolicy: Hashable, Sendable {
    /// How long from the end of an attempt to the next.
    public enum Backoff: Hashable, Sendable {
        case fixed(Duration)
        /// Twice as long after each attempt, up to `cap`.
        case exponential(first: Duration, cap: Duration)
    }

    /// Never, as cron does.
    public static let never = RetryPolicy()

    /// All attempts together, the first included; at least 1.
    public var attempts: Int
    public var backoff: Backoff

    public init(attempts: Int = 1, backoff: Backoff = .exponential(first: .seconds(10), cap: .seconds(300))) {
        self.attempts = attempts
        self.backoff = backoff
    }

    /// How long after attempt `number` (from 1) ended the next one is due.
    public func delay(after number: Int) -> Duration {
        switch backoff {
        case .fixed(let delay): return delay
        case .exponential(let first, let cap):
            // Beyond 2^40 any first delay of a microsecond or more has passed every cap.
            var delay = first
            for _ in 1..<max(1, min(number, 40)) where delay < cap { delay *= 2 }
            return min(delay, cap)
        }
    }
}

extension Outcome {
    /// Whether an attempt that ended so is followed by the next one, where attempts are left. What was cancelled, skipped or never confirmed is
    /// not tried again, nor what may well have succeeded unseen.
    public var invitesRetry: Bool {
        switch self {
        case .failed, .timedOut, .launchFailed, .interrupted: true
        case .succeeded, .cancelled, .replaced, .skipped, .missed, .undelivered, .unconfirmed, .unknownAdopted: false
        }
    }

    /// The same, where it counts what was done: a message that did not arrive, or may not have, is sent again under the same id. (A command that is
    /// `unconfirmed` had its claim in too few replicas.)
    public func invitesRetry(of action: Action) -> Bool {
        switch (action, self) {
        case (.publish, .undelivered), (.publish, .unconfirmed): true
        default: invitesRetry
        }
    }
}
