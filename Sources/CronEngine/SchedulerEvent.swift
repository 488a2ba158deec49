internal import CronExpressions
public import CronJobs

/// A fact about the scheduler's work, for logs, metrics and tests.
public enum SchedulerEvent: Sendable {
    case started(Attempt, Start)
    case finished(Attempt, Finish)
    /// It ended here, but another node had taken it over: how it ended is what that has recorded.
    case overtaken(Attempt, Finish)
    case missed(JobID, FireRange)
    case skipped(JobID, FireRange, Outcome.SkipReason)
    /// Somebody asked for this run.
    case runAsked(RunID, by: String, isForced: Bool)
    /// Somebody asked that this run ends.
    case cancelAsked(RunID, by: String)
    /// It is claimed, and starts later.
    case waits(Attempt, WaitReason)
    /// A fire time came while so many runs of its job went on or waited. Told again after `overlapEnded`.
    case overlapBegan(JobID, going: Int)
    /// The job's runs are apart again; so many fire times found one going.
    case overlapEnded(JobID, after: Duration, fireTimes: Int)
    /// The system does not tell about this load: gates on it are open.
    case loadUnknown(LoadGate.Resource)
    /// Another node has started it, and goes on with it.
    case handedOver(RunID, to: String)
    /// The ledger answered that somebody decided this fire time before.
    case taken(RunID)
    /// Too few replicas of the store confirmed the claim; it is recorded so and not started.
    case unconfirmed(RunID)
    /// Their leases were not renewed in time, and another node may have taken them over; they still run here.
    case leasesLost([RunID])
    /// A run failed and is tried again.
    case retryScheduled(RunID, attempt: Int, at: WallTime)
    /// Its grace was over before it could be tried again.
    case retryTooLate(RunID, attempt: Int)
    /// Started while the store fails, as the job asks for; entered once it works.
    case startedFromMemory([RunID])
    /// The service ends before the store works again: so many decisions made without it are not entered.
    case decisionsLost(Int)
    /// What was started from memory was decided by another node, too.
    case alsoElsewhere(RunID)
    /// The store failed, or fails for another reason than before, and is tried again. Nothing starts until it works, unless it refused only what
    /// no start needs.
    case storeFailed(StoreError, jobsWait: Bool)
    /// It has failed for this long: a reminder, once a minute.
    case storeStillFails(StoreError, for: Duration, jobsWait: Bool)
    /// It works again; it had failed for this long.
    case storeRecovered(after: Duration)
    /// The clock was set, this machine's or the store's, whichever counts. Where it was set back and jobs wait until it has caught up: when.
    case clockJumped(Duration, resumes: WallTime?)
    /// The store's clock, by which jobs go, is so far ahead of this machine's.
    case clocksDiffer(Duration)
    /// The store decides nothing for this long: it may have lost something, and its nodes tell it what they remember.
    case storeInQuarantine(Duration)
    /// Watermarks lay in the far future and were set back.
    case rewound([JobID])
}

public protocol SchedulerObserver: Sendable {
    /// Called on the scheduler's executor, in order; must not block.
    func observe(_ event: SchedulerEvent)

    /// These outcomes are in the ledger now, or it has refused them: what comes after an outcome can follow. Called in the same way.
    func recorded(_ finishes: [Finish])
}

extension SchedulerObserver {
    public func recorded(_ finishes: [Finish]) {}
}
