// tidy: helper
import CronJobs

/// A memory store that a test can put back to an earlier time, and in which another service may be faster.
actor ForgetfulStore: RevisionStore {
    private var inner = MemoryRevisionStore()
    private var meanwhile: (@Sendable (MemoryRevisionStore) async throws -> Void)?
    private(set) var appended = 0
    private var failures = 0
    private var earlier: String?

    /// Loses all revisions after `number`; with the first, everything.
    func forget(after number: Int) async {
        let older = inner
        inner = MemoryRevisionStore()
        for revision in await older.revisions() where revision.number <= number {
            let terms = RevisionTerms(seen: revision.number - 1, signer: Signed(signature: revision.signature))
            _ = try? await inner.append(
                await older.files(of: revision.number) ?? [], hash: revision.hash, origin: revision.origin, now: revision.createdAt,
                terms: terms)
        }
        guard number > 0, let newest = await inner.newestRevision(), let base = await older.bases(of: "").deployment else { return }
        _ = try? await inner.append([], hash: newest.hash, origin: newest.origin, now: newest.createdAt, terms: RevisionTerms(base: base))
    }

    /// What happens right before the next append.
    func before(_ meanwhile: @escaping @Sendable (MemoryRevisionStore) async throws -> Void) { self.meanwhile = meanwhile }

    /// So many writes fail.
    func refuse(next count: Int) { failures = count }

    func revisions() async -> [Revision] { await inner.revisions() }
    func newestRevision() async -> Revision? { await inner.newestRevision() }
    func newestNumber() async -> Int? { await inner.newestNumber() }
    func revision(_ number: Int) async -> Revision? { await inner.revision(number) }
    func files(of revision: Int) async -> [TableFile]? { await inner.files(of: revision) }
    func note(_ attributes: [String: FileAttributes], of revision: Int) async throws(StoreError) {
        if failures > 0 {
            failures -= 1
            throw StoreError(.unavailable, "the volume is away")
        }
        await inner.note(attributes, of: revision)
    }
    func bases(of host: String) async -> StoredBases {
        var bases = await inner.bases(of: host)
        bases.earlier = earlier
        return bases
    }
    func setBase(_ text: String, of host: String, now: WallTime) async { await inner.setBase(text, of: host, now: now) }
    /// As the first version of the program left it.
    func setEarlier(_ text: String) { earlier = text }

    func seed() async -> TableSeed? { await inner.seed() }
    func offer(_ seed: TableSeed) async -> TableSeed { await inner.offer(seed) }
    func keep(_ seed: TableSeed) async -> TableSeed { await inner.keep(seed) }

    func append(
        _ files: [TableFile], hash: String, origin: RevisionOrigin, now: WallTime, terms: RevisionTerms
    ) async throws(StoreError) -> Revision {
        if let meanwhile {
            self.meanwhile = nil
            try? await meanwhile(inner)
        }
        appended += 1
        if failures > 0 {
            failures -= 1
            throw StoreError(.unavailable, "the volume is away")
        }
        return try await inner.append(files, hash: hash, origin: origin, now: now, terms: terms)
    }

    private struct Signed: RevisionSigner {
        var signature: String?
        func signature(number: Int, hash: String) -> String { signature ?? "" }
        func accepts(_ revision: Revision) -> Bool { false }
    }
}
