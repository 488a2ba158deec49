public import CronExpressions

/// Which runs are shown. Without names of jobs: those of all, also of jobs that left the table.
public struct RunQuery: Hashable, Sendable {
    public var jobs: Set<JobID> = []
    /// The runs that answer for this fire time, one a job.
    public var at: Instant?
    /// Only runs with one of these outcomes, by the word before the bracket; empty is any.
    public var outcomes: Set<String> = []
    /// Only those that have no outcome yet, or only those that have one.
    public var isOpen: Bool?
    /// Only those that were claimed from then on.
    public var since: WallTime?
    /// Newest first unless `page` says backwards.
    public var page = Page()

    public init() {}
}
