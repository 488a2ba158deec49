internal import CronExpressions
public import CronJobs

// The verbs that decide or record. Each is one transaction over its whole batch.

extension RunID.Occasion {
    /// How an occasion is kept: see `Schema`.
    var columns: (kind: Int64, fire: Int64, token: Int64) {
        switch self {
        case .scheduled(let fireTime): (0, fireTime.seconds, 0)
        case .manual(let instant, let token): (1, instant.seconds, Int64(token))
        case .startup(let incarnation): (2, incarnation, 0)
        }
    }

    init(kind: Int64, fire: Int64, token: Int64) {
        switch kind {
        case 1: self = .manual(Instant(fire), UInt32(truncatingIfNeeded: token))
        case 2: self = .startup(fire)
        default: self = .scheduled(Instant(fire))
        }
    }
}

extension SQLiteStore {
    /// One transaction; what an earlier life left open is found by the sweep that follows.
    public func open(bootID: String, now: WallTime) throws(StoreError) -> LedgerOpening {
        let connection = try reader()
        let (next, overflow) = (try Meta.number("incarnation", in: connection) ?? 0).addingReportingOverflow(1)
        if overflow { throw StoreError(.corrupt, "\(path): the stored incarnation cannot grow any more") }
        let lastSeen = try Meta.number("last_seen", in: connection)
        let opening = LedgerOpening(
            incarnation: max(next, now.instant.seconds), lastSeen: lastSeen.map { WallTime(nanoseconds: $0) },
            secret: try Meta.text("secret", in: connection) ?? LedgerOpening.newSecret())
        do throws(StoreError) {
            try write { connection throws(StoreError) in
                try Self.enter(opening, bootID: bootID, in: connection)
                try Meta.set("last_seen", .int(now.nanoseconds), in: connection)
            }
        } catch {
            // It goes with the first claim that there is room for.
            guard error.code == .full else { throw error }
            unwrittenOpening = opening
        }
        incarnation = opening.incarnation
        earlierSeen = opening.lastSeen
        self.bootID = bootID
        heard = now
        return opening
    }

    static func enter(_ opening: LedgerOpening, bootID: String, in connection: Connection) throws(StoreError) {
        try Meta.set("incarnation", .int(opening.incarnation), in: connection)
        try Meta.set("boot", .text(bootID), in: connection)
        try Meta.set("secret", .text(opening.secret), in: connection)
    }

    /// One transaction, and one sync of the disk, for the whole batch. Judges neither deadline nor limit.
    public func claim(_ claims: [Claim], now: WallTime) throws(StoreError) -> [ClaimAnswer] {
        guard !claims.isEmpty else { return [] }
        heard = now
        let paused = jobPauses.jobs(now: now)
        return try write { connection throws(StoreError) in
            var answers: [ClaimAnswer] = []
            answers.reserveCapacity(claims.count)
            for claim in claims { answers.append(try enter(claim, isPaused: claim.isStopped(by: paused), now: now, in: connection)) }
            try saveFence(in: connection)
            return answers
        }
    }

    private func enter(
        _ claim: Claim, isPaused: Bool, now: WallTime, in connection: Connection
    ) throws(StoreError) -> ClaimAnswer {
        let job = claim.run.job.description
        if claim.attempt == 1, let fireTime = claim.run.occasion.fireTime {
            guard try Self.advance(job, to: fireTime, since: claim.since, in: connection) else {
                return .taken(watermark: try Self.mark(of: job, in: connection) ?? claim.since)
            }
        }
        let (kind, fire, token) = claim.run.occasion.columns
        let fence = try nextFence(now: now)
        let entered = try connection.statement(
            """
            INSERT INTO run(
                job, kind, fire, token, attempt, first, count, trigger, fence, incarnation, claimed, finished, outcome, tail, pool, author)
            VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(job, kind, fire, token, attempt) DO NOTHING
            """
        ).run(
            .text(job), .int(kind), .int(fire), .int(token), .int(claim.attempt), .int(claim.first.seconds), .int(claim.count),
            .text(claim.trigger.rawValue), .int(fence), .int(incarnation), .int(now.nanoseconds), .int(isPaused ? now.nanoseconds : nil),
            .text(isPaused ? Outcome.skipped(.paused).description : nil), isPaused ? .blob([]) : .text(nil),
            .text(isPaused ? nil : claim.pool), .text(claim.by))
        if entered == 1, isPaused {
            try note(
                .ended(claim.run, attempt: claim.attempt, outcome: .skipped(.paused), first: claim.first, count: claim.count), at: now,
                in: connection)
        }
        if entered == 1 { return isPaused ? .skipped(.paused) : .won(fence: fence) }
        return .taken(watermark: try Self.mark(of: job, in: connection) ?? claim.since)
    }

