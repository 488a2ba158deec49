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

/// One content of the table. Numbers start at 1 and grow; nothing is ever taken away.
public struct Revision: Hashable, Sendable {
    public var number: Int
    public var createdAt: WallTime
    public var origin: RevisionOrigin
    /// Hash over all files with their paths, lower-case hexadecimal; the caller computes it, the store compares and keeps it.
    public var hash: String
    /// A checksum of the stored bytes failed when this is false: show it, never apply it.
    public var intact: Bool
    /// What its publisher vouched for it with, if he did; the store keeps it and never judges it.
    public var signature: String?

    public init(number: Int, createdAt: WallTime, origin: RevisionOrigin, hash: String, intact: Bool = true, signature: String? = nil) {
        self.number = number
        self.createdAt = createdAt
        self.origin = origin
        self.hash = hash
        self.intact = intact
        self.signature = signature
    }
}

/// Vouches for revisions. Asked by the store, because only that knows a new revision's number.
public protocol RevisionSigner: Sendable {
    func signature(number: Int, hash: String) -> String

    /// Whether the revision's signature is ours, for its number and hash.
    func accepts(_ revision: Revision) -> Bool
}

/// The table's past: every distinct content, and what the files held at the last start (the *baseline*).
public protocol RevisionStore: Sendable {
    /// All revisions, oldest first, without their contents.
    func revisions() async throws(StoreError) -> [Revision]

    func newestRevision() async throws(StoreError) -> Revision?

    /// The number of the newest revision, asked for every few seconds: so it should cost little.
    func newestNumber() async throws(StoreError) -> Int?

    /// How the store stands to a revision that the caller knows of; asked every few seconds, too.
    func standing(of number: Int) async throws(StoreError) -> RevisionStanding

    func revision(_ number: Int) async throws(StoreError) -> Revision?

    /// The files of a revision, in the order they were given; `nil` for an unknown number.
    func files(of revision: Int) async throws(StoreError) -> [TableFile]?

    /// Appends a revision unless the newest has the same hash, in which case that one is answered. Equal bytes are stored once.
    /// Durable on return.
    func append(
        _ files: [TableFile], hash: String, origin: RevisionOrigin, now: WallTime, terms: RevisionTerms
    ) async throws(StoreError) -> Revision

    /// What the files held at the last start, as it was set.
    func baseline() async throws(StoreError) -> String?

    func setBaseline(_ text: String) async throws(StoreError)

    /// Sets it if it still is `earlier`; `false`, and nothing is changed, where somebody else set it meanwhile.
    func setBaseline(_ text: String, insteadOf earlier: String?) async throws(StoreError) -> Bool

    /// The seed of drawn times; `nil` where there is none yet, or any more.
    func seed() async throws(StoreError) -> TableSeed?

    /// Keeps the heavier of this seed and the one that is there, and answers it. Durable on return.
    func keep(_ seed: TableSeed) async throws(StoreError) -> TableSeed
}

/// What a store holds where somebody knows of a revision.
public struct RevisionStanding: Hashable, Sendable {
    /// The newest number; `nil` where there is no revision at all.
    public var newest: Int?
    /// Hash of the revision of the number that was asked about; `nil` where there is none.
    public var hash: String?

    public init(newest: Int?, hash: String?) {
        self.newest = newest
        self.hash = hash
    }
}

extension RevisionStore {
    public func append(_ files: [TableFile], hash: String, origin: RevisionOrigin, now: WallTime) async throws(StoreError) -> Revision {
        try await append(files, hash: hash, origin: origin, now: now, terms: RevisionTerms())
    }

    public func standing(of number: Int) async throws(StoreError) -> RevisionStanding {
        RevisionStanding(newest: try await newestNumber(), hash: try await revision(number)?.hash)
    }
}
