public import CronExpressions
public import CronJobs

extension SQLiteStore {
    static let columns =
        "job, kind, fire, token, attempt, trigger, first, count, claimed, started, finished, outcome, user_ns, sys_ns, tail, pool, asked, author"

    /// Newest decision first, with the end of the output of each.
    public func history(of job: JobID, limit: Int) throws(StoreError) -> [RunRecord] {
        var records: [RunRecord] = []
        try reader().statement(
            """
            SELECT \(Self.columns) FROM run WHERE seq IN (SELECT seq FROM run WHERE job=? ORDER BY seq DESC LIMIT ?) ORDER BY seq DESC
            """
        )
        .each(.text(job.description), .int(max(0, limit))) { row in records.append(row.record) }
        return records
    }

    /// The narrowest end wins: the row of the fire time itself before a range around it; of several attempts, the last.
    public func record(of job: JobID, at fireTime: Instant) throws(StoreError) -> RunRecord? {
        try reader().statement(
            """
            SELECT \(Self.columns) FROM run WHERE job=?1 AND kind=0 AND fire >= ?2 AND first <= ?2 ORDER BY fire, attempt DESC LIMIT 1
            """
        ).first(.text(job.description), .int(fireTime.seconds)) { row in row.record }
    }

    /// How often each outcome was recorded at or after `since`, by its name without detail: `failed`, `missed`.
    public func outcomes(since: WallTime) throws(StoreError) -> [String: Int] {
        var counts: [String: Int] = [:]
        try reader().statement(
            """
            SELECT CASE instr(outcome, '(') WHEN 0 THEN outcome ELSE substr(outcome, 1, instr(outcome, '(') - 1) END, count(*)
            FROM run WHERE finished >= ? GROUP BY 1
            """
        ).each(.int(since.nanoseconds)) { row in
            if let name = row.text(0) { counts[name, default: 0] += Int(row.number(1)) }
        }
        return counts
    }

    /// How many attempts have no outcome yet.
    public func openRuns() throws(StoreError) -> Int {
        Int(try reader().statement("SELECT count(*) FROM run WHERE finished IS NULL").first { row in row.number(0) } ?? 0)
    }

    /// Bytes of the file, its log and its reserve.
    public func sizeInBytes() -> Int {
        Location.size(of: path) + Location.size(of: path + "-wal") + Location.size(of: reserve.path)
    }
}

extension Row {
    /// A record from `SQLiteStore.columns`. A word that this version does not know becomes the nearest it does.
    var record: RunRecord {
        let run = run(at: 0)
        let trigger = text(5).flatMap { Trigger(rawValue: $0) } ?? (run.occasion.fireTime == nil ? .manual : .scheduled)
        let finishedAt = time(10)
        var resources: Resources?
        if let user = int(12), let system = int(13) {
            resources = Resources(userTime: .nanoseconds(user), systemTime: .nanoseconds(system))
        }
        return RunRecord(
            run: run, attempt: Int(number(4)), trigger: trigger, first: Instant(number(6)), count: Int(number(7)),
            claimedAt: WallTime(nanoseconds: number(8)), startedAt: time(9), finishedAt: finishedAt,
            outcome: finishedAt == nil ? nil : text(11).flatMap { Outcome($0) } ?? .unconfirmed, resources: resources, tail: bytes(14),
            pool: text(15), request: text(16).flatMap { RunRequest(stored: $0) }, by: text(17))
    }
}
