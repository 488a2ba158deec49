public import CronExpressions

extension MemoryLedger: HistoryStore {
    /// Goes through all rows: as slow as there are many.
    public func scan(_ scan: HistoryScan) -> HistoryPage {
        let jobs = Set(scan.jobs)
        let wanted = decided.filter { (jobs.isEmpty || jobs.contains($0.record.run.job)) && scan.wants($0.record) }
            .sorted { scan.isOldestFirst ? $0.place < $1.place : $1.place < $0.place }
        let left = wanted.filter { row in scan.after.map { scan.isOldestFirst ? row.place > $0 : row.place < $0 } ?? true }
        let rows = Array(left.prefix(max(0, scan.limit)))
        return HistoryPage(rows: rows, next: rows.count < left.count ? rows.last?.place : nil, total: wanted.count)
    }

    /// By the order of decisions, not of fire times.
    public func lastRuns(of jobs: [JobID]) -> [JobID: RunRecord] {
        var last: [JobID: RunRecord] = [:]
        for job in jobs { last[job] = history(of: job, limit: 1).first }
        return last
    }

    /// Rows without a fire time are nobody's neighbours.
    public func neighbours(of job: JobID, at fireTime: Instant) -> (before: RunRecord?, after: RunRecord?) {
        let rows = history(of: job, limit: .max).compactMap { record in record.run.occasion.fireTime.map { (time: $0, record: record) } }
        return (
            rows.filter { $0.time < fireTime }.max { ($0.time, $0.record.attempt) < ($1.time, $1.record.attempt) }?.record,
            rows.filter { $0.record.first > fireTime }.min { ($0.time, -$0.record.attempt) < ($1.time, -$1.record.attempt) }?.record
        )
    }
}
