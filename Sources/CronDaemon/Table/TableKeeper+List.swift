internal import CronJobs
internal import Crontabs

/// The files of the table in use, for people.
extension TableKeeper {
    func tableFiles() async -> [ControlResponse.TableFileLine] {
        let files = (try? await appliedFiles()) ?? []
        let snapshot = TableReader.read(source)
        var lines = files.map { line($0, snapshot) }
        // What is refused and has no earlier version is no file of the table in use, but somebody looks for it.
        let others = faults.refused.map { ($0.path, $0.reason) } + faults.problems.map { ($0.path, $0.message) }
        for (path, reason) in others where !usedPaths.contains(path) {
            lines.append(.init(TableFile(path: path, content: []), nil, revision: nil, state: FileUse.refused.rawValue, reason: reason))
        }
        return lines
    }

    private func line(_ file: TableFile, _ snapshot: TableSnapshot) -> ControlResponse.TableFileLine {
        let attributes = snapshot.files.first { $0.path == file.path }?.attributes
        var state = (uses[file.path] ?? .asFound).rawValue, reason: String?
        if let refusal = faults.refused.first(where: { $0.path == file.path }) {
            (state, reason) = (FileUse.refused.rawValue, refusal.reason)
        } else if let problem = faults.problems.first(where: { $0.path == file.path }) {
            (state, reason) = (FileUse.refused.rawValue, problem.message)
        } else if faults.gone.contains(file.path) {
            state = "gone"
        } else if settled.differing.contains(file.path) || !source.holds(file.path) {
            state = "not written"
        } else if faults.badLines > 0, stalePaths.contains(file.path) {
            state = "stale"
        }
        return .init(file, attributes, revision: appliedRevision, state: state, reason: reason)
    }

    /// Whether a revision is in use, and the files hold it.
    func isCurrent(_ number: Int) -> Bool {
        guard number == appliedRevision, settled.differing.isEmpty, faults.gone.isEmpty, faults.problems.isEmpty else { return false }
        return look(at: TableReader.read(source)).changed.isEmpty
    }
}

extension ControlResponse.TableFileLine {
    init(_ file: TableFile, _ attributes: FileAttributes?, revision: Int?, state: String, reason: String?) {
        let entries = Crontab.entryCount(bytes: file.content)
        self.init(
            path: file.path, mode: attributes.map { String($0.mode, radix: 8) }, owner: attributes.map { "\($0.user):\($0.group)" },
            entries: entries, revision: revision, state: state, reason: reason)
    }
}
