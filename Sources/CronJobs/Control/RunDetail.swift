/// All about one attempt.
public struct RunDetail: Hashable, Sendable {
    /// Of when the shown environment is.
    public enum EnvironmentSource: String, Sendable {
        /// What the run was started with.
        case run
        /// What it would be started with now: the ledger does not remember environments.
        case table
    }

    public var run: RunSnapshot
    /// Since when it was due; `nil` where it has no fire time.
    public var lateMs: Int64?
    /// `NAME=value`, secrets masked; `nil` where no service runs that has the job.
    public var environment: [String]?
    public var environmentOf: EnvironmentSource?
    /// Bytes of its output that are kept, and that are not.
    public var kept: Int?
    public var dropped: Int64?

    public init(run: RunSnapshot) { self.run = run }
}

extension RunDetail: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        self.init(run: try fields.value("run"))
        lateMs = try fields.optional("lateMs")
        environment = try fields.optional("environment")
        environmentOf = try fields.optionalWord("environmentOf")
        kept = try fields.optional("kept")
        dropped = try fields.optional("dropped")
    }

    public var json: JSONValue {
        .fields([
            "run": run, "lateMs": lateMs, "environment": environment, "environmentOf": environmentOf?.rawValue, "kept": kept,
            "dropped": dropped,
        ])
    }
}
