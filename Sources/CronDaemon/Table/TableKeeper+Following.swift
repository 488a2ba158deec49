internal import CronExpressions
internal import CronJobs

// Following: a newer revision that somebody else published under this name is applied as `crond table restore` would, but published by nobody.
//
// An edit of this table's own comes first: as long as the files hold something that is no revision yet, nothing is written over it. All between
// the look at the files and the note of what was written happens without a pause, so no other look comes in between.

extension TableKeeper {
    /// Asks the store for a newer revision and applies it.
    public func follow() async -> Check {
        guard sharing.follows, canFollow(), let newest = try? await store.newestNumber() else { return .unchanged }
        switch FollowDecision.decide(newest: newest, inUse: greatestRevision, lookedAt: lookedAt) {
        case .stay: return .unchanged
        case .older:
            complain(
                "the store's newest revision is older than the one in use: it is not followed",
                "revision \(newest), in use \(greatestRevision): the store has lost revisions, or an old one is played back")
            return .unchanged
        case .look: break
        }
        // What fails here is tried again the next time; that the store fails is said by who needs it.
        guard let found = try? await trust.newest() else { return .unchanged }
        report(found.refused)
        guard let revision = found.revision, revision.number > greatestRevision else {
            lookedAt = max(lookedAt, newest)
            return .unchanged
        }
        guard let verdict = try? await trust.judge(revision) else { return .unchanged }
        switch verdict {
        case .usable(let files): return await apply(revision, files, lookedAt: newest)
        case .refused(let why):
            report([(revision.number, why)])
            lookedAt = max(lookedAt, newest)
            return .unchanged
        }
    }

    /// A table that the service cannot write belongs to whoever deploys it.
    private func canFollow() -> Bool {
        guard let path = source.files.first(where: TableWriter.isReadOnly) else { return true }
        complain("newer revisions of others are not followed: the table is read-only, so its file decides", path)
        return false
    }

    private func apply(_ revision: Revision, _ files: [TableFile], lookedAt newest: Int) async -> Check {
        var compiled = compiler.compile(files)
        guard isUsable(compiled) else {
            lookedAt = max(lookedAt, newest)
            refuse(compiled)
            return .unchanged
        }
        if !compiled.faults.isEmpty { await fillLastGood(&compiled, files: files, before: (appliedRevision ?? 0) + 1) }
        guard revision.number > greatestRevision else { return .unchanged }
        let snapshot = TableReader.read(source)
        if let wait = ownEdit(snapshot, wanted: revision.hash) { return wait }
        report(compiled)
        let previous = appliedRevision
        let unwritten = place(files, over: snapshot, revision: revision.number)
        noteFollowed(revision, files, unwritten)
        lookedAt = max(lookedAt, newest)
        log.info(
            "follows a newer revision", .number("revision", Int64(revision.number)),
            .text("bring_back", previous.map { "crond table restore \($0)" } ?? "-"))
        original?.forget()
        let now = clocks.wall.instant
        var table = LoadedTable(compiled: compiled, revision: revision, since: min(now, revision.createdAt.instant), unwritten: unwritten)
        if let lastCheck { table.since = min(now, max(table.since, lastCheck.instant)) }
        lastCheck = clocks.wall
        await noteIdentity()
        return .changed(table)
    }

    /// What to do first where the files hold something that is not in use: an edit, or what was refused.
    private func ownEdit(_ snapshot: TableSnapshot, wanted: String) -> Check? {
        let hash = TableHash.hash(snapshot.files)
        let isGone = snapshot.absent.contains { path in appliedStamps.contains { $0.path == path } }
        guard hash != applied, hash != wanted, !isGone else { return nil }
        guard snapshot.stamps != appliedStamps else {
            complain(
                "newer revisions of others are not followed while the table's files hold another content than what is in use",
                "it may be refused")
            return .unchanged
        }
        return .unsettled(.zero)
    }

    /// Writes the revision's files and takes away drop-in files that it does not have; they are in the revision before it.
    private func place(_ files: [TableFile], over snapshot: TableSnapshot, revision: Int) -> [UnwrittenFile] {
        var unwritten = writeFiles(files, over: snapshot, revision: revision)
        let wanted = Set(files.map(\.path))
        for file in snapshot.files where !wanted.contains(file.path) {
            if source.files.contains(file.path) {
                unwritten.append(UnwrittenFile(path: file.path, reason: "the revision does not have it"))
            } else if let failure = TableWriter.remove(file.path) {
                unwritten.append(UnwrittenFile(path: file.path, reason: failure))
                log.warning("a drop-in file that the revision does not have stays", .text("path", file.path), .text("reason", failure))
            } else {
                log.info(
                    "removed a drop-in file that the revision does not have", .text("path", file.path), .number("revision", Int64(revision))
                )
            }
        }
        return unwritten
    }

    private func noteFollowed(_ revision: Revision, _ files: [TableFile], _ unwritten: [UnwrittenFile]) {
        let written = TableReader.read(source)
        appliedRevision = revision.number
        greatestRevision = revision.number
        // What the files hold now is what later looks compare with, also where they are named in another order or one could not be written.
        // Else what differs is an edit of this very moment.
        let isSettled = !unwritten.isEmpty || Set(written.files) == Set(files)
        applied = isSettled ? TableHash.hash(written.files) : revision.hash
        appliedStamps = isSettled ? written.stamps : []
        appliedEmpty = written.isEmpty
        emptySince = nil
        writerSince = nil
        zonesChanged = false
    }
}
