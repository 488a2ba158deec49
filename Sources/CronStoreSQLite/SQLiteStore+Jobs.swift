internal import CronExpressions
public import CronJobs

// Jobs that no table has, a row each. Revisions are given like fences: they grow over all lives of the file.

extension SQLiteStore: JobStore {
    private static let jobColumns = "id, revision, at, origin, author, schedule, action, policies"

    /// Compares the revision and writes in one transaction.
    public func put(_ job: StoredJob, replacing revision: Int64?, now: WallTime) throws(StoreError) -> PutAnswer {
        try job.check()
        return try write { connection throws(StoreError) in
            let there = try Self.storedJob(job.id, in: connection)
            guard there?.revision == revision else { return .overtaken(by: there) }
            let (next, overflow) = (try Meta.number("stored", in: connection) ?? 0).addingReportingOverflow(1)
            if overflow { throw StoreError(.corrupt, "\(path): the stored jobs' revision cannot grow any more") }
            let number = max(next, now.nanoseconds / 1000)
            try Meta.set("stored", .int(number), in: connection)
            try connection.statement("INSERT OR REPLACE INTO stored(\(Self.jobColumns)) VALUES(?, ?, ?, ?, ?, ?, ?, ?)").run(
                .text(job.id.description), .int(number), .int(now.nanoseconds), .text(job.origin.rawValue), .text(job.author),
                .text(job.schedule), .blob(job.action), .blob(job.policies))
            try connection.statement("UPDATE job SET gone=NULL WHERE id=?").run(.text(job.id.description))
            return .stored(revision: number)
        }
    }

    /// As it was committed last.
    public func storedJob(_ id: JobID) throws(StoreError) -> StoredJob? { try Self.storedJob(id, in: reader()) }

    private static func storedJob(_ id: JobID, in connection: Connection) throws(StoreError) -> StoredJob? {
        try connection.statement("SELECT \(jobColumns) FROM stored WHERE id=?").first(.text(id.description)) { row in row.storedJob }
    }

    /// By the index of ids, in the order of their bytes.
    public func storedJobs(after id: JobID?, limit: Int) throws(StoreError) -> [StoredJob] {
        var jobs: [StoredJob] = []
        // An id is never empty, so that all come after the empty one.
        try reader().statement("SELECT \(Self.jobColumns) FROM stored WHERE id > ? ORDER BY id LIMIT ?")
            .each(.text(id?.description ?? ""), .int(max(0, limit))) { row in jobs.append(row.storedJob) }
        return jobs
    }

    /// Counts rows of one origin: cheap as long as there are thousands.
    public func countOfStoredJobs(_ origin: StoredJob.Origin) throws(StoreError) -> Int {
        Int(
            try reader().statement("SELECT count(*) FROM stored WHERE origin=?").first(.text(origin.rawValue)) { row in row.number(0) } ?? 0
        )
    }

    /// False where another revision stands there, or none.
    public func removeStoredJob(_ id: JobID, revision: Int64?) throws(StoreError) -> Bool {
        try write { connection throws(StoreError) in
            try connection.statement("DELETE FROM stored WHERE id=?1 AND (?2 IS NULL OR revision=?2)")
                .run(.text(id.description), .int(revision)) == 1
        }
    }

    /// The jobs that no table decides about.
    static func standing(in connection: Connection) throws(StoreError) -> Set<JobID> {
        var jobs: Set<JobID> = []
        try connection.statement("SELECT id FROM stored WHERE origin <> ?").each(.text(StoredJob.Origin.table.rawValue)) { row in
            jobs.insert(JobID(row.text(0) ?? ""))
        }
        return jobs
    }
}

extension Row {
    /// From `SQLiteStore.jobColumns`. An origin that this version does not know counts as a library's: nobody else removes it.
    fileprivate var storedJob: StoredJob {
        StoredJob(
            id: JobID(text(0) ?? ""), revision: number(1), schedule: text(5) ?? "", action: bytes(6), policies: bytes(7),
            origin: text(3).flatMap { StoredJob.Origin(rawValue: $0) } ?? .library, author: text(4) ?? "",
            storedAt: WallTime(nanoseconds: number(2)))
    }
}
