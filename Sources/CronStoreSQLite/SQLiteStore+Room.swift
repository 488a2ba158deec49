internal import CronJobs

// A volume without room. Once neither file nor log can grow, not even a checkpoint succeeds, so the store must act before that:
//
//   the volume is full ──▶ reserve given free, log checkpointed, output dropped, history pruned ──▶ tight
//   tight, much room   ──▶ a shorter log, every transaction prunes by the retention; no output is kept
//   tight, little room ──▶ facts, then the oldest finished history, are given up, a little before each transaction, so that the file reuses its own pages
//   room again         ──▶ the reserve is made anew, no longer tight
//
// Watermarks and open runs are never given up.

/// How a store lives on a full volume.
struct Tightness {
    /// Bytes that the reserve gave free when the volume was full last.
    var dropped: UInt64
    /// Below this much room history goes.
    var scarce: UInt64 { max(dropped / 4, 128 << 10) }
}

extension SQLiteStore {
    /// Whether space is kept back for the moment when the volume is full.
    public var hasReserve: Bool { reserve.size > 0 }

    /// Gives the reserve free and makes the most of it.
    func makeRoom(_ connection: Connection) {
        tightness = Tightness(dropped: max(reserve.drop(), tightness?.dropped ?? 0))
        _ = try? connection.execute("PRAGMA wal_autocheckpoint=32")
        _ = try? connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        _ = try? connection.transaction { connection throws(StoreError) in
            try connection.statement("DELETE FROM output").run()
            try pruneAgain(connection)
        }
        outputSize = nil
        _ = try? connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        giveUpHistory(connection)
    }

    /// By the retention last heard of, and the newest time in the file: this is called without anybody telling the time.
    func pruneAgain(_ connection: Connection) throws(StoreError) {
        guard let newest = try connection.value("SELECT max(finished) FROM run WHERE finished IS NOT NULL"), let now = Int64(newest)
        else { return }
        try drop(beyond: retention, now: WallTime(nanoseconds: now), in: connection)
    }

    /// Where little room is left, frees pages inside the file by dropping the oldest finished runs: few at a time, because deleting takes
    /// room in the log, too.
    func giveUpHistory(_ connection: Connection) {
        guard let tightness, location.freeBytes < tightness.scarce else { return }
        for _ in 0..<16 {
            guard let free = try? connection.value("PRAGMA freelist_count"), let pages = Int(free), pages < 16 else { return }
            let dropped = try? connection.transaction { connection throws(StoreError) in
                let output = try connection.statement("DELETE FROM output WHERE run IN (SELECT run FROM output ORDER BY run LIMIT 8)").run()
                if output > 0 { return output }
                let facts = try connection.statement("DELETE FROM fact WHERE number IN (SELECT number FROM fact ORDER BY number LIMIT 256)")
                    .run()
                if facts > 0 { return facts }
                return try connection.statement(
                    "DELETE FROM run WHERE seq IN (SELECT seq FROM run WHERE finished IS NOT NULL ORDER BY seq LIMIT 48)"
                ).run()
            }
            guard let dropped, dropped > 0 else { return }
        }
    }

    /// Makes the reserve if there is room for it. After a full volume only if more has become free than the reserve itself gave.
    func makeReserve() {
        let least = (tightness?.dropped ?? 0) / 2
        if reserve.make(freeBytes: location.freeBytes, least: least) { tightness = nil }
        guard tightness == nil else { return }
        _ = try? connection?.execute("PRAGMA wal_autocheckpoint=\(reserve.checkpointPages)")
    }
}
