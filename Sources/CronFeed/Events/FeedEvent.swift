public import CronExpressions
public import CronJobs

/// Something that happened, for others. It carries no command and no environment.
public struct FeedEvent: Hashable, Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        case started
        case succeeded
        /// The first failure of a job, after its further attempts.
        case failed
        /// The first success after failures.
        case fixed
        /// A further failure in a row, as far as `notify=` wants it told.
        case stillFailing = "still_failing"
        /// An attempt failed, and its job lets another follow.
        case retrying
        /// It ended otherwise: cancelled, replaced, or nobody knows how.
        case ended
        /// It started later than `late-after=` allows.
        case late
        case missed
        case skipped
        case tableChanged = "table_changed"
        case degraded
        /// So many facts were gone before they could be told.
        case gap
    }

    public var kind: Kind
    /// The fact that it is made of, and which of its events it is.
    public var number: Int64
    public var place = 0
    public var at: WallTime
    public var run: RunID?
    public var attempt: Int?
    public var outcome: Outcome?
    /// The first fire time that it is about, and how many.
    public var first: Instant?
    public var count: Int?
    /// How many times in a row the job has failed, this one included; of `fixed` how many times it had.
    public var failures: Int?
    public var lateness: Duration?
    public var startedAt: WallTime?
    public var revision: Int?
    /// What a service lacks.
    public var lack: String?
    /// In words.
    public var reason: String?
    public var lost: Int?
    /// The end of what the run wrote, where it is wanted.
    public var output: String?

    init(_ kind: Kind, of fact: Fact) {
        (self.kind, number, at) = (kind, fact.number, fact.at)
    }

    init(_ kind: Kind, of fact: Fact, _ run: RunID, _ attempt: Int) {
        self.init(kind, of: fact)
        (self.run, self.attempt) = (run, attempt)
    }
}
