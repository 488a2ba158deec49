internal import CronExpressions
public import CronJobs

// Output lies in a table of its own, by the number of its run's row, and goes with it. Each is a transaction of its own, which no claim carries;
// it uses none of the room that is kept back, and is the first to go where there is none (`SQLiteStore+Room`).

extension SQLiteStore: OutputStore {
    /// A transaction of its own, not synced: a power failure may lose it, and nothing else.
    @discardableResult
    public func keepOutput(_ run: RunID, attempt: Int, _ output: OutputExcerpt) throws(StoreError) -> Bool {
        let bytes = output.shortened(to: OutputLimit.ofRun).stored, limit = outputLimit
        guard tightness == nil, bytes.count <= limit else { return false }
        let (kind, fire, token) = run.occasion.columns
        let before: Int
        if let outputSize { before = outputSize } else { before = try Self.outputSize(in: reader()) }
        // No claim waits for a disk that output is written to.
        let size = try withoutWaitingForDisk { () throws(StoreError) in
            try writeWithinRoom { connection throws(StoreError) -> Int? in
                let kept = try connection.statement(
                    """
                    INSERT OR REPLACE INTO output(run, bytes) SELECT seq, ?6 FROM run
                    WHERE job=?1 AND kind=?2 AND fire=?3 AND token=?4 AND attempt=?5 AND finished IS NOT NULL
                    """
                ).run(.text(run.job.description), .int(kind), .int(fire), .int(token), .int(attempt), .blob(bytes))
                guard kept == 1 else { return nil }
                // What was deleted since is counted still, until this is too much.
                return before + bytes.count <= limit ? before + bytes.count : try Self.dropOldestOutput(beyond: limit, in: connection)
            }
        }
        guard let size, let size else { return false }
        outputSize = size
        return true
    }

    private static func outputSize(in connection: Connection) throws(StoreError) -> Int {
        Int(try connection.statement("SELECT coalesce(sum(length(bytes)), 0) FROM output").first { row in row.number(0) } ?? 0)
    }

    /// Drops the output of the oldest runs, a little more than must go, and answers how much is left.
    private static func dropOldestOutput(beyond limit: Int, in connection: Connection) throws(StoreError) -> Int {
        var left = try outputSize(in: connection)
        guard left > limit else { return left }
        var last: Int64 = .min
        try connection.statement("SELECT run, length(bytes) FROM output ORDER BY run").each { row in
            guard left > limit - limit / 16 else { return }
            left -= Int(row.number(1))
            last = row.number(0)
        }
        try connection.statement("DELETE FROM output WHERE run <= ?").run(.int(last))
        return left
    }

    /// `nil` where nothing was kept, or room was short since.
    public func output(of run: RunID, attempt: Int) throws(StoreError) -> OutputExcerpt? {
        let (kind, fire, token) = run.occasion.columns
        let bytes = try reader().statement(
            "SELECT bytes FROM run JOIN output ON output.run=seq WHERE job=? AND kind=? AND fire=? AND token=? AND attempt=?"
        ).first(.text(run.job.description), .int(kind), .int(fire), .int(token), .int(attempt)) { row in row.bytes(0) }
        return bytes.flatMap { OutputExcerpt(stored: $0) }
    }

    /// From the next output on.
    public func limitOutput(to bytes: Int) {
        outputLimit = bytes
    }
}

extension SQLiteStore: OwnerStore {
    /// Fence and process; the host is this one.
    public func owner(of run: RunID, attempt: Int) throws(StoreError) -> RunOwner? {
        let (kind, fire, token) = run.occasion.columns
        return try reader().statement("SELECT fence, pid FROM run WHERE job=? AND kind=? AND fire=? AND token=? AND attempt=?")
            .first(.text(run.job.description), .int(kind), .int(fire), .int(token), .int(attempt)) { row in
                RunOwner(fence: row.number(0), process: row.int(1).map { Int32(clamping: $0) })
            }
    }
}
