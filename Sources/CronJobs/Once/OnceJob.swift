public import CronExpressions

// A job that runs once (`crond at`): not a line of the table, but a `StoredJob` beside it. What it says lies in the store as one text, its body,
// so that whoever signs it signs all of it: nothing that decides what is run, when, as whom or with what stands outside.
//
//     StoredJob.schedule   the fire time, in seconds: a shared store looks at it when the run is claimed
//     StoredJob.action     {"body":"{…}","mac":"…"}
//     body                 command, user, owner, cwd, env, zone, who asked when and where, a number used once

/// A job that runs once, at a time, as somebody asked for it.
public struct OnceJob: Hashable, Sendable {
    public var id: JobID
    public var time: Instant
    /// The name of the zone in which the time was meant.
    public var zone: String
    /// Shell text; empty where it publishes.
    public var command: String
    /// A message that is sent in place of a command.
    public var publication: Publication?
    /// As whom it runs; `nil` is the user of the service that took it.
    public var user: String?
    /// The user of the service that took it.
    public var owner: UInt32
    public var directory: String?
    /// What it has in its environment beside what the service gives every job.
    public var variables: [Variables.Assignment]
    /// Who asked for it, and on which host.
    public var by: Asker
    public var askedAt: WallTime
    /// Used once: what is put back after it ran, or was cancelled, is known by it.
    public var number: String

    public init(
        id: JobID, time: Instant, zone: String, command: String, user: String? = nil, owner: UInt32, directory: String? = nil,
        variables: [Variables.Assignment] = [], by: Asker, askedAt: WallTime, number: String = LedgerOpening.newSecret(),
        publication: Publication? = nil
    ) {
        self.publication = publication
        self.id = id
        self.time = time
        self.zone = zone
        self.command = command
        self.user = user
        self.owner = owner
        self.directory = directory
        self.variables = variables
        self.by = by
        self.askedAt = askedAt
        self.number = number
    }

    public var fireTime: RunID { RunID(job: id, .scheduled(time)) }

    /// The job of a scheduler.
    ///
    /// - Parameters:
    ///   - user: as whom it runs here; `nil` is the service's own user.
    ///   - policies: those that the service has for every job. It is tried once, at its very time.
    public func job(as user: String?, policies: JobPolicies.Values = .init()) -> Job {
        var policies = policies
        (policies.directory, policies.retry, policies.jitter, policies.host) = (directory, .never, .none, .any)
        let action =
            publication.map { Action.publish($0) }
            ?? .command(Command(text: command, user: user, variables: variables.isEmpty ? .none : Variables(variables)))
        return Job(id: id, timing: .other(AnySchedule(OneTimeSchedule(at: time))), action: action, policies: JobPolicies(policies))
    }
}

// MARK: - In a store

extension OnceJob {
    /// All that it says but its id and time.
    public var body: String {
        let environment = Dictionary(variables.map { ($0.name, JSONValue.text($0.value)) }, uniquingKeysWith: { _, last in last })
        let json = JSONValue.fields([
            "command": publication == nil ? command : nil, "publish": publication, "user": user, "owner": owner, "cwd": directory,
            "env": JSONValue.object(environment), "zone": zone,
            "by": by,
            "at": askedAt, "number": number,
        ])
        return String(decoding: json.bytes, as: UTF8.self)
    }

    /// - Parameter mac: what `body`, id and time are signed with.
    public func stored(mac: String?) -> StoredJob {
        StoredJob(
            id: id, schedule: "\(time.seconds)", action: JSONValue.fields(["body": body, "mac": mac]).bytes, origin: .once, author: "\(by)")
    }
}

/// What a store has of a job that runs once, before anybody has judged it.
public struct KeptOnce: Hashable, Sendable {
    public var job: OnceJob
    /// Byte for byte as it is stored: what a signature covers.
    public var body: String
    public var mac: String?
    public var revision: Int64

    /// As it was found, to be put again.
    public var stored: StoredJob {
        StoredJob(
            id: job.id, schedule: "\(job.time.seconds)", action: JSONValue.fields(["body": body, "mac": mac]).bytes, origin: .once,
            author: "\(job.by)")
    }

    /// `nil` for what is none, whoever wrote it.
    public init?(_ stored: StoredJob) {
        guard stored.id.isOnce, Self.isName(stored.id.description.utf8.dropFirst(JobID.oncePrefix.utf8.count)),
            let seconds = Int64(stored.schedule), "\(seconds)" == stored.schedule, let fields = Self.fields(stored.action),
            let body: String = try? fields.value("body"), let inner = Self.fields(Array(body.utf8)),
            let job = try? OnceJob(inner, id: stored.id, time: Instant(seconds))
        else { return nil }
        self.job = job
        self.body = body
        mac = (try? fields.optional("mac")) ?? nil
        revision = stored.revision
    }

    /// Whether a name can stand behind `at:`.
    public static func isName(_ bytes: some Collection<UInt8>) -> Bool {
        guard let first = bytes.first, first != UInt8(ascii: "-"), first != UInt8(ascii: "_"), bytes.count <= 64 else { return false }
        return bytes.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == UInt8(ascii: "_")
                || $0 == UInt8(ascii: "-")
        }
    }

    private static func fields(_ bytes: [UInt8]) -> JSONFields? {
        guard let json = try? JSONReader.read(bytes) else { return nil }
        return try? JSONFields(json)
    }
}

extension OnceJob {
    fileprivate init(_ fields: JSONFields, id: JobID, time: Instant) throws(JSONFault) {
        var variables: [Variables.Assignment] = []
        if case .object(let environment)? = try fields.optional("env") as JSONValue? {
            for (name, value) in environment.sorted(by: { $0.key < $1.key }) {
                variables.append(.init(name: name, value: try String(json: value)))
            }
        }
        let publication: Publication? = try fields.optional("publish")
        self.init(
            id: id, time: time, zone: try fields.value("zone"), command: publication == nil ? try fields.value("command") : "",
            user: try fields.optional("user"),
            owner: try fields.value("owner"), directory: try fields.optional("cwd"), variables: variables, by: try fields.value("by"),
            askedAt: try fields.value("at"), number: try fields.value("number"), publication: publication)
        guard !command.utf8.contains(0), variables.allSatisfy({ Self.isVariable($0) }), directory?.utf8.contains(0) != true else {
            throw JSONFault("no command, variable or directory can have that in it")
        }
    }

    /// Whether a variable can be set: a name as shells have them, a value that a program can be given.
    public static func isVariable(_ assignment: Variables.Assignment) -> Bool {
        let name = assignment.name.utf8
        guard let first = name.first, !(48...57).contains(first), !assignment.value.utf8.contains(0) else { return false }
        return name.allSatisfy { (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == UInt8(ascii: "_") }
    }
}
