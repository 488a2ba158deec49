internal import CronJobs

// A store may fail in part: one that is full still reads, one that forbids a command still does what needs none of it. So an outage is over
// only when the kind of call that failed works again; what else works says nothing. What fails is asked again within seconds: a kind that
// nobody asked for any more (its job is gone) is not waited for for ever.

/// A time in which the store fails: decides what is said of it, and when it is over. One event for each change of state, and a reminder a minute.
package struct Outage {
    /// What the store was asked for. Where several fail, the last of these is the one that is waited for.
    package enum Call: Comparable {
        case look, renewal, outcome, claim
    }

    static let reminder = Duration.seconds(60)
    private static let patience = Duration.seconds(15)
    /// A right that is missing is missed only when this node is the first to ask for a fire time.
    private static let patienceWithRefusals = Duration.seconds(600)

    private(set) var code: StoreError.Code
    private let since: MonotonicTime
    private var said: MonotonicTime
    private var failed: MonotonicTime
    private var awaited: Call?

    init(_ error: StoreError, in call: Call, now: MonotonicTime) {
        code = error.code
        since = now
        said = now
        failed = now
        awaited = call
    }

    /// What failed has worked again.
    var isOver: Bool { awaited == nil }

    /// What another failure is worth saying.
    mutating func note(_ error: StoreError, in call: Call, now: MonotonicTime) -> SchedulerEvent? {
        awaited = max(awaited ?? call, call)
        failed = now
        if error.code != code {
            code = error.code
            said = now
            return .storeFailed(error)
        }
        guard now - said >= Self.reminder else { return nil }
        said = now
        return .storeStillFails(error, for: length(now))
    }

    /// - Parameter isWrite: the store wrote for it, as far as its answer tells.
    mutating func worked(_ call: Call, isWrite: Bool, now: MonotonicTime) {
        let isForbidden = code == .forbidden
        let isSame = call == awaited || awaited == .look
        let patience = isForbidden ? Self.patienceWithRefusals : Self.patience
        if isSame && (isWrite || !isForbidden) || now - failed >= patience { awaited = nil }
    }

    func length(_ now: MonotonicTime) -> Duration { now - since }
}
