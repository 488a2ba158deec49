/// Which jobs are shown, in which order, and how many.
public struct JobQuery: Hashable, Sendable {
    public enum Order: String, Sendable, CaseIterable { case name, next }

    /// Only these; empty is all.
    public var jobs: Set<JobID> = []
    /// Only those whose id or command has this text in it.
    public var contains: String?
    /// Only those in one of these states; empty is any.
    public var states: Set<JobSnapshot.State> = []
    public var order = Order.name
    public var page = Page()

    public init() {}
}
