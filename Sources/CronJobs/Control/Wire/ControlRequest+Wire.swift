// Which fields a request has, as the manual's page about the protocol says it (docs/manual/control.md).
extension ControlRequest {
    /// All that a line says but the protocol's number and the version.
    var fields: [String: JSONValue] {
        let json: JSONValue
        switch self {
        case .service, .table, .revisions, .reload, .atList: json = .object([:])
        case .jobs(let query): json = query.json
        case .runs(let query): json = query.json
        case .why(let job, let time): json = .fields(["job": job, "at": time])
        case .run(let choice): json = .object(choice.fields)
        case .output(let choice, let follows):
            json = .object(choice.fields.merging(follows ? ["follow": .flag(true)] : [:]) { old, _ in old })
        case .events(let query): json = query.json
        case .files(let revision), .restore(let revision): json = .fields(["revision": revision])
        case .pause(let jobs, let until): json = .fields(["jobs": jobs, "until": until])
        case .resume(let jobs), .atCancel(let jobs): json = .fields(["jobs": jobs])
        case .trigger(let job, let isForced): json = .fields(["job": job, "force": isForced ? true : nil])
        case .cancel(let run): json = .fields(["run": run])
        case .at(let request): json = request.json
        }
        guard case .object(var fields) = json else { return [:] }
        fields["ask"] = .text(kind.rawValue)
        return fields
    }

    init(_ fields: JSONFields) throws(JSONFault) {
        switch try fields.word("ask") as Kind {
        case .service: self = .service
        case .jobs: self = .jobs(try JobQuery(fields))
        case .runs: self = .runs(try RunQuery(fields))
        case .why: self = .why(try fields.value("job"), at: try fields.optional("at"))
        case .run: self = .run(try RunChoice(fields))
        case .output: self = .output(try RunChoice(fields), follows: try fields.optional("follow") ?? false)
        case .table: self = .table
        case .revisions: self = .revisions
        case .files: self = .files(revision: try fields.value("revision"))
        case .events: self = .events(try EventQuery(fields))
        case .pause: self = .pause(try fields.value("jobs"), until: try fields.optional("until"))
        case .resume: self = .resume(try fields.value("jobs"))
        case .trigger: self = .trigger(try fields.value("job"), isForced: try fields.optional("force") ?? false)
        case .cancel: self = .cancel(try fields.value("run"))
        case .reload: self = .reload
        case .restore: self = .restore(revision: try fields.value("revision"))
        case .at: self = .at(try OnceRequest(fields))
        case .atList: self = .atList
        case .atCancel: self = .atCancel(try fields.value("jobs"))
        }
        let unknown = fields.names.subtracting(kind.fields).subtracting(["ask", "crond", "version"]).sorted()
        guard unknown.isEmpty else {
            throw JSONFault("\(kind.rawValue) knows no field \(unknown.map { "\"\($0)\"" }.joined(separator: ", "))")
        }
    }
}

extension ControlRequest.Kind {
    /// The fields that it may have.
    fileprivate var fields: Set<String> {
        switch self {
        case .service, .table, .revisions, .reload, .atList: []
        case .files, .restore: ["revision"]
        case .pause: ["jobs", "until"]
        case .resume, .atCancel: ["jobs"]
        case .at: ["time", "command", "publish", "name", "user", "cwd", "env"]
        case .jobs: ["jobs", "contains", "words", "commands", "states", "order", "limit", "backwards", "after"]
        case .why: ["job", "at"]
        case .trigger: ["job", "force"]
        case .cancel: ["run"]
        case .runs: ["jobs", "at", "outcomes", "open", "since", "limit", "backwards", "after"]
        case .run: ["run", "job", "attempt"]
        case .output: ["run", "job", "attempt", "follow"]
        case .events: ["jobs", "kinds", "recent", "follow"]
        }
    }
}

