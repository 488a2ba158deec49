internal import CronJobs
internal import Crontabs

/// What the keeper says.
extension TableKeeper {
    func isUsable(_ compiled: CompiledTable) -> Bool {
        strict ? !compiled.hasErrors : compiled.refused.isEmpty
    }

    @discardableResult
    func refuse(_ compiled: CompiledTable, hasOther: Bool = true) -> String {
        report(compiled)
        let what =
            compiled.refused.isEmpty ? "the table has errors and --strict is set" : "refused: \(compiled.refused.joined(separator: " "))"
        log.error(
            hasOther ? "the table is not used; the last good one stays" : "the table is not used, and there is no earlier one",
            .text("reason", what))
        return what
    }

    func report(_ compiled: CompiledTable) {
        for item in compiled.diagnostics {
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
