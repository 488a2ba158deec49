/// Table history that lasts as long as the process: the reference for the contract.
public actor MemoryRevisionStore: RevisionStore {
    private var entries: [(revision: Revision, files: [TableFile])] = []
    private var baselineText: String?
    private var keptSeed: TableSeed?

    public init() {}

    public func revisions() -> [Revision] { entries.map(\.revision) }

    public func newestRevision() -> Revision? { entries.last?.revision }

    public func files(of revision: Int) -> [TableFile]? { entries.first { $0.revision.number == revision }?.files }

    public func newestNumber() -> Int? { entries.last?.revision.number }

    public func revision(_ number: Int) -> Revision? { entries.first { $0.revision.number == number }?.revision }

    public func append(
        _ files: [TableFile], hash: String, origin: RevisionOrigin, now: WallTime, terms: RevisionTerms
    ) throws(StoreError) -> Revision {
        let newest = entries.last?.revision
        try terms.check(newest: newest?.number)
        if let newest, terms.isMet(by: newest, hash: hash) { return newest }
        guard let number = terms.number(after: newest?.number) else {
            throw StoreError(.corrupt, "the revision number cannot grow any more")
        }
        let revision = Revision(
            number: number, createdAt: now, origin: origin, hash: hash, signature: terms.signer?.signature(number: number, hash: hash))
        entries.append((revision, files))
        baselineText = terms.baseline(over: baselineText) ?? baselineText
        return revision
    }

    public func baseline() -> String? { baselineText }

    public func setBaseline(_ text: String) { baselineText = text }

    public func setBaseline(_ text: String, insteadOf earlier: String?) -> Bool {
        guard baselineText == earlier else { return false }
        baselineText = text
        return true
    }

    public func seed() -> TableSeed? { keptSeed }

    public func keep(_ seed: TableSeed) -> TableSeed {
        if let keptSeed, keptSeed.weight >= seed.weight { return keptSeed }
        keptSeed = seed
        return seed
    }
}
