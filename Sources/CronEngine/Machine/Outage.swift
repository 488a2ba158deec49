internal import CronJobs

// A store may fail in part: one that is full still reads, one that forbids a command still does what needs none of it. So an outage is over
// only when the kind of call that failed works again; what else works says nothing. What fails is asked again within seconds: a kind that
// nobody asked for any more (its job is gone) is not waited for for ever. Where the store refuses a request by its nature (a right, a key of
// the wrong type), an answer for which it wrote nothing proves nothing; and jobs wait only where it was a claim that it refused.

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
    /// Jobs wait for its end; where only something else was refused, they go on.
    private(set) var holdsJobs: Bool
    private let since: MonotonicTime
    private var said: MonotonicTime
    private var failed: MonotonicTime
    private var awaited: Call?

    init(_ error: StoreError, in call: Call, now: MonotonicTime) {
        code = error.code
        holdsJobs = Self.holdsJobs(error, call)
        since = now
        said = now
        failed = now
        awaited = call
    }

    private static func holdsJobs(_ error: StoreError, _ call: Call) -> Bool { call == .claim || !error.code.isForOneRequest }

    /// What failed has worked again.
    var isOver: Bool { awaited == nil }

    /// What another failure is worth saying.
    mutating func note(_ error: StoreError, in call: Call, now: MonotonicTime) -> SchedulerEvent? {
        awaited = max(awaited ?? call, call)
        failed = now
        let holds = Self.holdsJobs(error, call)
        if error.code != code || holds && !holdsJobs {
            (code, holdsJobs, said) = (error.code, holds, now)
            return .storeFailed(error, jobsWait: holds)
        }
        guard now - said >= Self.reminder else { return nil }
        said = now
        return .storeStillFails(error, for: length(now), jobsWait: holdsJobs)
    }

    /// - Parameter isWrite: the store wrote for it, as far as its answer tells.
    mutating func worked(_ call: Call, isWrite: Bool, now: MonotonicTime) {
        let isRefused = code.isForOneRequest
        let isSame = call == awaited || awaited == .look
        let patience = isRefused ? Self.patienceWithRefusals : Self.patience
        if isSame && (isWrite || !isRefused) || now - failed >= patience { awaited = nil }
    }

    func length(_ now: MonotonicTime) -> Duration { now - since }
}

extension StoreError.Code {
    /// The store is there, and refuses what it was asked by its nature: others may work.
    fileprivate var isForOneRequest: Bool { self == .forbidden || self == .wrongType }
}
