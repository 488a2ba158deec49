internal import CronExpressions
internal import CronJobs

/// What this host's services found and left, as the next start will know it.
extension TableKeeper {
    /// Enters which files hold what is in use: the very ones that a later start takes for left.
    ///
    /// - Parameter isStart: this start's bases are the host's from now on; a service that runs leaves those of the last start as they are.
    func noteLeft(isStart: Bool = false, replaced: Set<String> = []) async {
        let folders = faults.problems.filter { $0.kind == .folder && source.files.contains($0.path) }.map(\.path)
        let seen = inUse.paths.filter { !source.files.contains($0) && settled.hashes[$0] != nil }
        bases.note(deleted: Set(faults.gone + folders), seen: seen, folders: settled.folders)
        let left = ownFiles()
        guard isStart || !bases.isWritten(left) else { return }
        do throws(StoreError) {
            let stored = try await store.bases(of: sharing.host).host.flatMap { TableBase($0) }
            let now = clocks.wall
            if bases.join(stored, isStart: isStart, left: left, replaced: replaced, of: source) {
                try await store.setBase(bases.base.text, of: sharing.host, now: now)
            }
            bases.noteWritten(left, at: now)
        } catch {
            // It is tried again with the next change.
        }
    }

    /// The files that hold what is in use.
    private func ownFiles() -> [String: FileIdentity] {
        var left: [String: FileIdentity] = [:]
        for stamp in settled.stamps where inUse.paths.contains(stamp.path) && !settled.differing.contains(stamp.path) {
            left[stamp.path] = FileIdentity(inode: stamp.inode, size: stamp.size, modified: stamp.modified, changed: stamp.changed)
        }
        return left
    }

    /// A host that runs for long is not forgotten.
    func refreshBase() async {
        if bases.isOld(at: clocks.wall) { await noteLeft() }
    }

    /// What is known of the past at a start; the first version's whole-table baseline stands for the files of the revision with its hash.
    func past(_ snapshot: TableSnapshot, legacy: (path: String, usesCache: Bool)?) async throws(StoreError) -> StartMerge.Past {
        let stored = try await store.bases(of: sharing.host)
        var past = StartMerge.Past(host: stored.host.flatMap { TableBase($0) }, deployment: stored.deployment.flatMap { TableBase($0) })
        if past.host == nil, past.deployment == nil, let earlier = stored.earlier {
            past = try await Self.past(EarlierBaseline(earlier), snapshot, trust)
        }
        bases.deployment = past.deployment?.text
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
