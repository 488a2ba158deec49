public import CronExpressions
public import CronJobs

// Looking back over all jobs. The number of a row is the order of its decision, and the table lies in that order: so the newest rows of all jobs
// are read without an index, a stretch of numbers at a time, and no claim waits long for somebody who looks.

extension SQLiteStore: HistoryStore {
    /// Rows looked through by one call.
    private static let stretch: Int64 = 25_000
    /// A clock that was set back by more than this hides older rows from who asks for those since a time.
    private static let clockSteps: Int64 = 3600 * 1_000_000_000

    /// By the order of decisions. Where no job is named, 25,000 rows are looked through a call.
    public func scan(_ scan: HistoryScan) throws(StoreError) -> HistoryPage {
        scan.jobs.isEmpty ? try walk(scan) : try look(scan)
    }

    /// All jobs: a stretch of the table.
    private func walk(_ scan: HistoryScan) throws(StoreError) -> HistoryPage {
        let reader = try reader()
        guard
            // Each by itself: where both are asked for at once, SQLite reads the whole table.
            let ends = try reader.statement("SELECT (SELECT min(seq) FROM run), (SELECT max(seq) FROM run)").first(body: { row in
                row.int(0).map { ($0, row.number(1)) }
            }),
            let (first, last) = ends
        else { return HistoryPage(rows: [], next: nil, total: 0) }
        let low: Int64, high: Int64
        if scan.isOldestFirst {
            low = max(first, (scan.after ?? first - 1) + 1)
            high = min(last, low + Self.stretch - 1)
        } else {
            high = min(last, (scan.after ?? last + 1) - 1)
            low = max(first, high - Self.stretch + 1)
        }
        guard low <= high else { return HistoryPage(rows: [], next: nil) }
        let rows = try rows(scan, from: "run WHERE seq BETWEEN ?1 AND ?2", .int(low), .int(high))
        if rows.count >= scan.limit, let last = rows.last { return HistoryPage(rows: rows, next: last.place) }
        if scan.isOldestFirst { return HistoryPage(rows: rows, next: high < last ? high : nil) }
        if let since = scan.since, low > first, try isClaimed(low, before: since, reader) { return HistoryPage(rows: rows, next: nil) }
        return HistoryPage(rows: rows, next: low > first ? low : nil)
    }

    private func isClaimed(_ row: Int64, before since: WallTime, _ reader: Connection) throws(StoreError) -> Bool {
        let claimed = try reader.statement("SELECT claimed FROM run WHERE seq >= ? ORDER BY seq LIMIT 1").first(.int(row)) { $0.number(0) }
        return claimed.map { $0 < since.nanoseconds.subtractingReportingOverflow(Self.clockSteps).partialValue } ?? false
    }

    /// Some jobs: their rows by their index, in order.
    private func look(_ scan: HistoryScan) throws(StoreError) -> HistoryPage {
        let names = JSONValue.list(scan.jobs.map(\.json)).bytes
        let rows = try rows(
            scan,
            from: "run INDEXED BY run_name WHERE job IN (SELECT value FROM json_each(?1)) AND seq \(scan.isOldestFirst ? ">" : "<") ?2",
            .text(String(decoding: names, as: UTF8.self)), .int(scan.after ?? (scan.isOldestFirst ? .min : .max)))
        return HistoryPage(rows: rows, next: rows.count >= scan.limit ? rows.last?.place : nil)
    }

    private func rows(_ scan: HistoryScan, from source: String, _ one: Value, _ two: Value) throws(StoreError) -> [HistoryPage.Row] {
        var conditions = ""
        if let isOpen = scan.isOpen { conditions += " AND finished IS \(isOpen ? "" : "NOT ")NULL" }
        if scan.since != nil { conditions += " AND claimed >= ?4" }
        if !scan.outcomes.isEmpty {
            conditions += " AND CASE instr(outcome, '(') WHEN 0 THEN outcome ELSE substr(outcome, 1, instr(outcome, '(') - 1) END"
            conditions += " IN (SELECT value FROM json_each(?5))"
        }
        let words = JSONValue.list(scan.outcomes.sorted().map(\.json)).bytes
        var rows: [HistoryPage.Row] = []
        try reader().statement(
            """
            SELECT \(Self.columns), seq FROM \(source) AND ?4 IS ?4 AND ?5 IS ?5\(conditions) \
            ORDER BY seq \(scan.isOldestFirst ? "ASC" : "DESC") LIMIT ?3
            """
        ).each(
            one, two, .int(max(0, scan.limit)), .int(scan.since?.nanoseconds ?? 0), .text(String(decoding: words, as: UTF8.self))
        ) { row in rows.append(HistoryPage.Row(place: row.number(18), record: row.record)) }
        return rows
    }

    /// One look into an index for each job, or one walk where they are neighbours.
    public func lastRuns(of jobs: [JobID]) throws(StoreError) -> [JobID: RunRecord] {
        var last: [JobID: RunRecord] = [:]
        last.reserveCapacity(jobs.count)
        guard jobs.count > 64, let ends = try ends(of: jobs) else {
            let one = try reader().statement(
                "SELECT \(Self.columns) FROM run WHERE seq=(SELECT max(seq) FROM run INDEXED BY run_name WHERE job=?)")
            for job in jobs { last[job] = try one.first(.text(job.description)) { row in row.record } }
            return last
        }
        try reader().statement(
            """
            SELECT \(Self.columns) FROM run WHERE seq IN (SELECT max(seq) FROM run INDEXED BY run_name WHERE job BETWEEN ? AND ? GROUP BY job)
            """
        ).each(.text(ends.first), .text(ends.last)) { row in
            let record = row.record
            last[record.run.job] = record
        }
        return last
    }

    /// The first and the last of the jobs, where what lies between them is not much more than they are.
    private func ends(of jobs: [JobID]) throws(StoreError) -> (first: String, last: String)? {
        var first: String?, last: String?
        for job in jobs {
            let name = job.description
            if first.map({ Array(name.utf8).lexicographicallyPrecedes(Array($0.utf8)) }) ?? true { first = name }
            if last.map({ Array($0.utf8).lexicographicallyPrecedes(Array(name.utf8)) }) ?? true { last = name }
        }
        guard let first, let last else { return nil }
        let between = try reader().statement("SELECT count(*) FROM (SELECT 1 FROM job WHERE id BETWEEN ? AND ? LIMIT ?)")
            .first(.text(first), .text(last), .int(jobs.count * 2)) { row in row.number(0) }
        return between.map { $0 < jobs.count * 2 } ?? false ? (first, last) : nil
    }

    /// Two looks into an index.
    public func neighbours(of job: JobID, at fireTime: Instant) throws(StoreError) -> (before: RunRecord?, after: RunRecord?) {
        let reader = try reader(), name = Value.text(job.description), time = Value.int(fireTime.seconds)
        let before = try reader.statement(
            "SELECT \(Self.columns) FROM run WHERE job=? AND kind=0 AND fire < ? ORDER BY fire DESC, attempt DESC LIMIT 1"
        ).first(name, time) { row in row.record }
        let after = try reader.statement(
            "SELECT \(Self.columns) FROM run WHERE job=?1 AND kind=0 AND fire > ?2 AND first > ?2 ORDER BY fire, attempt DESC LIMIT 1"
        ).first(name, time) { row in row.record }
        return (before, after)
    }
}
