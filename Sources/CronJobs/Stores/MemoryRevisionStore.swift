/// Table history that lasts as long as the process: the reference for the contract.
public actor MemoryRevisionStore: RevisionStore {
    private var entries: [(revision: Revision, files: [TableFile])] = []
    private var hosts: [String: (setAt: WallTime, text: String)] = [:]
    private var deployment: String?
    private var keptSeed: TableSeed?

    private let facts: FactLog?

    /// - Parameter facts: where changes of the table are told.
    public init(facts: FactLog? = nil) { self.facts = facts }

    /// Oldest first.
    public func revisions() -> [Revision] { entries.map(\.revision) }

    /// `nil` as long as nothing was published.
    public func newestRevision() -> Revision? { entries.last?.revision }

    /// In the order in which they were given.
    public func files(of revision: Int) -> [TableFile]? { entries.first { $0.revision.number == revision }?.files }

    /// `nil` as long as nothing was published.
    public func newestNumber() -> Int? { entries.last?.revision.number }

    /// Without its files.
    public func revision(_ number: Int) -> Revision? { entries.first { $0.revision.number == number }?.revision }

    /// Unless the newest has the same hash: that one is answered then.
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
            number: number, createdAt: now, origin: origin, hash: hash, signature: terms.signer?.signature(number: number, hash: hash),
            host: terms.host, author: terms.author)
        entries.append((revision, files))
        facts?.add(.tableChanged(revision: number), at: now)
        deployment = terms.base ?? deployment
        return revision
    }

    /// In place: a revision's files are a value.
    public func note(_ attributes: [String: FileAttributes], of revision: Int) {
        guard let place = entries.firstIndex(where: { $0.revision.number == revision }) else { return }
        entries[place].files = entries[place].files.with(attributes)
    }

    /// This host's, and the newest deployment's.
    public func bases(of host: String) -> StoredBases { StoredBases(host: hosts[host]?.text, deployment: deployment) }

    /// Beyond `StoredBases.mostHosts` the host that was set longest ago is forgotten.
    public func setBase(_ text: String, of host: String, now: WallTime) {
        hosts[host] = (now, text)
        let oldest = now - StoredBases.longest
        let kept = hosts.filter { $0.value.setAt >= oldest }.sorted { $0.value.setAt > $1.value.setAt }.prefix(StoredBases.mostHosts)
        hosts = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
    }

    /// `nil` as long as none was kept.
    public func seed() -> TableSeed? { keptSeed }

    /// The first that is there stays, and is answered.
    public func offer(_ seed: TableSeed) -> TableSeed { keptSeed ?? keep(seed) }

    /// The heavier of the two stays, and is answered.
    public func keep(_ seed: TableSeed) -> TableSeed {
        if let keptSeed, keptSeed.weight >= seed.weight { return keptSeed }
        keptSeed = seed
        return seed
    }
}
