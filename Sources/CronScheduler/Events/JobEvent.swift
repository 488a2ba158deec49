public import CronExpressions
public import CronJobs

/// Something that happened in a scheduler.
public enum JobEvent: Hashable, Sendable {
    // The scheduler.
    case schedulerStarted
    case schedulerPaused
    case schedulerResumed
    case schedulerEnded

    // Its jobs.
    case jobAdded(JobID)
    /// Its parameters, options or times are others now.
    case jobModified(JobID)
    /// Its times are others now.
    case jobRescheduled(JobID)
    case jobRemoved(JobID, RemovalReason)
    /// So many were removed at once.
    case allJobsRemoved(Int)
    case jobPaused(JobID, until: WallTime?)
    case jobResumed(JobID)

    // Their runs.
    case runStarted(RunReport)
    case runSucceeded(RunReport)
    /// Its handler threw, was not reached, or was interrupted: `RunReport.outcome` and `reason` say which.
    case runFailed(RunReport)
    case runTimedOut(RunReport)
    case runCancelled(RunReport)
    /// It is claimed, and starts later: behind other runs of its job, or of any.
    case runWaits(RunReport)
    case retryScheduled(RunID, attempt: Int, at: WallTime)

    // Fire times without a run.
    case missed(JobID, FireTimes, MissReason)
    case skipped(JobID, FireTimes, Outcome.SkipReason)

    // The store and the clock.
    case storeFailed(String)
    case storeRecovered(after: Duration)
    case clockJumped(Duration)

    /// So many events were not taken in time and are gone.
    case gap(Int)

    public enum RemovalReason: String, Sendable {
        case asked
        /// It has no fire time any more, and its last run has ended.
        case done
        /// Another node removed it.
        case elsewhere
    }

    public enum MissReason: String, Sendable {
        /// It could not start within its grace.
        case tooLate
        /// No node took it that has its handler, in the version of its parameters.
        case noHandler
    }

    /// One fire time, or `count` of them.
    public struct FireTimes: Hashable, Sendable {
        public var first: Instant
        public var last: Instant
        public var count: Int
    }
}

/// A run, as an event tells of it.
public struct RunReport: Hashable, Sendable {
    public var job: JobID
    public var run: RunID
    public var attempt: Int
    public var trigger: Trigger
    public var scheduledAt: Instant
    public var startedAt: WallTime?
    public var endedAt: WallTime?
    /// Nil until it has ended.
    public var outcome: Outcome?
    /// What its handler threw, or why it never began.
    public var reason: String?

    public var duration: Duration? {
        guard let startedAt, let endedAt else { return nil }
        return endedAt - startedAt
    }
}

extension JobEvent {
    /// By which events are filtered.
    public enum Kind: String, Sendable, CaseIterable {
        case schedulerStarted, schedulerPaused, schedulerResumed, schedulerEnded
        case jobAdded, jobModified, jobRescheduled, jobRemoved, allJobsRemoved, jobPaused, jobResumed
        case runStarted, runSucceeded, runFailed, runTimedOut, runCancelled, runWaits, retryScheduled
        case missed, skipped
        case storeFailed, storeRecovered, clockJumped, gap
    }

    public var kind: Kind {
        switch self {
        case .schedulerStarted: .schedulerStarted
        case .schedulerPaused: .schedulerPaused
        case .schedulerResumed: .schedulerResumed
        case .schedulerEnded: .schedulerEnded
        case .jobAdded: .jobAdded
        case .jobModified: .jobModified
        case .jobRescheduled: .jobRescheduled
        case .jobRemoved: .jobRemoved
        case .allJobsRemoved: .allJobsRemoved
        case .jobPaused: .jobPaused
        case .jobResumed: .jobResumed
        case .runStarted: .runStarted
        case .runSucceeded: .runSucceeded
        case .runFailed: .runFailed
        case .runTimedOut: .runTimedOut
        case .runCancelled: .runCancelled
        case .runWaits: .runWaits
        case .retryScheduled: .retryScheduled
        case .missed: .missed
        case .skipped: .skipped
        case .storeFailed: .storeFailed
        case .storeRecovered: .storeRecovered
        case .clockJumped: .clockJumped
        case .gap: .gap
        }
    }

    /// The job that it is about, where it is about one.
    public var job: JobID? {
        switch self {
        case .jobAdded(let id), .jobModified(let id), .jobRescheduled(let id), .jobRemoved(let id, _), .jobPaused(let id, _),
            .jobResumed(let id), .missed(let id, _, _), .skipped(let id, _, _):
            id
        case .runStarted(let run), .runSucceeded(let run), .runFailed(let run), .runTimedOut(let run), .runCancelled(let run),
            .runWaits(let run):
            run.job
        case .retryScheduled(let run, _, _): run.job
        default: nil
        }
    }
}
