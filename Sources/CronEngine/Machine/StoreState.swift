internal import CronExpressions
internal import CronJobs

//                    a call fails                        what failed works again, all is written
//    works ────────────────────────────▶ fails (Outage) ─────────────────────────────────────────▶ recovered ──▶ works
//                                              ▲                     fails again                        │  3 s, or the clock was set
//                                              └───────────────────────────────────────────────────────┘
//
// Beside it, in any of these: for a moment the store is not to be asked, because it failed or said so.

/// How the store is, as far as its answers tell.
struct StoreState {
    /// A claim that failed is tried again after this long.
    static let retryInterval = Duration.seconds(1)
    /// The longest time for which a store is left alone, whatever it says.
    static let longestHold = Duration.seconds(15)
    /// How long the other replicas leave the fire times of `store-down=rank0` jobs to the one that may have run them.
    private static let quiet = Duration.seconds(3)

    private enum Condition {
        case works
        case fails(Outage)
        /// Until then the node that ran a job from memory is to be heard first.
        case recovered(quietUntil: WallTime)
    }

    private var condition = Condition.works
    /// It is not asked before.
    private(set) var heldUntil: WallTime?

    /// Why it failed last.
    private(set) var reason = ""

    var fails: Bool { if case .fails = condition { true } else { false } }

    /// It fails in a way that jobs wait for.
    var holdsJobs: Bool { if case .fails(let outage) = condition { outage.holdsJobs } else { false } }

    /// Until when jobs that others may have run from memory are left alone.
    var quietUntil: WallTime? { if case .recovered(let end) = condition { end } else { nil } }

    /// A call failed: what is worth saying.
    mutating func failed(_ error: StoreError, in call: Outage.Call, now: MonotonicTime) -> SchedulerEvent? {
        reason = error.message
        guard case .fails(var outage) = condition else {
            let outage = Outage(error, in: call, now: now)
            condition = .fails(outage)
            return .storeFailed(error, jobsWait: outage.holdsJobs)
        }
        defer { condition = .fails(outage) }
        return outage.note(error, in: call, now: now)
    }

    /// A call succeeded.
    mutating func worked(_ call: Outage.Call, isWrite: Bool, now: MonotonicTime) {
        guard case .fails(var outage) = condition else { return }
        outage.worked(call, isWrite: isWrite, now: now)
        condition = .fails(outage)
    }

    /// Ends an outage if what failed works again; to be called once nothing waits to be written.
    mutating func recover(_ now: Moment) -> SchedulerEvent? {
        guard case .fails(let outage) = condition, outage.isOver else { return nil }
        condition = .recovered(quietUntil: now.wall + Self.quiet)
        return .storeRecovered(after: outage.length(now.monotonic))
    }

    mutating func clockWasSet() { if case .recovered = condition { condition = .works } }

    mutating func hold(for wait: Duration, from now: WallTime) {
        heldUntil = now + min(max(wait, .milliseconds(1)), Self.longestHold)
    }

    /// Whether it is not to be asked yet. A clock that was set back since makes nobody wait.
    mutating func isHeld(_ now: WallTime) -> Bool {
        if let heldUntil, now < heldUntil, heldUntil - now <= Self.longestHold { return true }
        heldUntil = nil
        return false
    }
}
