public import CronExpressions

// Looking back. A store has the rows of all jobs in the order in which they were decided, and finds what lies around a time of one job. Nothing
// here decides anything. What a call looks through is bounded: a scan goes on at the place where the last one stopped.

/// Which rows of the history are wanted, and where to go on.
public struct HistoryScan: Hashable, Sendable {
    /// Only those of these jobs; empty is all.
    public var jobs: [JobID] = []
    /// Only those with one of these outcomes, by the word before the bracket; empty is any.
    public var outcomes: Set<String> = []
    /// Only those that have no outcome yet, or only those that have one.
    public var isOpen: Bool?
    /// Only those that were claimed from then on.
    public var since: WallTime?
    /// Newest first is usual.
    public var isOldestFirst = false
    public var limit = 100
    /// Where the last scan stopped.
    public var after: Int64?

    public init() {}

    /// Whether a row passes, of whatever job: outcome, openness and age are looked at, not `jobs`.
    public func wants(_ record: RunRecord) -> Bool {
        if let isOpen, isOpen != (record.outcome == nil) { return false }
        if let since, record.claimedAt < since { return false }
        guard !outcomes.isEmpty else { return true }
        return record.outcome.map { outcomes.contains($0.word) } ?? false
    }
}

/// Rows that one call found, in the order that was asked for.
public struct HistoryPage: Sendable {
    /// A row, and its place among all that were ever decided.
    public struct Row: Sendable {
        /// Grows with the order in which rows were decided.
        public var place: Int64
        public var record: RunRecord

        public init(place: Int64, record: RunRecord) {
            self.place = place
            self.record = record
        }
    }

    public var rows: [Row]
    /// Where to go on; nil at the end. There may be more rows although these are fewer than were wanted.
    public var next: Int64?
    /// How many rows are wanted in all, where that costs nothing to tell.
    public var total: Int?

    public init(rows: [Row], next: Int64?, total: Int? = nil) {
        self.rows = rows
        self.next = next
        self.total = total
    }
}

/// Finds rows of the past. They may come without the runs' output.
public protocol HistoryStore: Sendable {
    func scan(_ scan: HistoryScan) async throws(StoreError) -> HistoryPage

    /// The row of each job that was decided last. Cheapest for jobs that are neighbours in the order of their ids.
    func lastRuns(of jobs: [JobID]) async throws(StoreError) -> [JobID: RunRecord]

    /// The rows of fire times that lie nearest before and after a time.
    func neighbours(of job: JobID, at fireTime: Instant) async throws(StoreError) -> (before: RunRecord?, after: RunRecord?)
}

extension Ledger {
    /// What finds rows of the past; `nil` where nothing does.
    public nonisolated var past: (any HistoryStore)? { self as? any HistoryStore }
}

extension Outcome {
    /// Its name without what stands in brackets: `failed`.
    public var word: String { String(description.prefix { $0 != "(" }) }

    /// The words of all outcomes.
    public static let words = [
        "succeeded", "failed", "timedOut", "cancelled", "skipped", "missed", "interrupted", "launchFailed", "undelivered", "unconfirmed",
        "unknown",
    ]
}
