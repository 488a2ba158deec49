public import CronExpressions

/// A line of a job's history, without its output. `first` to the run's own fire time is the range that it answers for.
public struct RunSnapshot: Hashable, Sendable {
    public var run: RunID
    public var attempt: Int
    public var trigger: Trigger
    public var first: Instant
    public var count: Int
    public var claimedAt: WallTime
    public var startedAt: WallTime?
    public var finishedAt: WallTime?
    /// `nil` while it is open.
    public var outcome: Outcome?
    public var userMs: Int64?
    public var systemMs: Int64?
    /// Whose workers it waits for, while it does.
    public var pool: String?
    /// Who asked for it; nil where its schedule did.
    public var by: Asker?
    /// Who asked first that it ends, and when.
    public var cancelledBy: Asker?
    public var cancelAskedAt: WallTime?
    /// Who has it, or had it; only where one run is asked for, or one fire time (the host alone).
    public var fence: Int64?
    public var host: String?
    public var pid: Int32?
}

extension RunSnapshot {
    public init(_ record: RunRecord) {
        self.init(
            run: record.run, attempt: record.attempt, trigger: record.trigger, first: record.first, count: record.count,
            claimedAt: record.claimedAt, startedAt: record.startedAt, finishedAt: record.finishedAt, outcome: record.outcome,
            userMs: record.resources?.userTime.wholeMilliseconds, systemMs: record.resources?.systemTime.wholeMilliseconds,
            pool: record.pool, by: record.by.flatMap { Asker($0) }, cancelledBy: record.request.flatMap { Asker($0.by) },
            cancelAskedAt: record.request?.at)
    }

    /// Runs are in the order of their claims.
    public var place: Page.Place { Page.Place(claimedAt.nanoseconds, "\(run).\(attempt)") }
}

extension RunSnapshot: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        self.init(
            run: try fields.value("run"), attempt: try fields.value("attempt"), trigger: try fields.word("trigger"),
            first: try fields.value("first"), count: try fields.value("count"), claimedAt: try fields.value("claimedAt"),
            startedAt: try fields.optional("startedAt"), finishedAt: try fields.optional("finishedAt"),
            outcome: try fields.optional("outcome"), userMs: try fields.optional("userMs"), systemMs: try fields.optional("systemMs"),
            pool: try fields.optional("pool"), by: try fields.optional("by"), cancelledBy: try fields.optional("cancelledBy"),
            cancelAskedAt: try fields.optional("cancelAskedAt"), fence: try fields.optional("fence"), host: try fields.optional("host"),
            pid: try fields.optional("pid"))
    }

    public var json: JSONValue {
        .fields([
            "run": run, "job": run.job, "attempt": attempt, "trigger": trigger.rawValue, "first": first, "count": count,
            "claimedAt": claimedAt, "startedAt": startedAt, "finishedAt": finishedAt, "outcome": outcome, "userMs": userMs,
            "systemMs": systemMs, "pool": pool, "by": by, "cancelledBy": cancelledBy, "cancelAskedAt": cancelAskedAt, "fence": fence,
            "host": host, "pid": pid,
        ])
    }
}
