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
    /// Jobs that run elsewhere, and whose state stays.
    public internal(set) var elsewhere: Set<JobID> = []
    /// The ledger knew jobs before.
    public internal(set) var isKnown = false
    /// Files that do not hold it, although they should.
    public internal(set) var unwritten: [UnwrittenFile] = []

    /// The ids of all jobs whose state stays.
    public var keptJobs: Set<JobID> { compiled.ids(and: elsewhere) }
}

/// What the service decides about the jobs of a table before it is published.
public protocol TableAdmission: Sendable {
    /// Keeps the jobs that run here, as they do; answers the ids of those that run elsewhere.
    func admit(_ table: CompiledTable) async -> (table: CompiledTable, elsewhere: Set<JobID>)

    /// Where jobs stand, by the ledger.
    func watermarks() async throws(StoreError) -> [JobID: Instant]
}
