public import CronExpressions
public import CronJobs

extension RedisLedger {
    private static let page = 64
    /// A script may look at some thousands of rows before others feel it.
    private static let rowsPerScript = 4000

    /// Newest decision first; many rows come in several calls, and may move in between.
    public func history(of job: JobID, limit: Int) async throws(StoreError) -> [RunRecord] {
        var records: [RunRecord] = [], seen: Set<AttemptKey> = [], from = 0
        while records.count < limit {
            let to = from + min(Self.page, limit - records.count) - 1
            let page = try await evaluate(.history, [.text(job.description), .int(from), .int(to)]).elements ?? []
            if page.isEmpty { break }
            for entry in page {
                guard let parts = entry.elements, let field = parts.first?.text, let key = AttemptKey(job: job, field: field),
                    // A page may overlap the one before it when a run was entered in between.
                    seen.insert(key).inserted, let row = parts.at(1)?.bytes,
                    let record = RunRecord(key, row: row, isOpen: parts.at(2)?.number == 1)
                else { continue }
                records.append(record)
            }
            from += page.count
        }
        return records
    }

    /// Without the output, which may be long.
    public func histories(of jobs: [JobID], limit: Int) async throws(StoreError) -> [JobID: [RunRecord]] {
        var histories: [JobID: [RunRecord]] = [:]
        guard limit > 0, limit <= Self.rowsPerScript else {
            for job in jobs { histories[job] = try await history(of: job, limit: limit) }
            return histories
        }
        for batch in jobs.portions(of: Self.rowsPerScript / limit) {
            let replies = try await evaluate(.heads, [.int(limit)] + batch.map { .text($0.description) }).elements ?? []
            for (job, reply) in zip(batch, replies) {
                let parts = reply.elements ?? []
                histories[job] = stride(from: 0, to: parts.count - 2, by: 3).compactMap { at in
                    guard let key = parts[at].text.flatMap({ AttemptKey(job: job, field: $0) }), let row = parts[at + 1].bytes else {
                        return nil
                    }
                    return RunRecord(key, row: row, isOpen: parts[at + 2].number == 1)
                }
            }
        }
        return histories
    }

    /// The narrowest end wins: the row of the fire time itself before a range around it; of several attempts, the last.
    public func record(of job: JobID, at fireTime: Instant) async throws(StoreError) -> RunRecord? {
        let fields = try await send([RedisCommand("ZRANGE", .text(prefix + "hist:\(job)"), "0", "-1")]).first?.elements ?? []
        let ends = fields.compactMap { field -> (end: Instant, key: AttemptKey)? in
            guard let key = field.text.flatMap({ AttemptKey(job: job, field: $0) }), let end = key.run.occasion.fireTime, end >= fireTime
            else { return nil }
            return (end, key)
        }.sorted { ($0.end, -$0.key.attempt) < ($1.end, -$1.key.attempt) }
        // Ranges overlap only after watermarks were set back, so what answers is among the first.
        for batch in Array(ends.prefix(128)).portions(of: 8) {
            let rows = prefix + "rows:\(job)", runs = prefix + "runs"
            let commands = batch.flatMap {
                [RedisCommand("HGET", .text(rows), .text($0.key.field)), RedisCommand("HGET", .text(runs), .text($0.key.text))]
            }
            let replies = try await send(commands)
            for (index, entry) in batch.enumerated() {
                let closed = replies.at(2 * index)?.bytes, open = replies.at(2 * index + 1)?.bytes
                if let row = closed ?? open, let record = RunRecord(entry.key, row: row, isOpen: closed == nil), record.first <= fireTime {
                    return record
                }
            }
        }
        return nil
    }

    /// Of all jobs; each is remembered here from then on.
    public func watermarks() async throws(StoreError) -> [JobID: Instant] {
        let reply = try await send([RedisCommand("HGETALL", .text(prefix + "mark"))]).first ?? .null
        var marks: [JobID: Instant] = [:]
        for (job, mark) in reply.pairs {
            guard let name = job.text, let seconds = mark.number else { continue }
            marks[JobID(name)] = Instant(seconds)
        }
        for (job, mark) in marks { memory.saw(mark, of: job) }
        return marks
    }
}
