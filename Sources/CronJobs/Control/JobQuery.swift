/// Which jobs are shown, in which order, and how many.
public struct JobQuery: Hashable, Sendable {
    /// By what the list is in order.
    public enum Order: String, Sendable, CaseIterable {
        case name, next
        /// The latest run first, and the one that was latest.
        case last, late

        /// By what became of the jobs.
        public var isOfThePast: Bool { self == .last || self == .late }
    }

    /// As many as a table may have.
    public static let mostItems = 200_000

    /// Only these; empty is all.
    public var jobs: Set<JobID> = []
    /// Only those whose id or command has this text in it.
    public var contains: String?
    /// Only those that have each of these words, in any case, in their id, place or schedule, or in their command if that is shown.
    public var words: [String] = []
    /// Commands are shown, too.
    public var showsCommands = false
    /// Only those in one of these states; empty is any.
    public var states: Set<JobSnapshot.State> = []
    public var order = Order.name
    public var page = Page()

    public init() {}
}
