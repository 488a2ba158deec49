public import CronExpressions
public import CronJobs

// What somebody asks for beside the schedule: a run now, or the end of one. Both are answered once it is decided, long before the run has ended.

/// Somebody wants a run of a job now. It runs though the job is paused, and its further attempts are the job's.
public struct RunOrder: Hashable, Sendable {
    public var job: JobID
    /// Starts beside whatever runs: `overlap`, `max-running` and `load-gate` do not hold it.
    public var isForced: Bool
    /// Who asks, in words.
    public var by: String
    /// Keeps apart what is asked for within one second.
    public var token: UInt32
    /// When it was asked for, where that was at another node; with the token it names the run.
    public var at: Instant?

    public init(_ job: JobID, isForced: Bool = false, by: String, token: UInt32 = .random(in: .min ... .max), at: Instant? = nil) {
        self.job = job
        self.isForced = isForced
        self.by = by
        self.token = token
        self.at = at
    }
}

/// What becomes of it.
public enum RunAnswer: Hashable, Sendable {
    /// It is in the ledger, and starts now.
    case starts(RunID)
    /// It is in the ledger, and starts once there is room for it.
    case waits(RunID, for: WaitReason)
    case refused(RunRefusal)

    /// Its run, where there is one.
    public var run: RunID? {
        switch self {
        case .starts(let run), .waits(let run, _): run
        case .refused: nil
        }
    }
}

/// What a run waits for that is claimed and has not started.
public enum WaitReason: String, Hashable, Sendable {
    /// Runs of its job (`overlap`).
    case overlap
    /// Runs of any job (`max-running` of the service).
    case room
    /// The machine (`load-gate`).
    case load
}

/// Why nothing runs, where a run was asked for.
public enum RunRefusal: Error, Hashable, Sendable {
    case unknownJob
    /// The job is another host's.
    case otherHost(String)
    /// So many runs of it are going or wait, and its `overlap` or `max-running` allows no more.
    case overlap(Int)
    /// The same, over all nodes.
    case overlapElsewhere
    /// The store fails, for this reason.
    case storeFails(String)
    /// The store decides nothing for a moment.
    case storeWaits
    /// Too few replicas of the store have it.
    case unconfirmed
    /// The service ends.
    case ending
}

/// What becomes of the wish that a run ends.
public enum CancelAnswer: Hashable, Sendable {
    /// It is told so. Its outcome comes when it has ended.
    case isEnding
    /// It waited, for its start or its next attempt, and will not start. (Further attempts: unless another node just started the next.)
    case neverStarts
    /// It is another node's, which hears of it with its next renewal.
    case passedOn
    case refused(CancelRefusal)
}

public enum CancelRefusal: Error, Hashable, Sendable {
    /// The ledger has no such run.
    case unknownRun
    /// It has ended, with this outcome, and is not tried again.
    case hasEnded(Outcome)
    case storeFails(String)
}

/// Somebody wants a run to end.
package struct CancelOrder: Hashable, Sendable {
    package var run: RunID
    /// Who asks, in words.
    package var by: String
    /// Keeps the answers apart.
    package var number: Int

    package init(_ run: RunID, by: String, number: Int = 0) {
        self.run = run
        self.by = by
        self.number = number
    }
}
