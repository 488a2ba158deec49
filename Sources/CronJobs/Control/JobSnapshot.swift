public import CronExpressions

/// A job of the table, and how it stands.
public struct JobSnapshot: Hashable, Sendable {
    /// How a job stands; it may be in several of these at once.
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
        /// Where it goes on, if that is another host.
        public var host: String?
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
    /// The fire time of the first start that is to come.
    public var next: Instant?
    /// When that is due, where jitter or a delay puts it off.
    public var due: Instant?
    public var states: Set<State>
    /// Attempts that run here.
    public var running: Int
    /// Since when, until when, and who asked for it.
    public var pause: Pause?
    public var last: LastRun?
    /// The host that runs it, if that is another (`host=`).
    public var host: String?

    public init(
        id: JobID, schedule: String? = nil, command: String? = nil, user: String? = nil, zone: String? = nil, next: Instant? = nil,
        states: Set<State>, running: Int, pause: Pause? = nil, place: String? = nil, last: LastRun? = nil, due: Instant? = nil,
        host: String? = nil
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
        self.due = due
        self.host = host
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

extension JobSnapshot {
    /// Its line of JSON, without the end of the line.
    public func writeJSON(to bytes: inout [UInt8]) { append(to: &bytes) }
}

extension JobSnapshot: JSONWritten {
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        self.init(
            id: try fields.value("id"), schedule: try fields.optional("schedule"), command: try fields.optional("command"),
            user: try fields.optional("user"), zone: try fields.optional("zone"), next: try fields.optional("next"),
            states: try fields.words("states"), running: try fields.value("running"), pause: try fields.optional("pause"),
            place: try fields.optional("place"), last: try fields.optional("last"), due: try fields.optional("due"),
            host: try fields.optional("host"))
    }

    func write(to sink: inout some JSONFieldSink) {
        sink.field("command", command)
        sink.field("due", due?.rfc3339UTC())
        sink.field("host", host)
        sink.field("id", id.description)
        sink.field("last", object: last)
        sink.field("next", next?.rfc3339UTC())
        sink.field("pause", object: pause)
        sink.field("place", place)
        sink.field("running", Int64(running))
        sink.field("schedule", schedule)
        sink.field("states", texts: states.count == 1 ? states.map { $0.rawValue } : states.map { $0.rawValue }.sorted())
        sink.field("user", user)
        sink.field("zone", zone)
    }
}

extension JobSnapshot.LastRun: JSONWritten {
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        self.init(
            run: try fields.value("run"), outcome: try fields.optional("outcome"), at: try fields.value("at"),
            startedAt: try fields.optional("startedAt"), finishedAt: try fields.optional("finishedAt"),
            latenessMs: try fields.optional("latenessMs"), host: try fields.optional("host"))
    }

    func write(to sink: inout some JSONFieldSink) {
        sink.field("at", at.rfc3339UTC())
        sink.field("finishedAt", finishedAt?.text)
        sink.field("host", host)
        sink.field("latenessMs", latenessMs)
        sink.field("outcome", outcome?.description)
        sink.field("run", run.description)
        sink.field("startedAt", startedAt?.text)
    }
}

extension Pause: JSONWritten {
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        self.init(from: try fields.optional("from"), until: try fields.optional("until"), by: try fields.value("by"))
    }

    func write(to sink: inout some JSONFieldSink) {
        sink.field("by", by)
        sink.field("from", from?.text)
        sink.field("until", until?.text)
    }
}
