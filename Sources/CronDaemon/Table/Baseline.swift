internal import CronJobs

/// What the files held at a start, kept to recognise the same image in a container made anew.
///
/// A container that is restarted in place finds its own edited file, which says nothing about the image: then the older baseline stays. It is
/// known by its files' inodes and times, which a new container does not share.
///
/// On a shared store each replica has files of its own; those that a replica edited, restored or followed are kept in a list, so that the one
/// that is restarted in place recognises them, whatever the others did meanwhile.
public struct Baseline: Hashable, Sendable {
    private static let mostLeft = 128

    /// Hash of what the image held.
    public var hash: String
    /// Identity of the files as this service last left them.
    public var identity: String
    /// Identities of files that replicas left with another content than their image's; the latest first.
    public var left: [String] = []

    public init(hash: String, identity: String) {
        self.hash = hash
        self.identity = identity
    }

    /// The stored form: `hash identity`, and a line for each of what replicas left; a plain hash is read, too.
    public init(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let parts = lines[0].split(separator: " ", maxSplits: 1)
        self.init(hash: parts.first.map(String.init) ?? "", identity: parts.count > 1 ? String(parts[1]) : "")
        left = lines.dropFirst().filter { !$0.isEmpty }.prefix(Self.mostLeft).map(String.init)
    }

    public var text: String { (["\(hash) \(identity)"] + left).joined(separator: "\n") }

    /// Enters files that a replica leaves in place of others.
    public mutating func leave(_ identity: String, insteadOf earlier: String?) {
        guard !identity.isEmpty else { return }
        left = Array(([identity] + left.filter { $0 != identity && $0 != earlier }).prefix(Self.mostLeft))
    }

    /// Whether these are files as a replica left them.
    public func isLeft(_ stamps: [TableSnapshot.Stamp]) -> Bool { left.contains(Self.identity(of: stamps)) }

    public static func identity(of stamps: [TableSnapshot.Stamp]) -> String {
        stamps.map { "\($0.device):\($0.inode):\($0.size):\($0.modified)" }.joined(separator: ",")
    }

    /// The baseline that this start leaves: the old one where these are the very files that the service knew, else what was found.
    public func next(found: String, stamps: [TableSnapshot.Stamp]) -> Baseline {
        let identity = Self.identity(of: stamps)
        let isKnown = !identity.isEmpty && (identity == self.identity || left.contains(identity))
        return Baseline(hash: isKnown ? hash : found, identity: identity)
    }
}

extension Baseline {
    private static let tries = 20

    /// Enters files that a verb leaves, while no service runs over them, for the next start to recognise.
    static func enter(_ stamps: [TableSnapshot.Stamp], in store: any RevisionStore) async throws(StoreError) {
        for _ in 0..<tries {
            guard let text = try await store.baseline() else { return }
            var next = Baseline(text)
            next.leave(identity(of: stamps), insteadOf: nil)
            if try await store.setBaseline(next.text, insteadOf: text) { return }
        }
    }
}
