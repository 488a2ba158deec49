/// Whom a job runs as, as the system's user database says it. One object as long as its entry does not change.
public final class User: Hashable, Sendable {
    /// The login name; for a number without an entry, the number.
    public let name: String
    public let uid: UInt32
    public let gid: UInt32
    /// All groups, the first one among them.
    public let groups: [UInt32]
    /// `nil` where there is no entry.
    public let home: String?

    public init(name: String, uid: UInt32, gid: UInt32, groups: [UInt32], home: String?) {
        self.name = name
        self.uid = uid
        self.gid = gid
        self.groups = groups
        self.home = home
    }

    public static func == (a: User, b: User) -> Bool {
        a === b || (a.name == b.name && a.uid == b.uid && a.gid == b.gid && a.groups == b.groups && a.home == b.home)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(uid)
        hasher.combine(name)
    }

    /// Whether a process of `other` has to change nothing to become this user.
    func hasSameIdentity(as other: User) -> Bool {
        uid == other.uid && gid == other.gid && Set(groups) == Set(other.groups)
    }
}
