internal import CronJobs

/// An attempt that has not started yet: it waits for a launcher thread, is with one, or waits out a failure or a question.
struct PendingAttempt {
    var attempt: Attempt
    var reporter: Reporter
    /// Whom it runs as, where that is another user.
    var user: User?
    /// The last reason why it could not start, and how often that happened.
    var failure: LaunchFailure?
    var tries = 0
    /// Kills for want of memory in our surroundings, as of about when it was handed over.
    var memoryKillsBefore: Int64?
    /// Asked to end while a thread was starting it: done as soon as it runs.
    var ending: Ending?

    struct Ending {
        var outcome: Outcome
        /// `nil` is the job's own.
        var killAfter: Duration?
    }

    mutating func end(as outcome: Outcome, killAfter: Duration?) {
        if ending == nil { ending = Ending(outcome: outcome, killAfter: killAfter) }
    }
}
