internal import CronExpressions
internal import CronHandlers
internal import CronJobs

// A lasting job as it lies in the store:
//
//     StoredJob.schedule   {"since":…,"times":{…}}
//     StoredJob.action     {"handler":"send-report","parameters":{…},"version":1}
//     StoredJob.policies   {…}, what is as usual left out
//
// `since` is when its times were last changed, or when it was added: fire times up to then are not its own. Changes of anything else leave it.

/// What a job is, apart from its id and its state.
struct JobDefinition: Hashable, Sendable {
    var schedule: JobSchedule
    /// Its times count from here on.
    var since: Instant
    /// The engine's job has the same.
    private(set) var action: Action
    private var shared: SharedOptions

    var call: HandlerCall {
        get { if case .handler(let call) = action { call } else { Self.closureCall } }
        set { action = newValue == Self.closureCall ? Self.closureAction : .handler(newValue) }
    }

    var options: JobOptions {
        get { shared.value }
        set { shared = SharedOptions(newValue) }
    }

    private static let closureCall = HandlerCall(name: Closures.handlerName)
    /// One for all of them.
    private static let closureAction = Action.handler(closureCall)

    var isClosure: Bool { call.name == Closures.handlerName }

    /// Whether both say the same, whenever they were said.
    func isSame(as other: JobDefinition) -> Bool { schedule == other.schedule && call == other.call && shared == other.shared }

    /// Has options that are equal be one object.
    mutating func share(_ known: SharedOptions) { shared = known }

    /// The job of the engine.
    func job(_ id: JobID, policies: JobPolicies, zone: Zone) throws(ScheduleFault) -> Job {
        var seed = FNV1a()
        seed.add(id.description)
        return Job(id: id, timing: try schedule.timing(seed: seed.value, zone: zone), action: action, policies: policies)
    }

    func stored(as id: JobID, by author: String) -> StoredJob {
        let times = JSONValue.fields(["since": since.seconds, "times": schedule])
        return StoredJob(
            id: id, schedule: String(decoding: times.bytes, as: UTF8.self), action: call.json.bytes,
            policies: options == JobOptions() ? [] : options.json.bytes,
            origin: .library, author: author)
    }

    /// What somebody stored, perhaps a newer version of the program.
    init(_ stored: StoredJob) throws(JSONFault) {
        let times = try JSONFields(try JSONReader.read(Array(stored.schedule.utf8)))
        self.init(
            schedule: try times.value("times"), since: Instant(try times.value("since")),
            call: try HandlerCall(json: try JSONReader.read(stored.action)),
            options: stored.policies.isEmpty ? JobOptions() : try JobOptions(json: try JSONReader.read(stored.policies)))
    }

    init(schedule: JobSchedule, since: Instant, call: HandlerCall, options: JobOptions) {
        (self.schedule, self.since) = (schedule, since)
        action = Self.closureAction
        shared = SharedOptions(options)
        self.call = call
    }
}

/// What is known of a job. A scheduler may have a million of them: a larger one costs each of them.
struct KnownJob: Sendable {
    var definition: JobDefinition
    /// In the store; nil for a closure.
    var revision: Int64?
    var runsHere = false
}

/// Options that many jobs have.
final class SharedOptions: Hashable, Sendable {
    let value: JobOptions

    init(_ value: JobOptions) { self.value = value }

    static func == (a: SharedOptions, b: SharedOptions) -> Bool { a === b || a.value == b.value }

    func hash(into hasher: inout Hasher) { hasher.combine(value) }
}

extension HandlerCall {
    /// Whether its parameters are of a later version of the same handler.
    func isNewer(than other: HandlerCall) -> Bool { name == other.name && schemaVersion > other.schemaVersion }
}

extension HandlerCall: JSONCoded {
    /// Parameters that would not come back byte for byte stand there as a text.
    public var json: JSONValue {
        if let value = try? JSONReader.read(input), value.bytes == input {
            return .object(["handler": .text(name), "version": .number(Int64(schemaVersion)), "parameters": value])
        }
        return .fields(["handler": name, "version": schemaVersion, "parametersText": String(decoding: input, as: UTF8.self)])
    }

    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        var input = Array((try fields.optional("parametersText") ?? "" as String).utf8)
        if case .object(let object) = json, let value = object["parameters"] { input = value.bytes }
        self.init(name: try fields.value("handler"), schemaVersion: try fields.value("version"), input: input)
    }
}
