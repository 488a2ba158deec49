/// Which events a listener wants.
public struct EventFilter: Hashable, Sendable {
    /// Only what is about these jobs; empty is everything.
    public var jobs: Set<JobID> = []
    public var kinds: Set<ControlEvent.Kind> = []

    public init() {}

    /// A job's name stands for its runs on all hosts; an event about no job passes only where no job is named.
    public func wants(_ event: ControlEvent) -> Bool {
        guard kinds.isEmpty || kinds.contains(event.kind) else { return false }
        guard !jobs.isEmpty else { return true }
        guard let job = event.job else { return false }
        return jobs.contains(job) || jobs.contains(job.withoutHost)
    }
}

/// Which events are asked for: of what happened, and of what will.
public struct EventQuery: Hashable, Sendable {
    public var filter: EventFilter
    /// So many of the last ones that are wanted come first, as far as they are kept.
    public var recent: Int
    /// Goes on with what happens from now on; else the answer ends.
    public var follows: Bool

    public init(_ filter: EventFilter = EventFilter(), recent: Int = 0, follows: Bool = true) {
        self.filter = filter
        self.recent = recent
        self.follows = follows
    }
}
