/// Something that happened in a service, for whoever listens.
public struct ControlEvent: Hashable, Sendable {
    /// What happened; the raw value is its word on the wire and in `--kind`.
    public enum Kind: String, Sendable, CaseIterable {
        case started, finished, skipped, missed, unconfirmed
        /// A further attempt of a failed run is due at `due`.
        case retry
        case paused, resumed
        /// Somebody asked for this run.
        case triggered
        /// Somebody asked that this run ends.
        case cancelling
        /// Somebody wants something to run once, or not any more.
        case onceAdded = "once-added"
        case onceCancelled = "once-cancelled"
        /// The table in use changed.
        case table
        case storeFailed = "store-failed"
        case storeRecovered = "store-recovered"
        /// The service ends.
        case ending
    }

    /// Counts up in one life of the service; a listener sees numbers left out where it asked for some events only, or got a gap.
    public var number: Int64 = 0
    public var at: WallTime
    public var kind: Kind
    public var job: JobID?
    public var run: RunID?
    public var attempt: Int?
    public var outcome: Outcome?
    /// Fire times that it is about.
    public var count: Int?
    /// When a further attempt is due, or a pause ends.
    public var due: WallTime?
    /// In words.
    public var reason: String?
    public var revision: Int?
    /// Who asked for it.
    public var by: Asker?

    public init(_ kind: Kind, at: WallTime, job: JobID? = nil) {
        self.kind = kind
        self.at = at
        self.job = job
    }

    public init(_ kind: Kind, at: WallTime, run: RunID, attempt: Int? = nil) {
        self.init(kind, at: at, job: run.job)
        self.run = run
        self.attempt = attempt
    }
}

extension ControlEvent: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        self.init(try fields.word("kind"), at: try fields.value("at"), job: try fields.optional("job"))
        number = try fields.value("number")
        run = try fields.optional("run")
        attempt = try fields.optional("attempt")
        outcome = try fields.optional("outcome")
        count = try fields.optional("count")
        due = try fields.optional("due")
        reason = try fields.optional("reason")
        revision = try fields.optional("revision")
        by = try fields.optional("by")
    }

    public var json: JSONValue {
        .fields([
            "number": number, "at": at, "kind": kind.rawValue, "job": job, "run": run, "attempt": attempt, "outcome": outcome,
            "count": count, "due": due, "reason": reason, "revision": revision, "by": by,
        ])
    }
}

extension Asker: JSONCoded {
    /// As somebody else says it; of no role.
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        self.init(uid: try fields.value("uid"), pid: try fields.value("pid"), host: try fields.value("host"), role: .read)
    }

    public var json: JSONValue { .fields(["uid": uid, "pid": pid, "host": host]) }
}