    /// Moves a watermark forward to `fireTime`; `false` when it is there already or beyond.
    private static func advance(_ job: String, to fireTime: Instant, since: Instant, in connection: Connection) throws(StoreError) -> Bool {
        let moved: Int
        if fireTime > since {
            moved = try connection.statement(
                """
                INSERT INTO job(id, mark) VALUES(?, ?)
                ON CONFLICT(id) DO UPDATE SET mark=excluded.mark, gone=NULL WHERE mark < excluded.mark
                """
            ).run(.text(job), .int(fireTime.seconds))
        } else {
            moved = try connection.statement("UPDATE job SET mark=?2, gone=NULL WHERE id=?1 AND mark < ?2")
                .run(.text(job), .int(fireTime.seconds))
        }
        return moved == 1
    }

    private static func mark(of job: String, in connection: Connection) throws(StoreError) -> Instant? {
        try connection.statement("SELECT mark FROM job WHERE id=?").first(.text(job)) { row in Instant(row.number(0)) }
    }

    func apply(_ starts: [Start], to connection: Connection) throws(StoreError) {
        guard !starts.isEmpty else { return }
        let update = try connection.statement(
            """
            UPDATE run SET started=?, pid=?, pid_start=?, boot=?, pool=NULL
            WHERE job=? AND kind=? AND fire=? AND token=? AND attempt=? AND fence=? AND finished IS NULL
            """)
        for start in starts {
            let (kind, fire, token) = start.run.occasion.columns
            // One after the other: starts are gathered, and the same one may be among them twice.
            if keepsFacts { try noteStart(start.run, start.attempt, start.fence, at: start.at, in: connection) }
            try update.run(
                .int(start.at.nanoseconds), .int(start.process.map { Int64($0.pid) }), .int(start.process?.startTicks),
                .text(start.process == nil ? nil : bootID), .text(start.run.job.description), .int(kind), .int(fire), .int(token),
                .int(start.attempt), .int(start.fence))
        }
    }

    /// One transaction. Outcomes whose attempt is unknown, ended or under another fence are `false`.
    public func finish(_ finishes: [Finish]) throws(StoreError) -> [Bool] {
        guard !finishes.isEmpty else { return [] }
        return try write { connection throws(StoreError) in
            let update = try connection.statement(
                """
                UPDATE run SET outcome=?, started=coalesce(?, started), finished=?, user_ns=?, sys_ns=?, tail=?, pool=NULL
                WHERE job=? AND kind=? AND fire=? AND token=? AND attempt=? AND fence=? AND finished IS NULL
                """)
            var recorded: [Bool] = []
            recorded.reserveCapacity(finishes.count)
            for finish in finishes {
                let (kind, fire, token) = finish.run.occasion.columns
                if keepsFacts, let start = finish.startedAt {
                    try noteStart(finish.run, finish.attempt, finish.fence, at: start, in: connection)
                }
                let changed = try update.run(
                    .text(finish.outcome.description), .int(finish.startedAt?.nanoseconds), .int(finish.at.nanoseconds),
                    .int(finish.resources?.userTime.wholeNanoseconds), .int(finish.resources?.systemTime.wholeNanoseconds),
                    .blob(finish.tail), .text(finish.run.job.description), .int(kind), .int(fire), .int(token), .int(finish.attempt),
                    .int(finish.fence))
                if changed == 1, keepsFacts { try noteEnd(finish, in: connection) }
                recorded.append(changed == 1)
            }
            return recorded
        }
    }

    /// A start is told once, whichever of its records comes first.
    private func noteStart(_ run: RunID, _ attempt: Int, _ fence: Int64, at start: WallTime, in connection: Connection) throws(StoreError) {
        let (kind, fire, token) = run.occasion.columns
        let isOpen = try connection.statement(
            """
            SELECT 1 FROM run WHERE job=? AND kind=? AND fire=? AND token=? AND attempt=? AND fence=? AND finished IS NULL
                AND started IS NULL
            """
        ).first(.text(run.job.description), .int(kind), .int(fire), .int(token), .int(attempt), .int(fence)) { _ in true }
        if isOpen == true { try note(.started(run, attempt: attempt, at: start), at: start, in: connection) }
    }

