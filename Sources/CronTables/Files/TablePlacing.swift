internal import CronJobs

/// A file of the table that a revision should have gone into, and why it could not be written.
public struct UnwrittenFile: Hashable, Codable, Sendable {
    public var path: String
    public var reason: String

    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }
}

// Makes the table's files what a revision says, for a running service and for verbs without one. A revision may come from a store that others
// can write to: only the table's own files are ever touched, and none of them that must not be read.
struct TablePlacing {
    /// What became of the files.
    struct Outcome {
        var restored: Set<String> = []
        var unwritten: [UnwrittenFile] = []
        /// Named files that the revision does not have: they stay.
        var kept: [String] = []
    }

    let source: TableSource
    let observer: any TableObserver

    /// - Parameter spared: files that are refused: they are not written over.
    func write(_ files: [TableFile], over snapshot: TableSnapshot, revision: Int, sparing spared: Set<String> = []) -> Outcome {
        var outcome = Outcome()
        for file in files where !snapshot.files.contains(file) {
            if let failure = obstacle(to: file.path, snapshot, spared) ?? TableWriter.write(file) {
                outcome.unwritten.append(UnwrittenFile(path: file.path, reason: failure))
                observer.observe(.notWritten(path: file.path, reason: failure, revision: revision))
            } else {
                outcome.restored.insert(file.path)
                observer.observe(.restored(path: file.path, revision: revision))
            }
        }
        return outcome
    }

    private func obstacle(to path: String, _ snapshot: TableSnapshot, _ spared: Set<String>) -> String? {
        if !source.holds(path) { return "it is no file of this table" }
        if spared.contains(path) { return "it is refused, and not written over" }
        return snapshot.problems.first { $0.path == path && $0.kind == .refused }?.message
    }

    /// Writes the revision's files, and takes away drop-in files that it does not have. These are in an earlier revision.
    func place(_ files: [TableFile], over snapshot: TableSnapshot, revision: Int, sparing spared: Set<String> = []) -> Outcome {
        var outcome = write(files, over: snapshot, revision: revision, sparing: spared)
        let wanted = Set(files.map(\.path))
        for file in snapshot.files where !wanted.contains(file.path) && !spared.contains(file.path) {
            if source.files.contains(file.path) {
                outcome.kept.append(file.path)
            } else {
                remove(file.path, revision: revision, &outcome)
            }
        }
        return outcome
    }

    func remove(_ path: String, revision: Int, _ outcome: inout Outcome) {
        if let failure = TableWriter.remove(path) {
            outcome.unwritten.append(UnwrittenFile(path: path, reason: failure))
            observer.observe(.dropInStays(path: path, reason: failure))
        } else {
            observer.observe(.dropInRemoved(path: path, revision: revision))
        }
    }
}
