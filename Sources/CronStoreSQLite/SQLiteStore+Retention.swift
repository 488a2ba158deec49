internal import CronExpressions
public import CronJobs

// Pruning in small steps. Age is one index range. The bound of runs per job is looked after by walking from job to job, a bounded way at a
// time, going on at the next call where this one stopped: with the daemon's call a minute, no history grows far beyond its bound and no
// call holds the store for long.

extension SQLiteStore {
    /// What one call does at most.
    private static let rowsPerStep = 10_000, jobsPerStep = 2_000

    /// In portions, so that no claim waits long; open attempts stay, however old.
    public func prune(_ retention: Retention, now: WallTime) throws(StoreError) {
        self.retention = retention
        heard = now
        try forgetPauses(now: now)
        // Whatever of it is taken back is done again a minute later.
        let next = try withoutWaitingForDisk { () throws(StoreError) in
            try write { connection throws(StoreError) in
                try Meta.set("last_seen", .int(now.nanoseconds), in: connection)
                try forget(now: now, in: connection)
                return try drop(beyond: retention, now: now, in: connection)
            }
        }
        pruned = next
        makeReserve()
    }

    /// Drops finished rows beyond `retention`, and answers where to go on.
    @discardableResult
    func drop(beyond retention: Retention, now: WallTime, in connection: Connection) throws(StoreError) -> String {
        let limit = now.nanoseconds.subtractingReportingOverflow(retention.age.wholeNanoseconds)
        if !limit.overflow {
            try connection.statement("DELETE FROM run WHERE seq IN (SELECT seq FROM run WHERE finished < ? ORDER BY finished LIMIT ?)")
                .run(.int(limit.partialValue), .int(Self.rowsPerStep))
        }
        return try trim(to: max(0, retention.runsPerJob), in: connection)
    }

    private func trim(to bound: Int, in connection: Connection) throws(StoreError) -> String {
        let next = try connection.statement("SELECT job FROM run WHERE job > ? ORDER BY job LIMIT 1")
        let first = try connection.statement("SELECT job FROM run ORDER BY job LIMIT 1")
        let count = try connection.statement("SELECT count(*) FROM run WHERE job=?")
        let trim = try connection.statement(
            """
            DELETE FROM run WHERE seq IN (
                SELECT seq FROM run WHERE job=?1 AND finished IS NOT NULL ORDER BY seq DESC LIMIT ?3 OFFSET ?2)
            """)
        var job = pruned, rows = 0, isRound = false
        for _ in 0..<Self.jobsPerStep {
            guard rows < Self.rowsPerStep else { break }
            if let following = try next.first(.text(job), body: { row in row.text(0) ?? "" }) {
                job = following
            } else {
                // Past the last one: once around from the beginning.
                guard !isRound, let following = try first.first(body: { row in row.text(0) ?? "" }) else { return "" }
                isRound = true
                job = following
            }
            // Counting reads the index alone; finding the oldest reads every row of the job.
            let found = Int(try count.first(.text(job)) { row in row.number(0) } ?? 0)
            rows += 1 + found / 100
            if found > bound { rows += try trim.run(.text(job), .int(bound), .int(Self.rowsPerStep)) + found / 10 }
        }
        return job
    }
}
