/// Table history that lasts as long as the process: the reference for the contract.
public actor MemoryRevisionStore: RevisionStore {
    private var entries: [(revision: Revision, files: [TableFile])] = []
    private var baselineHash: String?

    public init() {}

    public func revisions() -> [Revision] { entries.map(\.revision) }

    public func newestRevision() -> Revision? { entries.last?.revision }

    public func files(of revision: Int) -> [TableFile]? { entries.first { $0.revision.number == revision }?.files }

    public func append(_ files: [TableFile], hash: String, origin: RevisionOrigin, now: WallTime) -> Revision {
        if let newest = entries.last?.revision, newest.hash == hash { return newest }
        let revision = Revision(number: entries.count + 1, createdAt: now, origin: origin, hash: hash)
        entries.append((revision, files))
        return revision
    }

    public func baseline() -> String? { baselineHash }

    public func setBaseline(_ hash: String) { baselineHash = hash }
}
