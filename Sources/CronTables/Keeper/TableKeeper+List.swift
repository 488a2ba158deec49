internal import CronJobs

/// The files of the table in use, for people.
extension TableKeeper {
    public func tableFiles() async -> [ListedFile] {
        let files = (try? await filesInUse()) ?? []
        let snapshot = TableReader.read(source)
        var lines = files.map { line($0, snapshot) }
        // What is refused and has no earlier version is no file of the table in use, but somebody looks for it.
        let others = faults.refused.map { ($0.path, $0.reason) } + faults.problems.map { ($0.path, $0.message) }
        for (path, reason) in others where !inUse.paths.contains(path) {
            lines.append(ListedFile(TableFile(path: path, content: []), nil, revision: nil, use: .refused, reason: reason))
        }
        return lines
    }

    private func line(_ file: TableFile, _ snapshot: TableSnapshot) -> ListedFile {
        let attributes = snapshot.files.first { $0.path == file.path }?.attributes
        let (use, reason) = use(of: file.path)
        return ListedFile(file, attributes, revision: inUse.number, use: use, reason: reason)
    }

    private func use(of path: String) -> (FileUse, reason: String?) {
        if let refusal = faults.refused.first(where: { $0.path == path }) { return (.refused, refusal.reason) }
        if let problem = faults.problems.first(where: { $0.path == path }) { return (.refused, problem.message) }
        if faults.gone.contains(path) { return (.gone, nil) }
        if settled.differing.contains(path) || !source.holds(path) { return (.notWritten, nil) }
        if inUse.stalePaths.contains(path) { return (.stale, nil) }
        return (inUse.restored.contains(path) ? .restored : .asFound, nil)
    }

    /// Whether a revision is in use, and the files hold it.
    public func isCurrent(_ number: Int) -> Bool {
        guard number == inUse.number, settled.differing.isEmpty, faults.gone.isEmpty, faults.problems.isEmpty else { return false }
        return look(at: TableReader.read(source)).changed.isEmpty
    }
}
