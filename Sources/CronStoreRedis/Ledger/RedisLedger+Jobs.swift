internal import CronExpressions
public import CronJobs

// Jobs that no table has: a hash of rows, and their ids in order. That something changed is heard with the next renewal (`SharedView.storedJobs`).

extension RedisLedger: JobStore {
    /// Rows in one answer: with all that a job may have, 6 MiB.
    private static let jobsPerPage = 96

    /// Compares the revision and writes in one script; other nodes hear of it with their next renewal.
    public func put(_ job: StoredJob, replacing revision: Int64?, now: WallTime) async throws(StoreError) -> PutAnswer {
        try job.check()
        let head = [
            "\(now.nanoseconds)", job.origin.rawValue, RowText.encoded(job.author), RowText.encoded(job.schedule), "\(job.action.count)",
            "",
        ]
        let row = Array(head.joined(separator: " ").utf8) + job.action + job.policies
        let reply = try await evaluate(.putJob, [.text(job.id.description), .maybe(revision), .bytes(row)]).elements ?? []
        if reply.first?.number == 1, let revision = reply.at(1)?.number { return .stored(revision: revision) }
        return .overtaken(by: reply.at(1)?.bytes.flatMap { StoredJob(job.id, row: $0) })
    }

    /// A row that cannot be read is none.
    public func storedJob(_ id: JobID) async throws(StoreError) -> StoredJob? {
        let row = try await send([RedisCommand("HGET", .text(prefix + "stored"), .text(id.description))]).first?.bytes
        return row.flatMap { StoredJob(id, row: $0) }
    }

    /// A page in the order of the ids' bytes; rows that cannot be read are left out.
    public func storedJobs(after id: JobID?, limit: Int) async throws(StoreError) -> [StoredJob] {
        guard limit > 0 else { return [] }
        var id = id
        while true {
            let reply = try await evaluate(.listJobs, [.text(id?.description ?? ""), .int(min(limit, Self.jobsPerPage))]).pairs
            let jobs = reply.compactMap { id, row in id.text.flatMap { id in row.bytes.flatMap { StoredJob(JobID(id), row: $0) } } }
            // A page of nothing but damaged rows is not the end.
            guard jobs.isEmpty, let last = reply.last?.key.text.map({ JobID($0) }), last != id else { return jobs }
            id = last
        }
    }

    /// Those that run once by their names, others by going through the rows.
    public func countOfStoredJobs(_ origin: StoredJob.Origin) async throws(StoreError) -> Int {
        let ids: RedisCommand.Word = .text(prefix + "ids")
        // Those that run once are told by their names.
        if origin == .once { return Int(try await send([RedisCommand("ZLEXCOUNT", ids, "[at:", "(at;")]).first?.number ?? 0) }
        var count = 0, last: JobID?
        while true {
            let page = try await storedJobs(after: last, limit: .max)
            guard let end = page.last, end.id != last else { return count }
            count += page.count { $0.origin == origin }
            last = end.id
        }
    }

    /// In one script; a claim of what runs once, by who has not heard of it, is refused from then on.
    public func removeStoredJob(_ id: JobID, revision: Int64?) async throws(StoreError) -> Bool {
        try await evaluate(.removeJob, [.text(id.description), .maybe(revision)]).number == 1
    }
}

extension StoredJob {
    /// From its row; `nil` for what is none. An origin that this version does not know counts as a library's: nobody else removes it.
    fileprivate init?(_ id: JobID, row bytes: [UInt8]) {
        guard let row = RowText(bytes, words: 6), let revision = row.number(0), let at = row.time(1), let size = row.number(5),
            let length = Int(exactly: size), (0...row.rest.count).contains(length)
        else { return nil }
        self.init(
            id: id, revision: revision, schedule: RowText.decoded(row.word(4) ?? ""), action: Array(row.rest.prefix(length)),
            policies: Array(row.rest.dropFirst(length)), origin: row.word(2).flatMap { Origin(rawValue: $0) } ?? .library,
            author: RowText.decoded(row.word(3) ?? ""), storedAt: at)
    }
}
