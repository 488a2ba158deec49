internal import CronExpressions
public import CronJobs

// Who owns what, and what is asked of it. Here everything open is this process's own, unless it has another fence.

extension SQLiteStore: RequestStore {
    /// There are no leases: what it does not know under that fence is lost, all else is kept.
    public func renew(_ runs: [OpenRun], now: WallTime) throws(StoreError) -> [OpenRun] { try renewal(of: runs, now: now).lost }

    /// The same, with what is asked of each; told again until it ends.
    public func renewal(of runs: [OpenRun], now: WallTime) throws(StoreError) -> Renewal {
        let known = try reader().statement(
            "SELECT finished, asked FROM run WHERE job=? AND kind=? AND fire=? AND token=? AND attempt=? AND fence=?")
        var renewal = Renewal()
        for run in runs {
            let (kind, fire, token) = run.run.occasion.columns
            let found = try known.first(
                .text(run.run.job.description), .int(kind), .int(fire), .int(token), .int(run.attempt), .int(run.fence)
            ) { row in row.int(0) == nil ? row.text(1) ?? "" : "" }
            guard let found else {
                renewal.lost.append(run)
                continue
            }
            if let request = RunRequest(stored: found) { renewal.requests.append(.init(run: run, request: request)) }
        }
        return renewal
    }

    /// Of the last attempt that is open; who asked first is kept.
    public func request(_ kind: RunRequest.Kind, of run: RunID, by: String, now: WallTime) throws(StoreError) -> Bool {
        let (occasion, fire, token) = run.occasion.columns
        return try write { connection throws(StoreError) in
            try connection.statement(
                """
                UPDATE run SET asked=coalesce(asked, ?5) WHERE seq=(
                    SELECT seq FROM run WHERE job=?1 AND kind=?2 AND fire=?3 AND token=?4 AND finished IS NULL ORDER BY attempt DESC LIMIT 1)
                """
            ).run(
                .text(run.job.description), .int(occasion), .int(fire), .int(token), .text(RunRequest(kind, by: by, at: now).stored)) == 1
        }
    }
}
