/// What becomes of a run that somebody asked for, or asked to end.
public struct SteeredRun: Hashable, Sendable {
    /// What becomes of a run that was asked for or cancelled, as far as it is decided.
    public enum State: String, Sendable, CaseIterable {
        /// It starts now.
        case starts
        /// It starts once there is room for it: `reason` says of what.
        case waits
        /// It was told to end.
        case ending
        /// It waited for its start, or for its next attempt, and will not start.
        case withdrawn
        /// Another host runs it, or is to: it hears of that with the next renewal of its leases.
        case passedOn = "passed-on"
    }

    public var run: RunID
    public var state: State
    /// What it waits for: `overlap`, `room` or `load`.
    public var reason: String?
    /// Where it runs, as far as the asked service knows.
    public var host: String?
    /// How long it takes at most until it is known there, or has an outcome that says why not.
    public var withinMs: Int64?
    /// How many attempts it may take.
    public var attempts: Int
    /// Its job is paused: it runs all the same.
    public var isPaused = false

    public init(run: RunID, state: State, reason: String? = nil, host: String? = nil, attempts: Int = 1, isPaused: Bool = false) {
        self.run = run
        self.state = state
        self.reason = reason
        self.host = host
        self.attempts = attempts
        self.isPaused = isPaused
    }
}

extension SteeredRun: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        self.init(
            run: try fields.value("run"), state: try fields.word("state"), reason: try fields.optional("reason"),
            host: try fields.optional("host"), attempts: try fields.optional("attempts") ?? 1,
            isPaused: try fields.optional("paused") ?? false)
        withinMs = try fields.optional("withinMs")
    }

    public var json: JSONValue {
        .fields([
            "run": run, "state": state.rawValue, "reason": reason, "host": host, "withinMs": withinMs, "attempts": attempts,
            "paused": isPaused ? true : nil,
        ])
    }
}
