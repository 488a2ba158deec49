/// Table history that lasts as long as the process: the reference for the contract.
public actor MemoryRevisionStore: RevisionStore {
    private var entries: [(revision: Revision, files: [TableFile])] = []
    private var baselineHash: String?

    public init() {}

    public func revisions() -> [Revision] { entries.map(\.revision) }

    public func newestRevision() -> Revision? { entries.last?.revision }

    public func files(of revision: Int) -> [TableFile]? { entries.first { $0.revision.number == revision }?.files }

    public func newestNumber() -> Int? { entries.last?.revision.number }

    public func revision(_ number: Int) -> Revision? { entries.first { $0.revision.number == number }?.revision }

    public func append(
        _ files: [TableFile], hash: String, origin: RevisionOrigin, now: WallTime, seen: Int, signer: (any RevisionSigner)?
    ) throws(StoreError) -> Revision {
        if let newest = entries.last?.revision, newest.isSame(as: hash, seen: seen, signer: signer) { return newest }
        guard let number = Revision.number(after: entries.last?.revision.number ?? 0, seen: seen) else {
            throw StoreError(.corrupt, "the revision number cannot grow any more")
        }
        let revision = Revision(
            number: number, createdAt: now, origin: origin, hash: hash, signature: signer?.signature(number: number, hash: hash))
        entries.append((revision, files))
        return revision
    }

    public func baseline() -> String? { baselineHash }

    public func setBaseline(_ hash: String) { baselineHash = hash }
}
