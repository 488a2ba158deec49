/// What was met on the way to a table's file, and the file itself, as it was opened.
public struct PathStep: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case folder, link, file
    }

    public var kind: Kind
    public var path: String
    public var user: UInt32
    public var group: UInt32
    public var mode: UInt32
    /// It lies on a mount that cannot be written here: it belongs to whoever mounted it.
    public var isReadOnly: Bool

    public init(_ kind: Kind, _ path: String, user: UInt32, group: UInt32, mode: UInt32, isReadOnly: Bool = false) {
        self.kind = kind
        self.path = path
        self.user = user
        self.group = group
        self.mode = mode
        self.isReadOnly = isReadOnly
    }
}
