/// A file of the table in use.
public struct TableFileSnapshot: Hashable, Sendable {
    public var path: String
    /// As it is on the disk, in octal digits; `nil` where there is none.
    public var mode: String?
    public var owner: String?
    public var entries: Int
    public var revision: Int?
    /// `as found`, `restored`, `refused`, `stale`, `gone` or `not written`.
    public var state: String
    public var reason: String?

    public init(path: String, mode: String?, owner: String?, entries: Int, revision: Int?, state: String, reason: String?) {
        self.path = path
        self.mode = mode
        self.owner = owner
        self.entries = entries
        self.revision = revision
        self.state = state
        self.reason = reason
    }
}

extension TableFileSnapshot: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        self.init(
            path: try fields.value("path"), mode: try fields.optional("mode"), owner: try fields.optional("owner"),
            entries: try fields.value("entries"), revision: try fields.optional("revision"), state: try fields.value("state"),
            reason: try fields.optional("reason"))
    }

    public var json: JSONValue {
        .fields([
            "path": path, "mode": mode, "owner": owner, "entries": entries, "revision": revision, "state": state, "reason": reason,
        ])
    }
}
