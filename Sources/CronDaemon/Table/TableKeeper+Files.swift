internal import CronJobs

/// Writes the table's files. A revision may come from a store that others can write to: only the table's own files are ever written.
extension TableKeeper {
    @discardableResult
    func writeFiles(_ files: [TableFile], over snapshot: TableSnapshot, revision: Int) -> [UnwrittenFile] {
        var unwritten: [UnwrittenFile] = []
        for file in files where !snapshot.files.contains(file) {
            if let failure = source.holds(file.path) ? TableWriter.write(file) : "it is no file of this table" {
                unwritten.append(UnwrittenFile(path: file.path, reason: failure))
                log.warning(
                    "the table's revision is used, but its file cannot be written", .text("path", file.path), .text("reason", failure),
                    .number("revision", Int64(revision)))
            } else {
                log.info("restored the table's file", .text("path", file.path), .number("revision", Int64(revision)))
            }
        }
        return unwritten
    }

    /// Makes the table's files what the revision says: writes its files, and takes away drop-in files that it does not have. These are in an
    /// earlier revision.
    @discardableResult
    func place(_ files: [TableFile], over snapshot: TableSnapshot, revision: Int, removing: Bool = true) -> [UnwrittenFile] {
        var unwritten = writeFiles(files, over: snapshot, revision: revision)
        guard removing else { return unwritten }
        let wanted = Set(files.map(\.path))
        for file in snapshot.files where !wanted.contains(file.path) {
            if source.files.contains(file.path) {
                unwritten.append(UnwrittenFile(path: file.path, reason: "the revision does not have it"))
            } else if let failure = TableWriter.remove(file.path) {
                unwritten.append(UnwrittenFile(path: file.path, reason: failure))
                log.warning("a drop-in file that the revision does not have stays", .text("path", file.path), .text("reason", failure))
            } else {
                log.info(
                    "removed a drop-in file that the revision does not have", .text("path", file.path), .number("revision", Int64(revision))
                )
            }
        }
        return unwritten
    }

    /// What the files hold after a revision was written into them is no edit.
    func noteWritten(_ revision: Revision, _ files: [TableFile], _ unwritten: [UnwrittenFile]) {
        let written = TableReader.read(source)
        use(revision, files)
        note(written)
        note(gone: [])
        let hash = TableHash.hash(written.files)
        noteInUse(hash)
        // What the files hold now is what later looks compare with, also where they are named in another order or one could not be written.
        // Else what differs is an edit of this very moment.
        let isSettled = !unwritten.isEmpty || Set(written.files) == Set(files)
        applied = isSettled ? hash : revision.hash
        appliedStamps = isSettled ? written.stamps : []
        appliedEmpty = written.isEmpty
        emptySince = nil
        writerSince = nil
        zonesChanged = false
    }

    /// True if a file was made.
    func createMissingFile(_ snapshot: TableSnapshot) -> Bool {
        var created = false
        for path in snapshot.absent {
            if let failure = TableWriter.write(TableFile(path: path, content: [])) {
                log.warning("there is no table yet; it is watched for", .text("path", path), .text("reason", failure))
            } else {
                created = true
                log.info("created an empty table", .text("path", path))
            }
        }
        return created
    }
}
