internal import CronJobs

/// The table's files, and what they hold after they were written.
extension TableKeeper {
    var placing: TablePlacing { TablePlacing(source: source, observer: observer) }

    /// Writes a table into the files and puts it into use.
    func put(
        _ table: inout LoadedTable, _ files: [TableFile], hash: String, over snapshot: TableSnapshot, sparing spared: Set<String> = []
    ) {
        let placed = placing.place(files, over: snapshot, revision: table.revision?.number ?? 0, sparing: spared)
        table.unwritten = placed.unwritten + placed.kept.map { UnwrittenFile(path: $0, reason: "the revision does not have it") }
        take(table, files, hash: hash, restored: inUse.restored.union(placed.restored))
        noteWritten(files, except: Set(table.unwritten.map(\.path)))
    }

    /// What the files hold after a revision was written into them is no edit.
    private func noteWritten(_ files: [TableFile], except unwritten: Set<String>) {
        let written = TableReader.read(source)
        note(written)
        note(gone: [])
        faults.refused.removeAll { !unwritten.contains($0.path) }
        faults.unstored = nil
        settle(written, into: files) { !unwritten.contains($0) }
        patience = WritingPatience()
    }

    /// Takes what the files hold now for settled, though it may not be what is in use.
    ///
    /// - Parameter isEdit: whether another content than the one in use is an edit of this very moment, to be looked at.
    func settle(_ written: TableSnapshot, into files: [TableFile], isEdit: (String) -> Bool) {
        defer { hashed = [:] }
        let wanted = SettledFiles(files.filter { source.holds($0.path) }, hash: hash)
        settled = SettledFiles(written, hash: hash)
        for path in wanted.changes(to: settled) {
            if isEdit(path) {
                settled.hashes[path] = wanted.hashes[path]
                settled.stamps = []
            } else {
                settled.differing.insert(path)
            }
        }
    }
}
