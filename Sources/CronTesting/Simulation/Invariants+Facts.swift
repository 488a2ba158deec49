internal import CronJobs

// What consumers of facts read is what was decided: each outcome once, a start once and before its end, and in the end none is missing. A ledger that
// was set back has the facts that it had then; what its nodes tell it again is told again.

extension Invariants {
    struct Facts {
        fileprivate var seen = 0
        fileprivate var started: Set<Name> = []
        fileprivate var ended: Set<Name> = []

        mutating func setBack(to ledger: ModelLedger) {
            self = Facts()
            for fact in ledger.facts { note(fact) }
            seen = ledger.facts.count
        }

        /// False where it was told before.
        @discardableResult
        fileprivate mutating func note(_ fact: Fact.Kind) -> Bool {
            switch fact {
            case .started(let run, let attempt, _): started.insert(Name(run: run, attempt: attempt)).inserted
            case .ended(let run, let attempt, _, _, _): ended.insert(Name(run: run, attempt: attempt)).inserted
            case .takenOver, .tableChanged, .degraded: true
            }
        }
    }

    /// Reads on, after a call.
    mutating func readFacts(of ledger: ModelLedger) {
        guard facts.seen < ledger.facts.count else { return }
        for fact in ledger.facts[facts.seen...] {
            check(fact, ledger)
            if !facts.note(fact) { broken(.factsTold, "twice: \(fact)") }
        }
        facts.seen = ledger.facts.count
    }

    private mutating func check(_ fact: Fact.Kind, _ ledger: ModelLedger) {
        switch fact {
        case .started(let run, let attempt, _):
            if facts.ended.contains(Name(run: run, attempt: attempt)) { broken(.factsTold, "after its end: \(fact)") }
        case .ended(let run, let attempt, let outcome, let first, let count):
            let record = ledger.row(run, attempt)?.record
            if record?.outcome != outcome || record?.first != first || record?.count != count {
                broken(.factsTold, "nobody decided: \(fact)")
            }
        case .takenOver(let run, let attempt):
            if ledger.row(run, attempt)?.isOpen != true { broken(.factsTold, "nothing to take over: \(fact)") }
        case .tableChanged, .degraded: break
        }
    }

    mutating func settleFacts(_ ledger: ModelLedger) {
        for state in ledger.jobs.values {
            for row in state.rows where !row.isOpen {
                let name = Name(run: row.record.run, attempt: row.record.attempt)
                if !facts.ended.contains(name) { broken(.factsTold, "the end of \(name.run) attempt \(name.attempt) is no fact") }
            }
        }
    }
}
