internal import CronExpressions
public import CronJobs

// Facts, a row each, in the transaction of the decision. Their numbers are the table's own, which are never given twice; a run is kept as in
// `Schema`, and a change of the table as its number.

extension SQLiteStore: FactStore {
    /// Every so many facts those beyond the bound go.
    private static let portion: Int64 = 1024

    public func keepFacts(_ isWanted: Bool) throws(StoreError) {
        try write { connection throws(StoreError) in
            try Meta.set("facts", .int(isWanted ? 1 : 0), in: connection)
            if !isWanted { try connection.statement("DELETE FROM fact").run() }
        }
        keepsFacts = isWanted
    }

    public func facts(after cursor: Int64, limit: Int) throws(StoreError) -> FactPage {
        let connection = try reader()
        var facts: [Fact] = []
        try connection.statement(
            "SELECT number, at, job, kind, fire, token, attempt, outcome, first, count, revision FROM fact WHERE number > ? ORDER BY number LIMIT ?"
        ).each(.int(cursor), .int(max(0, limit))) { row in facts.append(row.fact) }
        let oldest = try connection.statement("SELECT min(number) FROM fact").first { row in row.int(0) } ?? nil
        let last = try Self.lastFact(in: connection)
        return FactPage(facts: facts, after: cursor, hasGap: cursor < (oldest.map { $0 - 1 } ?? last))
    }

    public func lastFact() throws(StoreError) -> Int64 { try Self.lastFact(in: reader()) }

    private static func lastFact(in connection: Connection) throws(StoreError) -> Int64 {
        try connection.statement("SELECT seq FROM sqlite_sequence WHERE name='fact'").first { row in row.number(0) } ?? 0
    }

    /// Enters a fact, where anybody wants it, as a part of the transaction that decides it.
    func note(_ kind: @autoclosure () -> Fact.Kind, at now: WallTime, in connection: Connection) throws(StoreError) {
        guard keepsFacts else { return }
        let insert = try connection.statement(
            """
            INSERT INTO fact(at, job, kind, fire, token, attempt, outcome, first, count, revision)
            VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number
            """)
        let number: Int64?
        switch kind() {
        case .ended(let run, let attempt, let outcome, let first, let count):
            let (kind, fire, token) = run.occasion.columns
            number = try insert.first(
                .int(now.nanoseconds), .text(run.job.description), .int(kind), .int(fire), .int(token), .int(attempt),
                .text(outcome.description), .int(first.seconds), .int(count), .int(nil)
            ) { row in row.number(0) }
        case .takenOver(let run, let attempt):
            let (kind, fire, token) = run.occasion.columns
            number = try insert.first(
                .int(now.nanoseconds), .text(run.job.description), .int(kind), .int(fire), .int(token), .int(attempt), .text(nil),
                .int(nil),
                .int(nil), .int(nil)
            ) { row in row.number(0) }
        case .tableChanged(let revision):
            number = try insert.first(
                .int(now.nanoseconds), .text(nil), .int(nil), .int(nil), .int(nil), .int(nil), .text(nil), .int(nil), .int(nil),
                .int(revision)
            ) { row in row.number(0) }
        }
        guard let number, number % Self.portion == 0 else { return }
        try connection.statement("DELETE FROM fact WHERE number <= ?").run(.int(number - Int64(Fact.bound)))
    }
}

extension Row {
    fileprivate var fact: Fact {
        let kind: Fact.Kind
        if let revision = int(10) {
            kind = .tableChanged(revision: Int(clamping: revision))
        } else if let outcome = text(7) {
            kind = .ended(
                run(at: 2), attempt: Int(clamping: number(6)), outcome: Outcome(outcome) ?? .unconfirmed, first: Instant(number(8)),
                count: Int(clamping: number(9)))
        } else {
            kind = .takenOver(run(at: 2), attempt: Int(clamping: number(6)))
        }
        return Fact(number: number(0), at: WallTime(nanoseconds: number(1)), kind: kind)
    }
}
