internal import CronJobs

// Each fault of the files is said when it comes, and again when it comes back after a look without it.

extension TableKeeper {
    /// Takes up which files cannot be used.
    func note(_ snapshot: TableSnapshot) {
        let known = Set(faults.problems)
        faults.problems = snapshot.problems
        faults.absent = snapshot.files.isEmpty ? snapshot.absent : []
        for problem in snapshot.problems where !known.contains(problem) {
            say(.unusableFile(path: problem.path, reason: problem.message))
        }
    }

    /// Says once of each drop-in file that its name keeps it from being read.
    func notePassedOver() {
        for path in source.dropInFolders.flatMap(TableReader.passedOver) where isNew("passed over: \(path)") {
            say(.passedOver(path: path))
        }
    }

    /// Takes up which named files are not there.
    func note(gone: [String]) {
        let isNew = gone != faults.gone
        faults.gone = gone
        if isNew, !gone.isEmpty { say(.deleted(paths: gone)) }
    }

    /// Takes up which contents are refused, and says those that are new.
    ///
    /// - Parameter among: the files that were looked at; what was refused of others stays so.
    func note(refused: [String: String], among: Set<String>, diagnosed compiled: CompiledTable, hasOther: Bool = true) {
        faults.refused.removeAll { among.contains($0.path) }
        for (path, reason) in refused.sorted(by: { $0.key < $1.key }) {
            faults.refused.append(.init(path: path, reason: reason))
            refuse(path, reason, compiled, hasOther: hasOther)
        }
    }

    /// Takes up that the store does not take a content.
    func note(unstored reason: String) {
        let isNew = faults.unstored == nil
        faults.unstored = reason
        if isNew { say(.unstored(reason: reason)) }
    }
}
