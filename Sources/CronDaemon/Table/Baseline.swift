/// What the files held at a start, kept to recognise the same image in a container made anew.
///
/// A container that is restarted in place finds its own edited file, which says nothing about the image: then the older baseline stays. It is
/// known by its files' inodes and times, which a new container does not share.
public struct Baseline: Hashable, Sendable {
    /// Hash of what the image held.
    public var hash: String
    /// Identity of the files as this service last left them.
    public var identity: String

    public init(hash: String, identity: String) {
        self.hash = hash
        self.identity = identity
    }

    /// The stored form: `hash identity`; a plain hash is read, too.
    public init(_ text: String) {
        let parts = text.split(separator: " ", maxSplits: 1)
        self.init(hash: parts.first.map(String.init) ?? "", identity: parts.count > 1 ? String(parts[1]) : "")
    }

    public var text: String { "\(hash) \(identity)" }

    public static func identity(of stamps: [TableSnapshot.Stamp]) -> String {
        stamps.map { "\($0.device):\($0.inode):\($0.size):\($0.modified)" }.joined(separator: ",")
    }

    /// The baseline that this start leaves: the old one where these are the very files that the service knew, else what was found.
    public func next(found: String, stamps: [TableSnapshot.Stamp]) -> Baseline {
        let identity = Self.identity(of: stamps)
        return Baseline(hash: !identity.isEmpty && identity == self.identity ? hash : found, identity: identity)
    }
}
