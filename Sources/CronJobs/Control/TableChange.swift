/// What a reload or a restored revision changed.
public struct TableChange: Hashable, Sendable {
    /// A file, and what is the matter with it.
    public struct Complaint: Hashable, Sendable {
        public var path: String
        public var reason: String

        public init(path: String, reason: String) {
            self.path = path
            self.reason = reason
        }
    }

    public var added: Int
    public var changed: Int
    public var removed: Int
    public var revision: Int?
    /// Files that could not be written: the revision is used until one of them changes, or a reload reads them.
    public var unwritten: [Complaint]?
    /// Lines of the table that do not run as they stand.
    public var badLines: Int?
    /// The revision to be restored is the current one, and its files hold it.
    public var isCurrent: Bool?
    /// Drop-in files that cannot be used.
    public var unread: [Complaint]?

    public init(added: Int = 0, changed: Int = 0, removed: Int = 0, revision: Int?) {
        self.added = added
        self.changed = changed
        self.removed = removed
        self.revision = revision
    }
}

extension TableChange: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        self.init(
            added: try fields.value("added"), changed: try fields.value("changed"), removed: try fields.value("removed"),
            revision: try fields.optional("revision"))
        unwritten = try fields.optional("unwritten")
        badLines = try fields.optional("badLines")
        isCurrent = try fields.optional("isCurrent")
        unread = try fields.optional("unread")
    }

    public var json: JSONValue {
        .fields([
            "added": added, "changed": changed, "removed": removed, "revision": revision, "unwritten": unwritten, "badLines": badLines,
            "isCurrent": isCurrent, "unread": unread,
        ])
    }
}

extension TableChange.Complaint: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        self.init(path: try fields.value("path"), reason: try fields.value("reason"))
    }

    public var json: JSONValue { .fields(["path": path, "reason": reason]) }
}
