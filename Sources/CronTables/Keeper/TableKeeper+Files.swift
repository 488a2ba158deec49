internal import CronJobs

/// Writes the table's files. A revision may come from a store that others can write to: only the table's own files are ever written.
extension TableKeeper {
    /// - Parameter spared: files that are refused: they are not written over.
    func writeFiles(
        _ files: [TableFile], over snapshot: TableSnapshot, revision: Int, sparing spared: Set<String> = []
    ) -> [UnwrittenFile] {
        var unwritten: [UnwrittenFile] = []
        for file in files where !snapshot.files.contains(file) {
            if let failure = obstacle(to: file.path, snapshot, spared) ?? TableWriter.write(file) {
                unwritten.append(UnwrittenFile(path: file.path, reason: failure))
                say(.notWritten(path: file.path, reason: failure, revision: revision))
            } else {
                uses[file.path] = .restored
                say(.restored(path: file.path, revision: revision))
            }
        }
        return unwritten
    }

    private func obstacle(to path: String, _ snapshot: TableSnapshot, _ spared: Set<String>) -> String? {
        if !source.holds(path) { return "it is no file of this table" }
        if spared.contains(path) { return "it is refused, and not written over" }
        return snapshot.problems.first { $0.path == path && $0.kind == .refused }?.message
    }

    /// Makes the table's files what the revision says: writes its files, and takes away drop-in files that it does not have. These are in an
    /// earlier revision.
    func place(_ files: [TableFile], over snapshot: TableSnapshot, revision: Int, sparing spared: Set<String> = []) -> [UnwrittenFile] {
        var unwritten = writeFiles(files, over: snapshot, revision: revision, sparing: spared)
        let wanted = Set(files.map(\.path))
        for file in snapshot.files where !wanted.contains(file.path) && !spared.contains(file.path) {
            if source.files.contains(file.path) {
                unwritten.append(UnwrittenFile(path: file.path, reason: "the revision does not have it"))
            } else {
                removeDropIn(file.path, revision: revision, &unwritten)
            }
        }
        return unwritten
    }

    func removeDropIn(_ path: String, revision: Int, _ unwritten: inout [UnwrittenFile]) {
        if let failure = TableWriter.remove(path) {
            unwritten.append(UnwrittenFile(path: path, reason: failure))
            say(.dropInStays(path: path, reason: failure))
        } else {
            say(.dropInRemoved(path: path, revision: revision))
        }
    }

    /// What the files hold after a revision was written into them is no edit.
    func noteWritten(_ revision: Revision, _ files: [TableFile], _ unwritten: [UnwrittenFile]) {
        let written = TableReader.read(source)
        use(revision, files)
        note(written)
        note(gone: [])
        faults.refused.removeAll { refusal in !unwritten.contains { $0.path == refusal.path } }
        faults.unstored = nil
        settle(written, into: files, isEdit: { path in !unwritten.contains { $0.path == path } })
        emptySince = nil
        writerSince = nil
        zonesChanged = false
    }

    /// Takes what the files hold now for settled, though it may not be what is in use.
    ///
    /// - Parameter isEdit: whether another content than the one in use is an edit of this very moment, to be looked at.
    func settle(_ written: TableSnapshot, into files: [TableFile], isEdit: (String) -> Bool) {
        defer { hashed = [:] }
        let wanted = SettledFiles(files.filter { source.holds($0.path) }, hash: hash)
        settled = SettledFiles(written.files, hash: hash)
        settled.differing = []
        appliedStamps = written.stamps
        folders = written.folders
        for path in wanted.changes(to: settled) {
            if isEdit(path) {
                settled.hashes[path] = wanted.hashes[path]
                appliedStamps = []
            } else {
                settled.differing.insert(path)
            }
        }
    }
}
