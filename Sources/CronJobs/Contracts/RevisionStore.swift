/// A file of the table, byte for byte.
public struct TableFile: Hashable, Sendable {
    public var path: String
    public var content: [UInt8]

    public init(path: String, content: [UInt8]) {
        self.path = path
        self.content = content
    }
}

/// Where a content of the table came from.
public enum RevisionOrigin: String, Sendable, CaseIterable {
    /// Found in the files at a start, put there by whoever built or deployed the container.
    case deployed
    /// Changed while the service was running.
    case edited
    /// Brought back by `crond table restore`.
    case restored
    /// Read from the original service's cache.
    case imported
}

/// One content of the table. Numbers start at 1 and grow by one; nothing is ever taken away.
public struct Revision: Hashable, Sendable {
    public var number: Int
    public var createdAt: WallTime
    public var origin: RevisionOrigin
    /// Hash over all files with their paths, lower-case hexadecimal; the caller computes it, the store compares and keeps it.
    public var hash: String
    /// A checksum of the stored bytes failed when this is false: show it, never apply it.
    public var intact: Bool

    public init(number: Int, createdAt: WallTime, origin: RevisionOrigin, hash: String, intact: Bool = true) {
        self.number = number
        self.createdAt = createdAt
        self.origin = origin
        self.hash = hash
        self.intact = intact
    }
}

/// The table's past: every distinct content, and what the files held at the last start (the *baseline*).
public protocol RevisionStore: Sendable {
    /// All revisions, oldest first, without their contents.
    func revisions() async throws(StoreError) -> [Revision]

    func newestRevision() async throws(StoreError) -> Revision?

    /// The files of a revision, in the order they were given; `nil` for an unknown number.
    func files(of revision: Int) async throws(StoreError) -> [TableFile]?

    /// Appends a revision unless the newest has the same hash, in which case that one is answered. Equal bytes are stored once.
    /// Durable on return.
    func append(_ files: [TableFile], hash: String, origin: RevisionOrigin, now: WallTime) async throws(StoreError) -> Revision

    /// Hash of what the files held at the last start.
    func baseline() async throws(StoreError) -> String?

    func setBaseline(_ hash: String) async throws(StoreError)
}
