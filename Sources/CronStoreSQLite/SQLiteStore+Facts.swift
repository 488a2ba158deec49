internal import CronExpressions
public import CronJobs

// Facts, a row each, in the transaction of the decision. Their numbers are the table's own, which are never given twice; a run is kept as in
// `Schema`, and a change of the table as its number.

extension SQLiteStore: FactStore {
    /// Every so many facts those beyond the bound go.
    private static let portion: Int64 = 1024

    /// Kept over restarts; switched off, the facts are deleted.
    public func keepFacts(_ isWanted: Bool) throws(StoreError) {
        guard isWanted != keepsFacts else { return }
        try write { connection throws(StoreError) in
            try Meta.set("facts", .int(isWanted ? 1 : 0), in: connection)
            if !isWanted { try connection.statement("DELETE FROM fact").run() }
        }
        keepsFacts = isWanted
    }

    /// By an index; whether some after the cursor were dropped is looked up beside it.
    public func facts(after cursor: Int64, limit: Int) throws(StoreError) -> FactPage {
        let connection = try reader()
        var facts: [Fact] = []
        try connection.statement(
            "SELECT number, at, job, kind, fire, token, attempt, outcome, first, count, revision, what FROM fact WHERE number > ? ORDER BY number LIMIT ?"
        ).each(.int(cursor), .int(max(0, limit))) { row in facts.append(row.fact) }
        let oldest = try connection.statement("SELECT min(number) FROM fact").first { row in row.int(0) } ?? nil
        let last = try Self.lastFact(in: connection)
        return FactPage(facts: facts, after: cursor, hasGap: cursor < (oldest.map { $0 - 1 } ?? last))
    }

    /// 0 where there was none.
    public func lastFact() throws(StoreError) -> Int64 { try Self.lastFact(in: reader()) }

    private static func lastFact(in connection: Connection) throws(StoreError) -> Int64 {
        try connection.statement("SELECT seq FROM sqlite_sequence WHERE name='fact'").first { row in row.number(0) } ?? 0
    }

    public func noteDegraded(_ what: String, reason: String, now: WallTime) throws(StoreError) {
        guard keepsFacts else { return }
        try write { connection throws(StoreError) in try note(.degraded(what, reason: reason), at: now, in: connection) }
    }

    /// Enters a fact, where anybody wants it, as a part of the transaction that decides it.
    func note(_ kind: @autoclosure () -> Fact.Kind, at now: WallTime, in connection: Connection) throws(StoreError) {
        guard keepsFacts else { return }
        let columns = FactColumns(kind())
        let number = try connection.statement(
            """
            INSERT INTO fact(at, job, kind, fire, token, attempt, outcome, first, count, revision, what)
            VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number
            """
        ).first(
            .int(now.nanoseconds), .text(columns.run?.job.description), .int(columns.run?.occasion.columns.kind),
            .int(columns.run?.occasion.columns.fire), .int(columns.run?.occasion.columns.token), .int(columns.attempt.map { Int64($0) }),
            .text(columns.outcome), .int(columns.first), .int(columns.count.map { Int64($0) }), .int(columns.revision.map { Int64($0) }),
            .text(columns.what)
        ) { row in row.number(0) }
        guard let number, number % Self.portion == 0 else { return }
        try connection.statement("DELETE FROM fact WHERE number <= ?").run(.int(number - Int64(Fact.bound)))
    }
}

/// A fact as its row. One that has a revision is a change of the table, one with an outcome an end; of the others `what` tells, and nothing means
/// that the attempt was taken over.
private struct FactColumns {
    static let started = "started", degraded = "degraded "

    var run: RunID?
    var attempt: Int?
    var outcome: String?
    /// The first fire time, or when it started in ns.
    var first: Int64?
    var count: Int?
    var revision: Int?
    var what: String?

    init(_ kind: Fact.Kind) {
        switch kind {
        case .started(let run, let attempt, let at): (self.run, self.attempt, first, what) = (run, attempt, at.nanoseconds, Self.started)
        case .ended(let run, let attempt, let outcome, let first, let count):
            (self.run, self.attempt, self.outcome) = (run, attempt, outcome.description)
            (self.first, self.count) = (first.seconds, count)
        case .takenOver(let run, let attempt): (self.run, self.attempt) = (run, attempt)
        case .tableChanged(let revision): self.revision = revision
        case .degraded(let what, let reason): (self.what, outcome) = (Self.degraded + what, reason)
        }
    }
}

extension Row {
    fileprivate var fact: Fact {
        Fact(number: number(0), at: WallTime(nanoseconds: number(1)), kind: factKind)
    }

    private var factKind: Fact.Kind {
        if let revision = int(10) { return .tableChanged(revision: Int(clamping: revision)) }
        let what = text(11), attempt = Int(clamping: number(6))
        if let what, what.hasPrefix(FactColumns.degraded) {
            return .degraded(String(what.dropFirst(FactColumns.degraded.count)), reason: text(7) ?? "")
        }
        if let outcome = text(7) {
            return .ended(
                run(at: 2), attempt: attempt, outcome: Outcome(outcome) ?? .unconfirmed, first: Instant(number(8)),
                count: Int(clamping: number(9)))
        }
        if what == FactColumns.started { return .started(run(at: 2), attempt: attempt, at: WallTime(nanoseconds: number(8))) }
        return .takenOver(run(at: 2), attempt: attempt)
    }
}
