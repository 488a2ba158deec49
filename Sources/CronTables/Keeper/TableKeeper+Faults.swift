internal import CronJobs
internal import Crontabs

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

    // MARK: Saying

    /// Files that must not be used, with the reason. With `--strict` any bad line is one.
    func unusable(_ compiled: CompiledTable) -> [String: String] {
        var found: [String: String] = [:]
        if strict {
            for item in compiled.diagnostics where item.isError { found[item.path] = "the table has errors and --strict is set" }
        }
        for path in compiled.refused { found[path] = "refused: \(path)" }
        return found
    }

    /// For a table that is used as a whole or not at all: another's.
    func isUsable(_ compiled: CompiledTable) -> Bool { unusable(compiled).isEmpty }

    func refuse(_ path: String, _ reason: String, _ compiled: CompiledTable, hasOther: Bool) {
        report(compiled) { $0.path == path }
        say(.notUsed(path: path, reason: reason, isNamed: source.files.contains(path), hasOther: hasOther))
    }

    func report(_ compiled: CompiledTable, where isMeant: (LineDiagnostic) -> Bool = { _ in true }) {
        for item in compiled.diagnostics where isMeant(item) { say(.diagnosed(item)) }
    }

    /// Whether something was not said yet; what was said is not remembered without bound.
    func isNew(_ words: String) -> Bool {
        if reported.count >= 10_000 { reported.removeAll() }
        return reported.insert(words).inserted
    }

    func say(_ event: TableEvent) { observer.observe(event) }

    /// Revisions that are not used, each once, those of one reason in a line.
    func report(_ refused: [(number: Int, why: RevisionRefusal)]) {
        for why in RevisionRefusal.allCases {
            let numbers = refused.filter { $0.why == why && isNew("refused revision \($0.number)") }.map(\.number)
            if !numbers.isEmpty { say(.revisionsRefused(numbers, why: why)) }
        }
    }
}