    /// The range is known by its row alone.
    private func noteEnd(_ finish: Finish, in connection: Connection) throws(StoreError) {
        let (kind, fire, token) = finish.run.occasion.columns
        let range = try connection.statement("SELECT first, count FROM run WHERE job=? AND kind=? AND fire=? AND token=? AND attempt=?")
            .first(.text(finish.run.job.description), .int(kind), .int(fire), .int(token), .int(finish.attempt)) { row in
                (first: Instant(row.number(0)), count: Int(clamping: row.number(1)))
            }
        guard let range else { return }
        try note(
            .ended(finish.run, attempt: finish.attempt, outcome: finish.outcome, first: range.first, count: range.count), at: finish.at,
            in: connection)
    }

    /// One transaction; what was decided already is passed over.
    public func skip(_ skips: [Skip], now: WallTime) throws(StoreError) {
        guard !skips.isEmpty else { return }
        try write { connection throws(StoreError) in
            let insert = try connection.statement(
                """
                INSERT INTO run(
                    job, kind, fire, token, attempt, first, count, trigger, outcome, fence, incarnation, claimed, finished, tail, author)
                VALUES(?1, 0, ?2, 0, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, x'', ?10) ON CONFLICT(job, kind, fire, token, attempt) DO NOTHING
                """)
            for skip in skips {
                let job = skip.job.description
                guard try Self.advance(job, to: skip.last, since: skip.since, in: connection) else { continue }
                let entered = try insert.run(
                    .text(job), .int(skip.last.seconds), .int(skip.first.seconds), .int(skip.count), .text(Trigger.scheduled.rawValue),
                    .text(skip.outcome.description), .int(try nextFence(now: now)), .int(incarnation), .int(now.nanoseconds),
                    .text(skip.by))
                guard entered == 1 else { continue }
                try note(
                    .ended(
                        RunID(job: skip.job, .scheduled(skip.last)), attempt: 1, outcome: skip.outcome, first: skip.first, count: skip.count
                    ),
                    at: now, in: connection)
            }
            try saveFence(in: connection)
        }
    }

    /// A process of another boot is none: it is left out of what is answered.
    public func sweep(now: WallTime) throws(StoreError) -> [OpenRun] {
        try write { connection throws(StoreError) in
            var taken: [(seq: Int64, run: OpenRun)] = []
            try connection.statement(
                """
                SELECT seq, job, kind, fire, token, attempt, started, pid, pid_start, boot, trigger, first, count, claimed, pool, author,
                    asked
                FROM run INDEXED BY run_open
                WHERE finished IS NULL AND incarnation < ? ORDER BY seq
                """
            ).each(.int(incarnation)) { row throws(StoreError) in
                var process: ProcessIdentity?
                if let pid = row.int(7), let ticks = row.int(8), row.text(9) == bootID {
                    process = ProcessIdentity(pid: Int32(clamping: pid), startTicks: ticks)
                }
                let claim = OpenRun.Claimed(
                    trigger: Trigger(rawValue: row.text(10) ?? "") ?? .scheduled, first: Instant(row.number(11)),
                    count: Int(row.number(12)), by: row.text(15))
                let begun = row.time(6) ?? WallTime(nanoseconds: row.number(13))
                let run = OpenRun(
                    run: row.run(at: 1), attempt: Int(row.number(5)), fence: try nextFence(now: now),
                    startedAt: row.time(6), process: process, claim: claim, ownerSeenAt: earlierSeen.map { max($0, begun) },
                    state: row.time(6) == nil ? row.text(14).map { .queued(pool: $0) } ?? .claimed : .running,
                    request: row.text(16).flatMap { RunRequest(stored: $0) })
                taken.append((row.number(0), run))
            }
            let update = try connection.statement("UPDATE run SET fence=?, incarnation=? WHERE seq=?")
            for (seq, run) in taken {
                try update.run(.int(run.fence), .int(incarnation), .int(seq))
                try note(.takenOver(run.run, attempt: run.attempt), at: now, in: connection)
            }
            try saveFence(in: connection)
            return taken.map(\.run)
        }
    }
}

extension Row {
    /// The run whose job, kind, fire and token stand at `column` and after it.
    func run(at column: Int32) -> RunID {
        RunID(
            job: JobID(text(column) ?? ""),
            RunID.Occasion(kind: number(column + 1), fire: number(column + 2), token: number(column + 3)))
    }

    func time(_ column: Int32) -> WallTime? { int(column).map { WallTime(nanoseconds: $0) } }
}
