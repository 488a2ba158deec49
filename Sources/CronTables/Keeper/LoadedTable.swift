public import CronExpressions
public import CronJobs

/// A table to be scheduled, with all that was decided about it before it was published.
public struct LoadedTable: Sendable {
    public var compiled: CompiledTable
    /// The revision it came from; `nil` where there is no table at all.
    public internal(set) var revision: Revision?
    /// Where jobs begin that nobody knows.
    public internal(set) var since: Instant
    /// Where jobs begin that an earlier revision or the ledger knows.
    public internal(set) var watermarks: [JobID: Instant] = [:]
    /// Jobs that other hosts run, and whose state stays.
    public internal(set) var elsewhere: [JobID: OtherHost] = [:]
    /// The ledger knew jobs before.
    public internal(set) var isKnown = false
    /// Files that do not hold it, although they should.
    public internal(set) var unwritten: [UnwrittenFile] = []

    /// The ids of all jobs whose state stays.
    public var keptJobs: Set<JobID> { compiled.ids(and: Set(elsewhere.keys)) }
}

/// A host that a job is for, and how often it tries a run.
public struct OtherHost: Hashable, Sendable {
    public var name: String
    public var attempts: Int

    public init(name: String, attempts: Int) {
        self.name = name
        self.attempts = attempts
    }
}

/// What the service decides about the jobs of a table before it is published.
public protocol TableAdmission: Sendable {
    /// Keeps the jobs that run here, as they do; answers those that run elsewhere, and where.
    func admit(_ table: CompiledTable) async -> (table: CompiledTable, elsewhere: [JobID: OtherHost])

    /// Where jobs stand, by the ledger.
    func watermarks() async throws(StoreError) -> [JobID: Instant]
}
