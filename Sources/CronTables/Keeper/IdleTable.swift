public import CronJobs

// The table while no service runs over it: what the verbs make of the store and the files, by the same rules and with the same hands as a
// service. Nothing is compiled here, because nothing is scheduled; the next start decides about the files as it finds them, and recognises those
// that were written here as left.

/// A table that no service has in use.
public struct IdleTable: Sendable {
    /// What became of a wish to restore a revision.
    public enum Restoring: Sendable {
        case noRevision
        /// The revision names files that are none of this table's: nothing was changed.
        case otherFiles([String])
        /// It is the newest, and the files hold it.
        case isCurrent
        case done(number: Int, unwritten: [UnwrittenFile])
    }

    private struct Silence: TableObserver {
        func observe(_ event: TableEvent) {}
    }

    private let source: TableSource
    private let store: any RevisionStore
    private let sharing: TableSharing
    private let clocks: any Clocks

    public init(source: TableSource, store: any RevisionStore, sharing: TableSharing, clocks: any Clocks) {
        self.source = source
        self.store = store
        self.sharing = sharing
        self.clocks = clocks
    }

    /// The newest revision's files beside what stands there.
    public func files() async throws(StoreError) -> [ListedFile] {
        guard let newest = try await store.newestRevision(), let files = try await store.files(of: newest.number) else { return [] }
        let snapshot = TableReader.read(source)
        return files.map { file in
            let there = snapshot.files.first { $0.path == file.path }
            let problem = snapshot.problems.first { $0.path == file.path }
            let use: FileUse = problem != nil ? .refused : there == nil ? .gone : there == file ? .asFound : .changed
            return ListedFile(file, there?.attributes, revision: newest.number, use: use, reason: problem?.message)
        }
    }

    /// Makes an older revision the newest, and writes it into the files. Whoever asks vouches for it.
    public func restore(_ number: Int, author: String?) async throws(StoreError) -> Restoring {
        guard let files = try await store.files(of: number) else { return .noRevision }
        let others = files.map(\.path).filter { !source.holds($0) }
        guard others.isEmpty else { return .otherFiles(others) }
        let snapshot = TableReader.read(source)
        if try await store.newestNumber() == number, source.ordered(snapshot.files) == source.ordered(files) { return .isCurrent }
        let terms = RevisionTerms(signer: sharing.seal, host: sharing.host, author: author)
        let revision = try await store.append(
            files, hash: TableHash.hash(files), origin: .restored, now: clocks.wall, terms: terms)
        let outcome = TablePlacing(source: source, observer: Silence()).place(files, over: snapshot, revision: revision.number)
        try await enter(TableReader.read(source))
        return .done(number: revision.number, unwritten: outcome.unwritten)
    }

    /// Enters the files as left, for the next start to recognise.
    private func enter(_ snapshot: TableSnapshot) async throws(StoreError) {
        guard let text = try await store.bases(of: sharing.host).host, var base = TableBase(text) else { return }
        for file in snapshot.files {
            if let identity = snapshot.identity(of: file.path) { base.leave(file.path, identity, insteadOf: nil) }
        }
        try await store.setBase(base.text, of: sharing.host, now: clocks.wall)
    }
}
