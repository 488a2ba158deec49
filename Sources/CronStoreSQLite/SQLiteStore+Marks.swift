public import CronExpressions
public import CronJobs

// Watermarks: the one integer a job that decides whether a fire time is still open.

extension SQLiteStore {
    /// Of all jobs that have a row.
    public func watermarks() throws(StoreError) -> [JobID: Instant] {
        var marks: [JobID: Instant] = [:]
        try reader().statement("SELECT id, mark FROM job").each { row in
            let job = JobID(row.text(0) ?? ""), mark = Instant(row.number(1))
            marks[job] = max(marks[job] ?? mark, mark)
        }
        return marks
    }

    /// Never lowers one.
    public func assert(_ marks: [JobID: Instant]) throws(StoreError) {
        guard !marks.isEmpty else { return }
        try write { connection throws(StoreError) in
            let raise = try connection.statement(
                """
                INSERT INTO job(id, mark) VALUES(?, ?) ON CONFLICT(id) DO UPDATE SET mark=excluded.mark WHERE mark < excluded.mark
                """)
            for (job, mark) in marks { try raise.run(.text(job.description), .int(mark.seconds)) }
        }
    }

    /// The jobs whose marks it set back, in order.
    public func rewind(marksAfter limit: Instant, to mark: Instant) throws(StoreError) -> [JobID] {
        try write { connection throws(StoreError) in
            var jobs: [JobID] = []
            try connection.statement("UPDATE job SET mark=?2 WHERE mark > ?1 AND mark > ?2 RETURNING id")
                .each(.int(limit.seconds), .int(mark.seconds)) { row in jobs.append(JobID(row.text(0) ?? "")) }
            return jobs.sorted()
        }
    }

    /// Stored jobs count as present; what has been gone for 30 days is forgotten here.
    public func retain(_ jobs: Set<JobID>, now: WallTime) throws(StoreError) {
        try write { connection throws(StoreError) in
            var leaving: [String] = [], returning: [String] = []
            let standing = try Self.standing(in: connection)
            try connection.statement("SELECT id, gone FROM job").each { row in
                let id = row.text(0) ?? ""
                let isGone = row.int(1) != nil, job = JobID(id)
                let isPresent = jobs.contains(job) || !standing.isEmpty && standing.contains(job.withoutHost)
                if isPresent, isGone { returning.append(id) }
                if !isPresent, !isGone { leaving.append(id) }
            }
            let note = try connection.statement("UPDATE job SET gone=? WHERE id=?")
            for id in leaving { try note.run(.int(now.nanoseconds), .text(id)) }
            for id in returning { try note.run(.int(nil), .text(id)) }
            try forget(now: now, in: connection)
        }
    }

    /// Forgets some of the jobs that have been gone for 30 days, unless an attempt of theirs is still open.
    func forget(now: WallTime, in connection: Connection) throws(StoreError) {
        let limit = now.nanoseconds.subtractingReportingOverflow(30 * 86_400 * 1_000_000_000)
        guard !limit.overflow else { return }
        var jobs: [String] = []
        try connection.statement(
            """
            SELECT id FROM job WHERE gone <= ? AND NOT EXISTS (SELECT 1 FROM run WHERE job=id AND finished IS NULL) LIMIT 500
            """
        ).each(.int(limit.partialValue)) { row in jobs.append(row.text(0) ?? "") }
        let forget = try connection.statement("DELETE FROM job WHERE id=?")
        for job in jobs { try forget.run(.text(job)) }
    }
}
