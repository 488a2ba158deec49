/// A file of the table, byte for byte.
public struct TableFile: Sendable {
    public var path: String
    public var content: [UInt8]
    /// What a file that is made anew gets. No part of what the file says: two files with the same path and bytes are equal.
    public var attributes: FileAttributes?

    public init(path: String, content: [UInt8], attributes: FileAttributes? = nil) {
        self.path = path
        self.content = content
        self.attributes = attributes
    }
}

extension TableFile: Hashable {
    /// By path and bytes; attributes are no part of what a file says.
    public static func == (a: TableFile, b: TableFile) -> Bool { a.path == b.path && a.content == b.content }

    /// Over path and bytes.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(path)
        hasher.combine(content)
    }
}

extension Sequence<TableFile> {
    /// The same files; those of some paths with other attributes.
    public func with(_ attributes: [String: FileAttributes]) -> [TableFile] {
        map { TableFile(path: $0.path, content: $0.content, attributes: attributes[$0.path] ?? $0.attributes) }
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
    /// Read from the legacy service's cache.
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
    /// The host that published it; `nil` where that is not known.
    public var host: String?
    /// Who asked for it, or whose the changed file is; `nil` where that is not known.
    public var author: String?

    public init(
        number: Int, createdAt: WallTime, origin: RevisionOrigin, hash: String, intact: Bool = true, signature: String? = nil,
        host: String? = nil, author: String? = nil
    ) {
        self.host = host
        self.author = author
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

/// The table's past: every distinct content, and what starts found in the files (the *bases*).
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

    /// Keeps these for the revision's files of these paths, which say what they said: no revision comes of it. What it does not have is passed over.
    func note(_ attributes: [String: FileAttributes], of revision: Int) async throws(StoreError)

    /// What starts found, as it was set: by services of this host, and by the newest deployment.
    func bases(of host: String) async throws(StoreError) -> StoredBases

    /// Sets what a host's services found and left. Hosts that were set longest ago are forgotten: see `StoredBases`.
    func setBase(_ text: String, of host: String, now: WallTime) async throws(StoreError)

    /// The seed of drawn times; `nil` where there is none yet, or any more.
    func seed() async throws(StoreError) -> TableSeed?

    /// Keeps this seed where there is none, and answers the one that is there: for one that nobody uses yet. Durable on return.
    func offer(_ seed: TableSeed) async throws(StoreError) -> TableSeed

    /// Keeps the heavier of this seed and the one that is there, and answers it: for one that is in use, or was asked for. Durable on return.
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
    /// Without terms: by nobody in particular, signed by nobody.
    public func append(_ files: [TableFile], hash: String, origin: RevisionOrigin, now: WallTime) async throws(StoreError) -> Revision {
        try await append(files, hash: hash, origin: origin, now: now, terms: RevisionTerms())
    }

    /// Two questions; a store that can answers both in one.
    public func standing(of number: Int) async throws(StoreError) -> RevisionStanding {
        RevisionStanding(newest: try await newestNumber(), hash: try await revision(number)?.hash)
    }
}

/// Texts about the table's files as starts found them. The store keeps them and reads none.
public struct StoredBases: Hashable, Sendable {
    /// So many hosts are remembered,
    public static let mostHosts = 128
    /// and none for longer than this after it was set last.
    public static let longest = Duration.seconds(30 * 86_400)

    /// The host's own.
    public var host: String?
    /// The newest deployment's: set with its revision (`RevisionTerms.base`).
    public var deployment: String?
    /// What the first version of this program kept: the hash of a whole table, and whose files it had.
    public var earlier: String?

    public init(host: String? = nil, deployment: String? = nil, earlier: String? = nil) {
        self.host = host
        self.deployment = deployment
        self.earlier = earlier
    }
}
