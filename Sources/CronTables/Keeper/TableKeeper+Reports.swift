internal import CronJobs
internal import Crontabs

/// What the keeper says.
extension TableKeeper {
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
