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
    var call: HandlerCall
    var options: JobOptions

    var isClosure: Bool { call.name == Closures.handlerName }

    /// Whether both say the same, whenever they were said.
    func isSame(as other: JobDefinition) -> Bool { schedule == other.schedule && call == other.call && options == other.options }

    /// - Parameter zone: where the schedule names none.
    func timing(_ id: JobID, zone: Zone) throws(ScheduleFault) -> Job.Timing {
        try schedule.timing(seed: Self.seed(of: id), zone: zone)
    }

    /// What draws the values of `a~b`.
    static func seed(of id: JobID) -> UInt64 {
        var seed = FNV1a()
        seed.add(id.description)
        return seed.value
    }
}

// In a store.
extension JobDefinition {
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
}

/// What is known of a job.
struct KnownJob: Identifiable, Sendable {
    let job: PackedJob
    private let storedRevision: Int64

    init(_ job: PackedJob, revision: Int64?) { (self.job, storedRevision) = (job, revision ?? 0) }

    var id: JobID { job.id }
    var definition: JobDefinition { job.definition }
    /// In the store, where it is positive; nil for a closure.
    var revision: Int64? { storedRevision == 0 ? nil : storedRevision }
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
