public import CronJobs

// Where consumers of facts stand. Nobody else opens the file, so a place is never another node's. What is written here does not wait for the disk: a
// place that the power took back is one at which facts are read again.

extension SQLiteStore: ConsumerStore {
    public func attend(_ consumer: String, known: Int64?, now: WallTime) throws(StoreError) -> ConsumerPlace {
        let found = try Self.cursor(of: consumer, in: reader())
        let last = try lastFact(), cursor = found ?? known ?? last
        if found == nil {
            _ = try write { connection throws(StoreError) in
                try connection.statement("INSERT OR IGNORE INTO consumer(name, cursor) VALUES(?, ?)").run(.text(consumer), .int(cursor))
            }
        }
        let oldest = try reader().statement("SELECT min(number) FROM fact").first { row in row.int(0) } ?? nil
        return .at(cursor, lost: max(0, Int(clamping: (oldest.map { $0 - 1 } ?? last) - cursor)))
    }

    private static func cursor(of consumer: String, in connection: Connection) throws(StoreError) -> Int64? {
        try connection.statement("SELECT cursor FROM consumer WHERE name=?").first(.text(consumer)) { row in row.number(0) }
    }

    public func notes(of consumer: String) throws(StoreError) -> [String: String] {
        var notes: [String: String] = [:]
        try reader().statement("SELECT name, text FROM note WHERE consumer=?").each(.text(consumer)) { row in
            if let name = row.text(0) { notes[name] = row.text(1) }
        }
        return notes
    }

    public func advance(
        _ consumer: String, from: Int64, to: Int64, notes: [String: String?], now: WallTime
    ) throws(StoreError) -> Bool {
        try withoutWaitingForDisk { () throws(StoreError) in
            try write { connection throws(StoreError) in
                let moved = try connection.statement("UPDATE consumer SET cursor=? WHERE name=? AND cursor=?")
                    .run(.int(to), .text(consumer), .int(from))
                guard moved == 1 else { return false }
                let put = try connection.statement("INSERT OR REPLACE INTO note(consumer, name, text) VALUES(?, ?, ?)")
                let take = try connection.statement("DELETE FROM note WHERE consumer=? AND name=?")
                for (name, text) in notes {
                    if let text {
                        try put.run(.text(consumer), .text(name), .text(text))
                    } else {
                        try take.run(.text(consumer), .text(name))
                    }
                }
                return true
            }
        }
    }

    public func leave(_ consumer: String) {}
}
