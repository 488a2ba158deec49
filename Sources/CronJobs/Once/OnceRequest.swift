/// What somebody wants to run once.
public struct OnceRequest: Hashable, Sendable {
    /// As people write times (`TimeWords`): the service reads it, by its clock and in its zone.
    public var time: String
    /// Shell text; empty where it publishes.
    public var command: String
    /// A message to be sent in place of a command.
    public var publication: Publication?
    /// What stands behind `at:` in its id; `nil` lets the service choose.
    public var name: String?
    public var user: String?
    public var directory: String?
    public var variables: [Variables.Assignment]

    public init(
        time: String, command: String, name: String? = nil, user: String? = nil, directory: String? = nil,
        variables: [Variables.Assignment] = [], publication: Publication? = nil
    ) {
        self.publication = publication
        self.time = time
        self.command = command
        self.name = name
        self.user = user
        self.directory = directory
        self.variables = variables
    }
}

extension OnceRequest {
    init(_ fields: JSONFields) throws(JSONFault) {
        let publication: Publication? = try fields.optional("publish")
        self.init(
            time: try fields.value("time"), command: publication == nil ? try fields.value("command") : "",
            name: try fields.optional("name"),
            user: try fields.optional("user"), directory: try fields.optional("cwd"), variables: try fields.optional("env") ?? [],
            publication: publication)
    }

    var json: JSONValue {
        .fields([
            "time": time, "command": publication == nil ? command : nil, "publish": publication, "name": name, "user": user,
            "cwd": directory, "env": variables.isEmpty ? nil : variables,
        ])
    }
}

/// `NAME=VALUE`.
extension Variables.Assignment: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        let text = try String(json: json)
        guard let equals = text.firstIndex(of: "=") else { throw JSONFault("NAME=VALUE is wanted") }
        self.init(name: String(text[..<equals]), value: String(text[text.index(after: equals)...]))
    }

    public var json: JSONValue { .text("\(name)=\(value)") }
}

extension Publication: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        self.init(exchange: try fields.optional("exchange"), key: try fields.optional("key"), content: try fields.optional("content") ?? "")
    }

    public var json: JSONValue { .fields(["exchange": exchange, "key": key, "content": content]) }
}
