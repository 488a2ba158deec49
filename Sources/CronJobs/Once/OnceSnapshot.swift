public import CronExpressions

/// A job that runs once, as a service has it.
public struct OnceSnapshot: Hashable, Sendable {
    public var id: JobID
    public var time: Instant
    /// The name of the zone in which the time was meant.
    public var zone: String
    /// Or, in words, what is published.
    public var command: String
    /// As whom it runs, by name.
    public var user: String
    public var directory: String?
    public var variables: [Variables.Assignment] = []
    public var by: Asker
    public var askedAt: WallTime
    /// The only host that may run it; `nil` where any replica may, or there is only one service.
    public var host: String?
    /// Several services use the store.
    public var isShared = false
    /// It does not start later than this; `nil` is without limit.
    public var startBy: Instant?
    /// Why it does not run here, in words; `nil` where it does.
    public var refusal: String?

    public init(_ job: OnceJob, user: String) {
        id = job.id
        time = job.time
        zone = job.zone
        command = job.publication.map { Action.publish($0).description } ?? job.command
        self.user = user
        directory = job.directory
        variables = job.variables
        by = job.by
        askedAt = job.askedAt
    }
}

extension OnceSnapshot: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        id = try fields.value("id")
        time = try fields.value("time")
        zone = try fields.value("zone")
        command = try fields.value("command")
        user = try fields.value("user")
        directory = try fields.optional("cwd")
        variables = try fields.optional("env") ?? []
        by = try fields.value("by")
        askedAt = try fields.value("askedAt")
        host = try fields.optional("host")
        isShared = try fields.optional("shared") ?? false
        startBy = try fields.optional("startBy")
        refusal = try fields.optional("refusal")
    }

    public var json: JSONValue {
        .fields([
            "id": id, "time": time, "zone": zone, "command": command, "user": user, "cwd": directory,
            "env": variables.isEmpty ? nil : variables, "by": by, "askedAt": askedAt, "host": host, "shared": isShared ? true : nil,
            "startBy": startBy, "refusal": refusal,
        ])
    }
}
