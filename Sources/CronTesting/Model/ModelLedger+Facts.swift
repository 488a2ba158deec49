internal import CronExpressions
internal import CronJobs

// What is kept beside the rows: facts, each entered in the step of its decision, and what runs wrote, which comes after an outcome and goes with
// its row. Facts are not numbered here: their place in the list is their number.

extension ModelLedger {
    /// Facts are not kept any more, and none are left.
    mutating func dropFacts() { (keepsFacts, facts) = (false, []) }

    /// An attempt is said to run; told once.
    mutating func tellStart(of record: RunRecord, at start: WallTime?) {
        guard keepsFacts, record.startedAt == nil, let start else { return }
        facts.append(.started(record.run, attempt: record.attempt, at: start))
    }

    /// An attempt, or a range of fire times without one, has its outcome.
    mutating func tellEnd(of record: RunRecord) {
        guard keepsFacts, let outcome = record.outcome else { return }
        facts.append(.ended(record.run, attempt: record.attempt, outcome: outcome, first: record.first, count: record.count))
    }

    mutating func tellTakeover(of run: OpenRun) {
        if keepsFacts { facts.append(.takenOver(run.run, attempt: run.attempt)) }
    }

    // MARK: Output

    /// False where the attempt has no outcome (any more).
    mutating func keepOutput(_ run: RunID, attempt: Int, _ output: OutputExcerpt) -> Bool {
        guard row(run, attempt)?.isOpen == false else { return false }
        outputs[ModelNode.Name(run: run, attempt: attempt)] = output.shortened(to: OutputLimit.ofRun)
        return true
    }

    func output(of run: RunID, attempt: Int) -> OutputExcerpt? { outputs[ModelNode.Name(run: run, attempt: attempt)] }

    /// Output goes with its row.
    mutating func dropOutputs() {
        if !outputs.isEmpty { outputs = outputs.filter { row($0.key.run, $0.key.attempt) != nil } }
    }
}
