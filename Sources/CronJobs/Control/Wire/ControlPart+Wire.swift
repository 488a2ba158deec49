extension ControlPart {
    /// The one field of its line.
    var field: (name: String, json: JSONValue) {
        switch self {
        case .service(let service): ("service", service.json)
        case .job(let job): ("job", job.json)
        case .run(let run): ("run", run.json)
        case .account(let account): ("account", account.json)
        case .detail(let detail): ("detail", detail.json)
        case .output(let piece): ("output", piece.json)
        case .file(let file): ("file", file.json)
        case .revision(let revision): ("revision", revision.json)
        case .content(let path, let bytes): ("content", .fields(["path": path, "base64": Base64.text(bytes)]))
        case .change(let change): ("change", change.json)
        case .changed(let jobs): ("changed", jobs.json)
        case .steered(let run): ("steered", run.json)
        case .once(let once): ("once", once.json)
        case .event(let event): ("event", event.json)
        case .gap(let count): ("gap", count.json)
        case .end(let end): ("end", end.json)
        }
    }

    private static let names: Set<String> = [
        "service", "job", "run", "account", "detail", "output", "file", "revision", "content", "change", "changed", "steered", "once",
        "event",
        "gap", "end",
    ]

    /// `nil` for a kind that this version does not know.
    init?(_ fields: JSONFields) throws(JSONFault) {
        switch fields.onlyName ?? fields.names.intersection(Self.names).first ?? "" {
        case "service": self = .service(try fields.value("service"))
        case "job": self = .job(try fields.value("job"))
        case "run": self = .run(try fields.value("run"))
        case "account": self = .account(try fields.value("account"))
        case "detail": self = .detail(try fields.value("detail"))
        case "output": self = .output(try fields.value("output"))
        case "file": self = .file(try fields.value("file"))
        case "revision": self = .revision(try fields.value("revision"))
        case "content": self = try Self.content(try fields.value("content"))
        case "change": self = .change(try fields.value("change"))
        case "changed": self = .changed(try fields.value("changed"))
        case "steered": self = .steered(try fields.value("steered"))
        case "once": self = .once(try fields.value("once"))
        case "event": self = .event(try fields.value("event"))
        case "gap": self = .gap(try fields.value("gap"))
        case "end": self = .end(try fields.value("end"))
        default: return nil
        }
    }

    private static func content(_ json: JSONValue) throws(JSONFault) -> ControlPart {
        let fields = try JSONFields(json)
        guard let bytes = Base64.bytes(try fields.value("base64")) else { throw JSONFault("\"base64\": no such text") }
        return .content(path: try fields.value("path"), bytes)
    }
}

extension ControlEnd: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        self.init(count: try fields.value("count"), total: try fields.optional("total"), next: try fields.optional("next"))
        guard let counts: JSONValue = try fields.optional("states"), case .object(let object) = counts else { return }
        states = object.compactMapValues { if case .number(let number) = $0 { Int(clamping: number) } else { nil } }
    }

    public var json: JSONValue {
        .fields(["count": count, "total": total, "next": next, "states": states.map { JSONValue.object($0.mapValues(\.json)) }])
    }
}

extension JSONValue: JSONCoded {
    public init(json: JSONValue) { self = json }
    public var json: JSONValue { self }
}
