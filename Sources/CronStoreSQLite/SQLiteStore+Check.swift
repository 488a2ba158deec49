internal import CronJobs
internal import LinuxEvents

// Whether a file is sound takes as long as reading all of it: a history of a million rows is 140 MB, some seconds on a slow disk, and a start does
// not wait for that. So a large file is looked at twice:
//
//     opened ──▶ what decides is checked: marks, pauses, stored jobs, revisions ──▶ used
//                                                                  │ later, beside all else
//                                                                  ▼
//     the log goes into the file, and stays out of it meanwhile ──▶ all of the file is read on a thread of its own ──▶ sound
//                                                                  └──▶ damaged: said, and marked
//     marked ──▶ the next start checks all of it first, and sets it aside where that was right
//
// An error that SQLite meets while it works marks the file, too. A small file is checked whole at once, as before there was a difference.

extension SQLiteStore {
    /// Bytes that are checked whole at the start.
    private static let mostAtOnce = 16 << 20
    /// What grows with the history, and decides nothing.
    private static let large = ["run", "output", "content", "fact"]
    private static let mark = "suspect"

    /// Throws where what a start needs of the file is damaged.
    static func checkAtStart(_ connection: Connection) throws(StoreError) {
        guard Location.size(of: connection.path) > mostAtOnce, try Meta.number(mark, in: connection) != 1 else {
            return try check(connection, "1")
        }
        for table in try smallTables(connection) { try check(connection, "'\(table)'") }
    }

    private static func smallTables(_ connection: Connection) throws(StoreError) -> [String] {
        var names: [String] = []
        try connection.statement("SELECT name FROM sqlite_schema WHERE type='table'").each { row in row.text(0).map { names.append($0) } }
        return names.filter { !large.contains($0) && !$0.contains("'") }
    }

    private static func check(_ connection: Connection, _ what: String) throws(StoreError) {
        let verdict = try connection.value("PRAGMA quick_check(\(what))")
        guard verdict == "ok" else { throw StoreError(.corrupt, "\(connection.path): \(verdict ?? "unreadable")") }
    }

    /// Whether the start left a part of the file unchecked.
    public nonisolated var isCheckDue: Bool { Location.size(of: path) > Self.mostAtOnce }

    /// Checks all of the file, while the store is used; `nil` where it is sound, or cannot be checked now. What is damaged is checked, and set aside, at the
    /// next opening.
    public func damage() async -> String? {
        guard let connection, tightness == nil, looked == nil else { return nil }
        guard (try? connection.value("PRAGMA wal_checkpoint(TRUNCATE)")) == "0", let file = try? PlainFile(path) else { return nil }
        // Kept until the end: closing it would let go of the lock that says whose the file is.
        looked = file
        _ = try? connection.execute("PRAGMA wal_autocheckpoint=0")
        let path = path
        let verdict = await withCheckedContinuation { continuation in
            let isStarted = DetachedThread.start { continuation.resume(returning: Self.verdict(on: file, path)) }
            if !isStarted { continuation.resume(returning: nil) }
        }
        if tightness == nil { _ = try? self.connection?.execute("PRAGMA wal_autocheckpoint=\(Self.checkpointPages)") }
        // What was written into the file meanwhile may have been seen half.
        guard let verdict, file.isUnchanged else { return nil }
        markDamage()
        return verdict
    }

    /// What is wrong with a file whose log is empty, by a connection of its own.
    private static func verdict(on file: PlainFile, _ path: String) -> String? {
        do throws(StoreError) {
            let reader = try Connection(reading: try StorePages(file, nil), of: path)
            defer { reader.close() }
            for setting in ["temp_store=MEMORY", "trusted_schema=OFF", "cell_size_check=ON"] { try reader.execute("PRAGMA \(setting)") }
            try check(reader, "1")
            return nil
        } catch {
            return error.code == .corrupt ? error.message : nil
        }
    }

    /// The next opening checks all of it.
    func markDamage() {
        guard let connection else { return }
        _ = try? connection.transaction { connection throws(StoreError) in try Meta.set(Self.mark, .int(1), in: connection) }
    }

    /// What the last opening found to be sound.
    static func unmark(_ connection: Connection) throws(StoreError) {
        guard try Meta.number(mark, in: connection) == 1 else { return }
        try Meta.set(mark, .int(0), in: connection)
    }
}
