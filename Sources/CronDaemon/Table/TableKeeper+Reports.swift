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
        let what = source.files.contains(path) ? "the table" : "a drop-in file"
        log.error(
            hasOther ? "\(what) is not used; the last good one stays" : "\(what) is not used, and there is no earlier one",
            .text("path", path), .text("reason", reason))
    }

    func report(_ compiled: CompiledTable, where isMeant: (LineDiagnostic) -> Bool = { _ in true }) {
        for item in compiled.diagnostics where isMeant(item) {
            if item.isError {
                log.error("bad line", .text("path", item.path), .number("line", Int64(item.line)), detail: item.rendered)
            } else {
                log.warning("doubtful line", .text("path", item.path), .number("line", Int64(item.line)), detail: item.rendered)
            }
        }
    }

    /// Whether something was not said yet; what was said is not remembered without bound.
    func isNew(_ words: String) -> Bool {
        if reported.count >= 10_000 { reported.removeAll() }
        return reported.insert(words).inserted
    }

    /// Says something once.
    func complain(_ message: String, _ what: String) {
        guard isNew(message + what) else { return }
        log.warning(message, .text("reason", what))
    }

    /// Revisions that are not used, each once, those of one reason in a line.
    func report(_ refused: [(number: Int, why: RevisionRefusal)]) {
        for why in RevisionRefusal.allCases {
            let numbers = refused.filter { $0.why == why && isNew("refused revision \($0.number)") }.map(\.number)
            guard let newest = numbers.first else { continue }
            let shown = numbers.prefix(20).map(String.init).joined(separator: " ") + (numbers.count > 20 ? " …" : "")
            log.error(
                "revisions of the table are refused", .text("revisions", shown), .text("reason", why.rawValue),
                .text(
                    "remedy",
                    why == .damaged
                        ? "crond table log shows the others"
                        : "look at it with crond table show \(newest); if it is yours, crond table restore \(newest) signs it as a new one")
            )
        }
    }
}
