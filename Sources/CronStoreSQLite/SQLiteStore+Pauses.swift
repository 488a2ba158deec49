internal import CronExpressions
public import CronJobs

// Pauses: what was said about them, a row each word. Claims ask the copy in memory: nobody else writes the file.

extension SQLiteStore: PauseStore {
    /// By nobody in particular, at the time of the last call.
    public func setPaused(_ isPaused: Bool, _ jobs: Set<JobID>) throws(StoreError) {
        try add(PauseHistory.Word(isPause: isPaused, at: heard, by: ""), of: jobs)
    }

    /// As of the time of the last call: a pause that has come to its end is none.
    public func pausedJobs() throws(StoreError) -> Set<JobID> {
        _ = try reader()
        return jobPauses.jobs(now: heard)
    }

    /// One transaction; the last word counts.
    public func pause(_ jobs: Set<JobID>, until: WallTime?, by: String, now: WallTime) throws(StoreError) {
        heard = now
        try add(PauseHistory.Word(isPause: true, at: now, until: until, by: by), of: jobs)
    }

    /// A word like any other: it stays in the history.
    public func resume(_ jobs: Set<JobID>, by: String, now: WallTime) throws(StoreError) {
        heard = now
        try add(PauseHistory.Word(isPause: false, at: now, by: by), of: jobs)
    }

    private func add(_ word: PauseHistory.Word, of jobs: Set<JobID>) throws(StoreError) {
        try write { connection throws(StoreError) in
            let insert = try connection.statement("INSERT INTO pause(job, pauses, at, until, author) VALUES(?, ?, ?, ?, ?)")
            let trim = try connection.statement(
                "DELETE FROM pause WHERE seq IN (SELECT seq FROM pause WHERE job=? ORDER BY seq DESC LIMIT -1 OFFSET ?)")
            for job in jobs {
                try insert.run(
                    .text(job.description), .int(word.isPause ? 1 : 0), .int(word.at?.nanoseconds), .int(word.until?.nanoseconds),
                    .text(word.by))
                try trim.run(.text(job.description), .int(PauseHistory.bound))
            }
        }
        jobPauses.add(word, of: jobs)
    }

    /// From memory: nothing else writes them.
    public func pauses(now: WallTime) throws(StoreError) -> [JobID: Pause] {
        _ = try reader()
        return jobPauses.pauses(now: now)
    }

    /// From memory; empty where nothing was ever said.
    public func pauseHistory(of job: JobID) throws(StoreError) -> PauseHistory {
        _ = try reader()
        return jobPauses.histories[job] ?? PauseHistory()
    }

    /// What the file says.
    static func storedPauses(in connection: Connection) throws(StoreError) -> JobPauses {
        var words: [JobID: [PauseHistory.Word]] = [:]
        try connection.statement("SELECT job, pauses, at, until, author FROM pause ORDER BY seq").each { row in
            let word = PauseHistory.Word(isPause: row.number(1) != 0, at: row.time(2), until: row.time(3), by: row.text(4) ?? "")
            words[JobID(row.text(0) ?? ""), default: []].append(word)
        }
        return JobPauses(words.mapValues { PauseHistory($0) })
    }

    /// Forgets the pauses of jobs that went on long ago.
    func forgetPauses(now: WallTime) throws(StoreError) {
        let jobs = jobPauses.over(now)
        guard !jobs.isEmpty else { return }
        try write { connection throws(StoreError) in
            let forget = try connection.statement("DELETE FROM pause WHERE job=?")
            for job in jobs { try forget.run(.text(job.description)) }
        }
        for job in jobs { jobPauses.set(nil, of: job) }
    }
}
