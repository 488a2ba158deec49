public import CronExpressions
public import CronJobs

// Looking back over all jobs. Each job has its history in the order of decisions (`hist:JOB`, whose scores are fences and so never the same for
// two rows); those of all jobs are merged. Of the newest so many rows none belongs to a job whose newest row is older than that of so many other
// jobs: so the heads are asked of all, and rows only of the jobs with the newest heads.

extension RedisLedger: HistoryStore {
    /// Heads asked by one script, and rows.
    private static let headsPerScript = 2000, rowsPerCall = 4000

    /// The rows of all jobs as one list, 500 a call at most.
    public func scan(_ scan: HistoryScan) async throws(StoreError) -> HistoryPage {
        let limit = min(max(1, scan.limit), 500)
        var heads: [(place: Int64, job: String)] = []
        for batch in try await names(scan).portions(of: Self.headsPerScript) {
            let reply = try await evaluate(
                .newest, [scan.isOldestFirst ? "up" : "down", .text(scan.after.map { "(\($0)" } ?? "")] + batch.map { .text($0) })
            for (job, place) in zip(batch, reply.elements ?? []) { if let place = place.number { heads.append((place, job)) } }
        }
        func isBefore(_ a: Int64, _ b: Int64) -> Bool { scan.isOldestFirst ? a < b : b < a }
        heads.sort { isBefore($0.place, $1.place) }
        let asked = Array(heads.prefix(limit)), each = max(1, min(limit, Self.rowsPerCall / max(1, asked.count)))
        var rows: [HistoryPage.Row] = []
        // How far the rows are whole: beyond it a job may have some that were not asked for.
        var horizon = heads.count > limit ? heads[limit].place : nil
        for head in asked {
            let found = try await stretch(of: head.job, scan, limit: each)
            rows += found
            if found.count == each, let last = found.last?.place, horizon.map({ isBefore(last, $0) }) ?? true { horizon = last }
        }
        rows.sort { isBefore($0.place, $1.place) }
        if let horizon { rows.removeAll { isBefore(horizon, $0.place) } }
        let isCut = rows.count > limit
        let page = rows.prefix(limit)
        let next = isCut ? page.last?.place : horizon
        return HistoryPage(rows: page.filter { scan.wants($0.record) }, next: next)
    }

    private func names(_ scan: HistoryScan) async throws(StoreError) -> [String] {
        guard scan.jobs.isEmpty else { return scan.jobs.map(\.description) }
        return (try await send([RedisCommand("SMEMBERS", .text(prefix + "jobs"))]).first?.elements ?? []).compactMap(\.text)
    }

    private func stretch(of job: String, _ scan: HistoryScan, limit: Int) async throws(StoreError) -> [HistoryPage.Row] {
        let arguments: [RedisCommand.Word] = [
            scan.isOldestFirst ? "up" : "down", .text(scan.after.map { "(\($0)" } ?? ""), .int(limit), .text(job),
        ]
        return (try await evaluate(.stretch, arguments).elements ?? []).compactMap { entry in
            guard let parts = entry.elements, let field = parts.first?.text, let key = AttemptKey(job: JobID(job), field: field),
                let place = parts.at(1)?.number, let row = parts.at(2)?.bytes,
                let record = RunRecord(key, row: row, isOpen: parts.at(3)?.number == 1)
            else { return nil }
            return HistoryPage.Row(place: place, record: record)
        }
    }

    /// A script for many jobs at once.
    public func lastRuns(of jobs: [JobID]) async throws(StoreError) -> [JobID: RunRecord] {
        try await histories(of: jobs, limit: 1).compactMapValues(\.first)
    }

    /// Goes through the names of the job's runs, not through their rows.
    public func neighbours(of job: JobID, at fireTime: Instant) async throws(StoreError) -> (before: RunRecord?, after: RunRecord?) {
        let fields = try await send([RedisCommand("ZRANGE", .text(prefix + "hist:\(job)"), "0", "-1")]).first?.elements ?? []
        let ends = fields.compactMap { field -> (end: Instant, key: AttemptKey)? in
            guard let key = field.text.flatMap({ AttemptKey(job: job, field: $0) }), let end = key.run.occasion.fireTime else { return nil }
            return (end, key)
        }
        let before = ends.filter { $0.end < fireTime }.max { ($0.end, $0.key.attempt) < ($1.end, $1.key.attempt) }
        // A range that begins before the time answers for it.
        let after = ends.filter { $0.end > fireTime }.sorted { ($0.end, -$0.key.attempt) < ($1.end, -$1.key.attempt) }
        var next: RunRecord?
        for entry in after.prefix(8) where next == nil {
            if let record = try await row(entry.key), record.first > fireTime { next = record }
        }
        guard let before else { return (nil, next) }
        return (try await row(before.key), next)
    }

    private func row(_ key: AttemptKey) async throws(StoreError) -> RunRecord? {
        let replies = try await send([
            RedisCommand("HGET", .text(prefix + "rows:\(key.run.job)"), .text(key.field)),
            RedisCommand("HGET", .text(prefix + "runs"), .text(key.text)),
        ])
        let closed = replies.first?.bytes
        return (closed ?? replies.at(1)?.bytes).flatMap { RunRecord(key, row: $0, isOpen: closed == nil) }
    }
}
