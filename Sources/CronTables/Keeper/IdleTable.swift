public import CronJobs
internal import CronExpressions

/// A table that no service has in use: what the verbs make of the store and the files, by the same machine and with the same hands as a service.
///
/// Nothing is compiled here, because nothing is scheduled; the next start decides about the files as it finds them, and recognises those that
/// were written here as left.
///
/// ```swift
/// let table = IdleTable(source: .systemDefault, store: store, sharing: TableSharing(host: "web-1"), clocks: clocks)
/// if case .done(let number, let unwritten) = try await table.restore(3, author: "uid 0") { … }
/// ```
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
        return files.map { ListedFile($0, of: newest.number, beside: snapshot, source) }
    }

    /// Makes an older revision the newest, and writes it into the files. Whoever asks vouches for it.
    public func restore(_ number: Int, author: String?) async throws(TableRefusal) -> Restoring {
        let compiler = TableCompiler(source: source, zone: .utc, zones: .system, host: sharing.host)
        let situation = TableSituation(source: source, sharing: sharing, strict: false, isServed: false, compiler: compiler)
        let keeper = TableKeeper(
            situation, store: store, legacy: nil, admission: nil, clocks: clocks, observer: Silence(), ownZone: { nil })
        switch try await keeper.restore(number, author: author) {
        case .noRevision: return .noRevision
        case .otherFiles(let paths): return .otherFiles(paths)
        case .isCurrent: return .isCurrent
        case .done(let table): return .done(number: table.revision?.number ?? number, unwritten: table.unwritten)
        }
    }
}
