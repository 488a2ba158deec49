public import CronExpressions

/// What became of a fire time of a job, or why nothing did.
public struct FireTimeAccount: Hashable, Sendable {
    /// In a word: what became of it, or why nothing did.
    public enum Verdict: String, Sendable, CaseIterable {
        /// There is a record: `run`, with its outcome or still open.
        case recorded
        /// It is still to come.
        case ahead
        /// `@reboot`: the job has no fire times.
        case startup
        /// The schedule does not name that time.
        case notScheduled = "not-scheduled"
        /// The clocks were put forward over it: the job has no start then.
        case clockForward = "clock-forward"
        /// The clocks were put back, and showed it a second time: the job ran at `shownFirst`.
        case clockBack = "clock-back"
        /// The table did not have the job yet; `revision` brought it.
        case notYet = "not-yet"
        /// The table did not have the job.
        case notInTable = "not-in-table"
        /// Another host's: `host`.
        case elsewhere
        /// It was due, and nobody has decided it yet: `reason`.
        case undecided
        /// The record is older than what is kept.
        case pruned
        /// The store has no record, although it should.
        case unrecorded
    }

    /// A pause in which the time lay.
    public struct PausePeriod: Hashable, Sendable {
        public var pause: Pause
        /// When it was over, and who ended or changed it.
        public var end: WallTime?
        public var endedBy: String?
    }

    /// A time in which the store could not be used.
    public struct OutagePeriod: Hashable, Sendable {
        /// It is noticed by the first call that fails, which may come a while after the fire time that it is for.
        private static let slack = Duration.seconds(15)

        public var from: WallTime
        /// `nil` while it goes on.
        public var until: WallTime?
        public var reason: String

        public init(from: WallTime, until: WallTime?, reason: String) {
            self.from = from
            self.until = until
            self.reason = reason
        }

        /// Also up to 15 s before it was noticed.
        public func contains(_ time: WallTime) -> Bool { from - Self.slack <= time && until.map { time <= $0 } ?? true }
    }

    /// A revision of the table, by its number and time.
    public struct RevisionMark: Hashable, Sendable {
        public var number: Int
        public var createdAt: WallTime

        public init(number: Int, createdAt: WallTime) {
            self.number = number
            self.createdAt = createdAt
        }
    }

    public var job: JobID
    public var time: Instant
    public var verdict: Verdict
    public var run: RunSnapshot?
    public var pause: PausePeriod?
    /// A time in which the store could not be used, where the time lies in one.
    public var outage: OutagePeriod?
    /// The revision that brought the job, else the one that was in force.
    public var revision: RevisionMark?
    public var host: String?
    public var reason: String?
    public var shownFirst: Instant?
    /// From when on records may be gone.
    public var keptFrom: WallTime?
    /// The fire times around it.
    public var earlier: Instant?
    public var later: Instant?
    /// The record before it.
    public var before: RunSnapshot?
    /// When the job is due next, from now on.
    public var next: Instant?
    /// The zone in which its schedule is meant.
    public var zone: String?
    public var schedule: String?
    public var place: String?

    public init(job: JobID, time: Instant, verdict: Verdict) {
        self.job = job
        self.time = time
        self.verdict = verdict
    }
}

extension FireTimeAccount: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        self.init(job: try fields.value("job"), time: try fields.value("time"), verdict: try fields.word("verdict"))
        run = try fields.optional("run")
        pause = try fields.optional("pause")
        outage = try fields.optional("outage")
        revision = try fields.optional("revision")
        host = try fields.optional("host")
        reason = try fields.optional("reason")
        shownFirst = try fields.optional("shownFirst")
        keptFrom = try fields.optional("keptFrom")
        earlier = try fields.optional("earlier")
        later = try fields.optional("later")
        before = try fields.optional("before")
        next = try fields.optional("next")
        zone = try fields.optional("zone")
        schedule = try fields.optional("schedule")
        place = try fields.optional("place")
    }

    public var json: JSONValue {
        .fields([
            "job": job, "time": time, "verdict": verdict.rawValue, "run": run, "pause": pause, "outage": outage, "revision": revision,
            "host": host,
            "reason": reason, "shownFirst": shownFirst, "keptFrom": keptFrom, "earlier": earlier, "later": later, "before": before,
            "next": next, "zone": zone, "schedule": schedule, "place": place,
        ])
    }
}

extension FireTimeAccount.PausePeriod: JSONCoded {
    public init(_ period: PauseHistory.Period) { self.init(pause: period.pause, end: period.end, endedBy: period.endedBy) }

    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        self.init(pause: try Pause(json: json), end: try fields.optional("end"), endedBy: try fields.optional("endedBy"))
    }

    public var json: JSONValue {
        .fields(["from": pause.from, "until": pause.until, "by": pause.by, "end": end, "endedBy": endedBy])
    }
}

extension FireTimeAccount.OutagePeriod: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        self.init(from: try fields.value("from"), until: try fields.optional("until"), reason: try fields.value("reason"))
    }

    public var json: JSONValue { .fields(["from": from, "until": until, "reason": reason]) }
}

extension FireTimeAccount.RevisionMark: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        self.init(number: try fields.value("number"), createdAt: try fields.value("createdAt"))
    }

    public var json: JSONValue { .fields(["number": number, "createdAt": createdAt]) }
}
