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
