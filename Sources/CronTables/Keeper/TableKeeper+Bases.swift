internal import CronExpressions
public import CronJobs

// What this host's services found and left, as the next start will know it. Written with each change that was applied; what fails here costs
// nothing now, and is tried again with the next.

extension TableKeeper {
    private static let age = Duration.seconds(86_400)

    /// Enters which files hold what is in use: the very ones that a later start takes for left.
    ///
    /// - Parameter isStart: this start's bases are the host's from now on; a service that runs leaves those of the last start as they are.
    func noteLeft(isStart: Bool = false, replaced: Set<String> = []) async {
        noteDeleted()
        base.seen = usedPaths.filter { !source.files.contains($0) && settled.hashes[$0] != nil }
        base.folders = folders
        let left = ownFiles()
        guard isStart || baseWritten == nil || left != entered || base != baseSeen else { return }
        try? await writeBase(left, isStart: isStart, replaced: replaced)
    }

    /// The files that hold what is in use.
    private func ownFiles() -> [String: FileIdentity] {
        var left: [String: FileIdentity] = [:]
        for stamp in appliedStamps where usedPaths.contains(stamp.path) && !settled.differing.contains(stamp.path) {
            left[stamp.path] = FileIdentity(inode: stamp.inode, size: stamp.size, modified: stamp.modified, changed: stamp.changed)
        }
        return left
    }

    /// A named file that is deleted while a service runs has no base, until it is back.
    private func noteDeleted() {
        let folders = faults.problems.filter { $0.kind == .folder && source.files.contains($0.path) }.map(\.path)
        let deleted = Set(faults.gone + folders)
        base.unknown.subtract(knownDeleted.subtracting(deleted))
        knownDeleted.formUnion(deleted.subtracting(base.unknown))
        base.unknown.formUnion(deleted)
    }

    /// A host that runs for long is not forgotten.
    func refreshBase() async {
        guard let baseWritten, clocks.wall - baseWritten > Self.age else { return }
        self.baseWritten = nil
        await noteLeft()
    }

    /// Made to what is there: other containers may share the host's name.
    private func writeBase(_ left: [String: FileIdentity], isStart: Bool, replaced: Set<String>) async throws(StoreError) {
        let stored = try await store.bases(of: sharing.host).host.flatMap { TableBase($0) }
        if !isStart, let stored {
            base.files = stored.files
            base.unknown = stored.unknown.subtracting(knownDeleted).union(base.unknown.intersection(knownDeleted))
        }
        base.left = (stored?.left ?? [:]).filter { !replaced.contains($0.key) }
        for (path, identity) in left { base.leave(path, identity, insteadOf: entered[path]) }
        base.left = base.left.filter { source.holds($0.key) }
        let now = clocks.wall
        if base != stored || baseWritten == nil { try await store.setBase(base.text, of: sharing.host, now: now) }
        (baseWritten, baseSeen, entered) = (now, base, left)
    }

    /// What is known of the past at a start; the first version's whole-table baseline stands for the files of the revision with its hash.
    func past(_ snapshot: TableSnapshot, legacy: (path: String, usesCache: Bool)?) async throws(StoreError) -> StartMerge.Past {
        let stored = try await store.bases(of: sharing.host)
        var past = StartMerge.Past(host: stored.host.flatMap { TableBase($0) }, deployment: stored.deployment.flatMap { TableBase($0) })
        if past.host == nil, past.deployment == nil, let earlier = stored.earlier {
            past = try await Self.past(EarlierBaseline(earlier), snapshot, trust)
        }
        deploymentBase = past.deployment?.text
        past.folders = snapshot.folders
        past.fixedFolders = Set(source.dropInFolders.filter { TableWriter.isFixed(folder: $0) })
        if past.host == nil, past.deployment == nil { past.legacy = legacy }
        return past
    }

    private static func past(
        _ earlier: EarlierBaseline, _ snapshot: TableSnapshot, _ trust: RevisionTrust
    ) async throws(StoreError) -> StartMerge.Past {
        guard let revision = try await trust.store.revisions().last(where: { $0.hash == earlier.hash }),
            let files = try await trust.files(of: revision.number)
        else { return StartMerge.Past() }
        var base = TableBase()
        for file in files { base.setBase(.known(NewestFile(file).text), of: PathText.normal(file.path)) }
        var past = StartMerge.Past(deployment: base)
        if earlier.isLeft(snapshot.stamps) {
            for file in snapshot.files { base.left[file.path] = snapshot.identity(of: file.path).map { [$0] } }
            past.host = base
        }
        return past
    }
}

extension NewestFile {
    init(_ file: TableFile) { self.init(file, hash: file.content.isEmpty ? "" : TableHash.hash(content: file.content)) }
}

extension TableBase {
    /// Enters files that a verb leaves, while no service runs over them, for the next start to recognise.
    public static func enter(
        _ snapshot: TableSnapshot, of host: String, in store: any RevisionStore, now: WallTime
    ) async throws(StoreError) {
        guard let text = try await store.bases(of: host).host, var base = TableBase(text) else { return }
        for file in snapshot.files {
            if let identity = snapshot.identity(of: file.path) { base.leave(file.path, identity, insteadOf: nil) }
        }
        try await store.setBase(base.text, of: host, now: now)
    }
}
