internal import CronExpressions
internal import CronJobs

/// Compares what a ledger and the model keep beside the rows: facts, and what runs wrote.
struct KeepingComparison {
    /// Where the ledger's facts are read on.
    private var cursor: Int64 = 0
    /// How many of the model's were compared.
    private var seen = 0
    /// One call of the ledger may be several of the model, in another order.
    let isOrdered: Bool

    init(isOrdered: Bool) { self.isOrdered = isOrdered }

    /// The model was set back: what it has now was compared before.
    mutating func setBack(to model: ModelLedger) { seen = model.facts.count }

    // MARK: Facts

    /// What was decided since the last look.
    mutating func compareFacts(_ ledger: any Ledger, _ model: ModelLedger) async throws {
        let page = try await unwrap(ledger.facts, "it keeps facts").facts(after: cursor, limit: 1000)
        var theirs = page.facts.map { "\($0.kind)" }, ours = model.facts[seen...].map { "\($0)" }
        if !isOrdered { (theirs, ours) = (theirs.sorted(), ours.sorted()) }
        try expectEqual(theirs, ours, "facts")
        try expect(!page.hasGap, "none of the facts is gone")
        for fact in page.facts {
            try expect(fact.number > cursor, "numbers of facts grow")
            cursor = fact.number
        }
        seen = model.facts.count
    }

    /// A consumer comes, or goes.
    mutating func wantFacts(_ isWanted: Bool, _ ledger: any Ledger, _ model: inout ModelLedger) async throws {
        try await compareFacts(ledger, model)
        try await unwrap(ledger.facts, "it keeps facts").keepFacts(isWanted)
        if !isWanted { model.dropFacts() }
        seen = model.facts.count
    }

    // MARK: Output

    /// Of an attempt that may go on, or that nobody knows; and what there is of another.
    func compareOutput(
        of one: Claim, and other: Claim, _ ledger: any Ledger, _ model: inout ModelLedger, _ dice: inout Dice
    ) async throws {
        let store = try unwrap(ledger.outputs, "it keeps output"), attempt = one.attempt + (dice.once(in: 8) ? 1 : 0)
        let length = dice.once(in: 16) ? OutputLimit.ofRun + 9 : Int(dice.number(0...9))
        let output = OutputExcerpt(last: [UInt8](repeating: UInt8(dice.number(0...255)), count: length))
        let ours = model.keepOutput(one.run, attempt: attempt, output)
        try await expectEqual(store.keepOutput(one.run, attempt: attempt, output), ours, "output of \(one.run) attempt \(attempt) is kept")
        for (run, attempt) in [(one.run, attempt), (other.run, other.attempt)] {
            let theirs = try await store.output(of: run, attempt: attempt)
            try expect(theirs == model.output(of: run, attempt: attempt), "output of \(run) attempt \(attempt)")
        }
    }
}
