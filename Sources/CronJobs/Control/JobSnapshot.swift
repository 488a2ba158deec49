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

    public var id: JobID
    public var command: String
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
    /// Where it stands in the table, for a job without a name.
    public var place: String?

    public init(
        id: JobID, command: String, user: String? = nil, zone: String? = nil, next: Instant? = nil, states: Set<State>, running: Int,
        pause: Pause? = nil, place: String? = nil
    ) {
        self.id = id
        self.command = command
        self.user = user
        self.zone = zone
        self.next = next
        self.states = states
        self.running = running
        self.pause = pause
        self.place = place
    }
}

extension JobSnapshot: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        self.init(
            id: try fields.value("id"), command: try fields.value("command"), user: try fields.optional("user"),
            zone: try fields.optional("zone"), next: try fields.optional("next"), states: try fields.words("states"),
            running: try fields.value("running"), pause: try fields.optional("pause"), place: try fields.optional("place"))
    }

    public var json: JSONValue {
        .fields([
            "id": id, "command": command, "user": user, "zone": zone, "next": next, "states": states.map(\.rawValue).sorted(),
            "running": running, "pause": pause, "place": place,
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
