public import CronJobs
internal import Crontabs

/// How a file of the table came into use, or why what it holds is not.
public enum FileUse: String, Sendable {
    case asFound = "as found"
    case restored
    case refused
    case stale
    case gone
    case notWritten = "not written"
    /// Where no service runs: it holds another content than the newest revision.
    case changed
    /// Where no service runs: nobody said that it is a file of the table.
    case notLookedAt = "not looked at"
}

/// A file of the table, for people.
public struct ListedFile: Sendable {
    public var path: String
    /// As it is on the disk; `nil` where there is none.
    public var attributes: FileAttributes?
    public var entries: Int
    public var revision: Int?
    public var use: FileUse
    public var reason: String?

    public init(_ file: TableFile, _ attributes: FileAttributes?, revision: Int?, use: FileUse, reason: String? = nil) {
        path = file.path
        self.attributes = attributes
        entries = Crontab.entryCount(bytes: file.content)
        self.revision = revision
        self.use = use
        self.reason = reason
    }

    /// A file of a revision that no service has in use.
    init(_ file: TableFile, of revision: Int, beside snapshot: TableSnapshot, _ source: TableSource) {
        guard source.holds(file.path) else {
            self.init(file, nil, revision: revision, use: .notLookedAt, reason: "name it, here or in CROND_TABLE")
            return
        }
        let there = snapshot.files.first { $0.path == file.path }
        let problem = snapshot.problems.first { $0.path == file.path }
        let use: FileUse = problem != nil ? .refused : there == nil ? .gone : there == file ? .asFound : .changed
        self.init(file, there?.attributes, revision: revision, use: use, reason: problem?.message)
    }
}

extension TableSituation {
    /// The files of the table in use, as they stand now.
    func list(_ files: [TableFile], beside snapshot: TableSnapshot) -> [ListedFile] {
        var lines = files.map { file in
            let attributes = snapshot.files.first { $0.path == file.path }?.attributes
            let (use, reason) = use(of: file.path)
            return ListedFile(file, attributes, revision: inUse.number, use: use, reason: reason)
        }
        // What is refused and has no earlier version is no file of the table in use, but somebody looks for it.
        let others = faults.refused.map { ($0.path, $0.reason) } + faults.problems.map { ($0.path, $0.message) }
        for (path, reason) in others where !inUse.paths.contains(path) {
            lines.append(ListedFile(TableFile(path: path, content: []), nil, revision: nil, use: .refused, reason: reason))
        }
        return lines
    }

    private func use(of path: String) -> (FileUse, reason: String?) {
        if let refusal = faults.refused.first(where: { $0.path == path }) { return (.refused, refusal.reason) }
        if let problem = faults.problems.first(where: { $0.path == path }) { return (.refused, problem.message) }
        if faults.gone.contains(path) { return (.gone, nil) }
        if settled.differing.contains(path) || !source.holds(path) { return (.notWritten, nil) }
        if inUse.stalePaths.contains(path) { return (.stale, nil) }
        return (inUse.restored.contains(path) ? .restored : .asFound, nil)
    }
}
