internal import CronExpressions

/// A version of the table.
public struct RevisionSnapshot: Hashable, Sendable {
    public var number: Int
    public var createdAt: String
    public var origin: String
    public var hash: String
    public var intact: Bool
    public var current: Bool
    /// `valid`, `missing` or `wrong` by the service's key; without a key `unchecked` where there is one, else nothing.
    public var signature: String?
    /// Who published it, and for whom.
    public var host: String?
    public var author: String?
}

extension RevisionSnapshot {
    public init(_ revision: Revision, current: Bool, signature: String?) {
        self.init(
            number: revision.number, createdAt: revision.createdAt.instant.rfc3339UTC(), origin: revision.origin.rawValue,
            hash: revision.hash, intact: revision.intact, current: current, signature: signature, host: revision.host,
            author: revision.author)
    }
}

extension RevisionSnapshot: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        self.init(
            number: try fields.value("number"), createdAt: try fields.value("createdAt"), origin: try fields.value("origin"),
            hash: try fields.value("hash"), intact: try fields.value("intact"), current: try fields.value("current"),
            signature: try fields.optional("signature"), host: try fields.optional("host"), author: try fields.optional("author"))
    }

    public var json: JSONValue {
        .fields([
            "number": number, "createdAt": createdAt, "origin": origin, "hash": hash, "intact": intact, "current": current,
            "signature": signature, "host": host, "author": author,
        ])
    }
}
