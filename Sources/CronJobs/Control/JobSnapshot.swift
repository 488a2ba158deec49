public import CronExpressions

/// A job of the table, and how it stands.
public struct JobSnapshot: Hashable, Sendable {
    public enum State: String, Sendable, CaseIterable {
        case running, paused
        /// Its line is bad now: it runs as its last good version says.
        case stale
        /// None of the others.
        case idle
    }

    /// What became of a job last.
    public struct LastRun: Hashable, Sendable {
        public var run: RunID
        /// `nil` while it goes on.
        public var outcome: Outcome?
        /// The fire time, or when it was asked for.
        public var at: Instant
        public var startedAt: WallTime?
        public var finishedAt: WallTime?
        /// From when it was due to its start.
        public var latenessMs: Int64?
    }

    public var id: JobID
    /// When it runs, as it is written; `nil` where that is not known.
    public var schedule: String?
    /// Where it stands in the table: `/etc/crontab:12`.
    public var place: String?
    /// What it does; only where that was asked for.
    public var command: String?
    /// `nil` is the service's own user.
    public var user: String?
    /// `nil` for `@reboot`, and where its times follow from no zone.
    public var zone: String?
    /// The first fire time that is to come.
    public var next: Instant?
    public var states: Set<State>
    /// Attempts that run here.
    public var running: Int
    /// Since when, until when, and who asked for it.
    public var pause: Pause?
    public var last: LastRun?

    public init(
        id: JobID, schedule: String? = nil, command: String? = nil, user: String? = nil, zone: String? = nil, next: Instant? = nil,
        states: Set<State>, running: Int, pause: Pause? = nil, place: String? = nil, last: LastRun? = nil
    ) {
        self.id = id
        self.schedule = schedule
        self.command = command
        self.user = user
        self.zone = zone
        self.next = next
        self.states = states
        self.running = running
        self.pause = pause
        self.place = place
        self.last = last
    }
}

extension JobSnapshot.LastRun {
    /// - Parameter due: when the run of a fire time was meant to start.
    public init(_ record: RunRecord, due: (Instant) -> Instant = { $0 }) {
        let fireTime = record.run.occasion.fireTime
        let lateness = fireTime.flatMap { time in record.startedAt.map { ($0 - WallTime(due(time))).wholeMilliseconds } }
        self.init(
            run: record.run, outcome: record.outcome, at: fireTime ?? record.claimedAt.instant, startedAt: record.startedAt,
            finishedAt: record.finishedAt, latenessMs: record.attempt == 1 ? lateness : nil)
    }
}

extension JobSnapshot: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        self.init(
            id: try fields.value("id"), schedule: try fields.optional("schedule"), command: try fields.optional("command"),
            user: try fields.optional("user"), zone: try fields.optional("zone"), next: try fields.optional("next"),
            states: try fields.words("states"), running: try fields.value("running"), pause: try fields.optional("pause"),
            place: try fields.optional("place"), last: try fields.optional("last"))
    }

    public var json: JSONValue {
        .fields([
            "id": id, "schedule": schedule, "command": command, "user": user, "zone": zone, "next": next,
            "states": states.map(\.rawValue).sorted(), "running": running, "pause": pause, "place": place, "last": last,
        ])
    }
}

extension JobSnapshot.LastRun: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        self.init(
            run: try fields.value("run"), outcome: try fields.optional("outcome"), at: try fields.value("at"),
            startedAt: try fields.optional("startedAt"), finishedAt: try fields.optional("finishedAt"),
            latenessMs: try fields.optional("latenessMs"))
    }

    public var json: JSONValue {
        .fields([
            "run": run, "outcome": outcome, "at": at, "startedAt": startedAt, "finishedAt": finishedAt, "latenessMs": latenessMs,
        ])
    }
}

extension Pause: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        self.init(from: try fields.optional("from"), until: try fields.optional("until"), by: try fields.value("by"))
    }

    public var json: JSONValue { .fields(["from": from, "until": until, "by": by]) }
}