extension RunChoice {
    fileprivate init(_ fields: JSONFields) throws(JSONFault) {
        let attempt: Int? = try fields.optional("attempt")
        switch (try fields.optional("run") as RunID?, try fields.optional("job") as JobID?) {
        case (let run?, nil): self.init(.run(run), attempt: attempt)
        case (nil, let job?): self.init(.job(job), attempt: attempt)
        default: throw JSONFault("either \"run\" or \"job\" is wanted")
        }
    }

    fileprivate var fields: [String: JSONValue] {
        var fields: [String: JSONValue] = [:]
        if let attempt { fields["attempt"] = attempt.json }
        switch target {
        case .run(let run): fields["run"] = run.json
        case .job(let job): fields["job"] = job.json
        }
        return fields
    }
}

extension JobQuery {
    fileprivate init(_ fields: JSONFields) throws(JSONFault) {
        jobs = Set(try fields.optional("jobs") ?? [JobID]())
        contains = try fields.optional("contains")
        words = try fields.optional("words") ?? []
        showsCommands = try fields.optional("commands") ?? false
        states = try fields.words("states")
        order = try fields.optionalWord("order") ?? .name
        page = try Page(fields, mostItems: JobQuery.mostItems)
    }

    fileprivate var json: JSONValue {
        .fields([
            "jobs": jobs.isEmpty ? nil : jobs.sorted(), "contains": contains, "words": words.isEmpty ? nil : words,
            "commands": showsCommands ? true : nil, "states": states.isEmpty ? nil : states.map(\.rawValue).sorted(),
            "order": order.rawValue, "limit": page.limit,
            "backwards": page.isBackwards, "after": page.after,
        ])
    }
}

extension RunQuery {
    fileprivate init(_ fields: JSONFields) throws(JSONFault) {
        jobs = Set(try fields.optional("jobs") ?? [JobID]())
        at = try fields.optional("at")
        outcomes = Set(try fields.optional("outcomes") ?? [String]())
        isOpen = try fields.optional("open")
        since = try fields.optional("since")
        page = try Page(fields)
    }

    fileprivate var json: JSONValue {
        .fields([
            "jobs": jobs.isEmpty ? nil : jobs.sorted(), "at": at, "outcomes": outcomes.isEmpty ? nil : outcomes.sorted(), "open": isOpen,
            "since": since, "limit": page.limit, "backwards": page.isBackwards, "after": page.after,
        ])
    }
}

extension EventQuery {
    fileprivate init(_ fields: JSONFields) throws(JSONFault) {
        var filter = EventFilter()
        filter.jobs = Set(try fields.optional("jobs") ?? [JobID]())
        filter.kinds = try fields.words("kinds")
        self.init(filter, recent: try fields.optional("recent") ?? 0, follows: try fields.optional("follow") ?? true)
        guard 0...EventHub.mostKept ~= recent else { throw JSONFault("\"recent\": from 0 to \(EventHub.mostKept) is possible") }
    }

    fileprivate var json: JSONValue {
        .fields([
            "jobs": filter.jobs.isEmpty ? nil : filter.jobs.sorted(),
            "kinds": filter.kinds.isEmpty ? nil : filter.kinds.map(\.rawValue).sorted(), "recent": recent, "follow": follows,
        ])
    }
}

extension Page {
    fileprivate init(_ fields: JSONFields, mostItems: Int = Self.mostItems) throws(JSONFault) {
        limit = try fields.optional("limit") ?? limit
        guard 1...mostItems ~= limit else { throw JSONFault("\"limit\": from 1 to \(mostItems) is possible") }
        isBackwards = try fields.optional("backwards") ?? false
        after = try fields.optional("after")
    }
}

extension Page.Place: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        let text = try String(json: json)
        guard let colon = text.firstIndex(of: ":"), let number = Int64(text[..<colon]) else {
            throw JSONFault("the \"next\" of the page before is wanted")
        }
        self.init(number, String(text[text.index(after: colon)...]))
    }

    public var json: JSONValue { .text("\(number):\(text)") }
}
