internal import CronJobs

// Each fault of the files is said when it comes, and again when it comes back after a look without it.

extension TableKeeper {
    /// Takes up which files cannot be used.
    func note(_ snapshot: TableSnapshot) {
        let known = Set(faults.problems)
        faults.problems = snapshot.problems
        faults.absent = snapshot.files.isEmpty ? snapshot.absent : []
        for problem in snapshot.problems where !known.contains(problem) {
            log.warning("a file of the table cannot be used", .text("reason", "\(problem.path) \(problem.message)"))
        }
    }

    /// Says once of each drop-in file that its name keeps it from being read.
    func notePassedOver() {
        for path in source.dropInFolders.flatMap(ServiceHost.passedOver) where isNew("passed over: \(path)") {
            log.warning(
                "a drop-in file is passed over because of its name", .text("path", path),
                .text("remedy", "rename it: only letters, digits, _ and - count"))
        }
    }

    /// Takes up which named files are not there.
    func note(gone: [String]) {
        let isNew = gone != faults.gone
        faults.gone = gone
        guard isNew, !gone.isEmpty else { return }
        log.warning(
            "the table's file was deleted; its jobs go on, and it is restored at the next start",
            .text("reason", gone.joined(separator: " ")))
    }

    /// Takes up that a content is refused.
    @discardableResult
    func note(refused compiled: CompiledTable, hash: String, hasOther: Bool = true) -> String {
        if let known = faults.refused, known.hash == hash { return known.reason }
        let reason = refuse(compiled, hasOther: hasOther)
        faults.refused = TableFaults.Refusal(hash: hash, reason: reason)
        return reason
    }

    /// Takes up that the store does not take a content.
    func note(unstored reason: String) {
        let isNew = faults.unstored == nil
        faults.unstored = reason
        guard isNew else { return }
        log.warning(
            "the table changed, but its revision cannot be stored; the old table stays until it can", .text("reason", reason))
    }

    /// The files hold what is in use, or what was refused and was said to be.
    func noteInUse(_ hash: String) {
        if faults.refused?.hash != hash { faults.refused = nil }
        faults.unstored = nil
    }
}
