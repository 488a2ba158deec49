internal import CronExpressions
internal import CronJobs

// Following: a newer revision that somebody else published under this name is applied as `crond table restore` would, but published by nobody.
//
// An edit of this table's own comes first: as long as the files hold something that is no revision yet, nothing is written over it. All between
// the look at the files and the note of what was written happens without a pause, so no other look comes in between.

extension TableKeeper {
    /// Asks the store for a newer revision and applies it, where this service follows; gives a store back what it lost.
    public func follow() async -> Check {
        guard sharing.isShared, let standing = try? await store.standing(of: greatestRevision) else { return .unchanged }
        let newest = standing.newest ?? 0, isLost = held != nil && standing.hash != held?.revision.hash
        if isLost { baseWritten = nil } else { following.lostAt = nil }
        // A store that has lost revisions may count anew.
        if isLost, newest < following.lookedAt { following.lookedAt = 0 }
        let decision = FollowDecision.decide(
            standing, inUse: greatestRevision, hash: held?.revision.hash, lookedAt: following.lookedAt, lostAt: following.lostAt)
        if !sharing.follows { following.newestSeen = max(following.newestSeen, newest) }
        switch decision {
        case .stay: return .unchanged
        case .putBack: await putBack(after: newest)
        case .look where sharing.follows || isLost: return await look(newest: newest, isLost)
        case .look: break
        }
        return .unchanged
    }

    /// Looks at the newest revision that may be used. What fails here is tried again the next time; that the store fails is said by who needs it.
    private func look(newest: Int, _ isLost: Bool) async -> Check {
        guard let found = try? await trust.newest() else { return .unchanged }
        report(found.refused)
        guard let revision = found.revision, revision.number > greatestRevision else {
            return await passOver(newest, found.number, isLost)
        }
        guard let verdict = try? await trust.judge(revision) else { return .unchanged }
        switch verdict {
        case .usable(let files):
            if isLost { following.lostAt = newest }
            if let held, revision.hash == held.revision.hash {
                // The same content under another number: nothing changes here.
                use(revision, held.files)
                following.lookedAt = max(following.lookedAt, newest)
                await noteLeft()
                return .unchanged
            }
            if isLost { await noteLeft() }
            guard sharing.follows, canFollow() else {
                following.newestSeen = max(following.newestSeen, newest)
                return .unchanged
            }
            return await apply(revision, files, lookedAt: newest)
        case .refused(let why):
            report([(revision.number, why)])
            return await passOver(newest, found.number, isLost)
        }
    }

    /// What may not be used does not stand for what was lost.
    private func passOver(_ newest: Int, _ number: Int, _ isLost: Bool) async -> Check {
        following.lookedAt = max(following.lookedAt, newest)
        if isLost { await putBack(after: number) }
        return .unchanged
    }

    /// A table that the service cannot write belongs to whoever deploys it.
    private func canFollow() -> Bool {
        guard let path = source.files.first(where: TableWriter.isReadOnly) else { return true }
        if isNew("not followed: \(path)") { say(.notFollowed(readOnly: path)) }
        return false
    }

    private func apply(_ revision: Revision, _ files: [TableFile], lookedAt newest: Int) async -> Check {
        var compiled = compiled(files)
        guard isUsable(compiled) else {
            following.lookedAt = max(following.lookedAt, newest)
            for (path, reason) in unusable(compiled) { refuse(path, reason, compiled, hasOther: true) }
            return .unchanged
        }
        let badLines = compiled.faults.count
        if !compiled.faults.isEmpty { await fillLastGood(&compiled, files: files, before: (appliedRevision ?? 0) + 1) }
        guard revision.number > greatestRevision else { return .unchanged }
        let snapshot = TableReader.read(source)
        if let wait = ownEdit(snapshot, wanted: files) { return wait }
        report(compiled)
        let previous = appliedRevision
        let unwritten = place(files, over: snapshot, revision: revision.number, sparing: Set(faults.refused.map(\.path)))
        noteWritten(revision, files, unwritten)
        faults.badLines = badLines
        following.lookedAt = max(following.lookedAt, newest)
        say(.followed(revision: revision.number, previous: previous))
        legacy?.forget()
        let now = clocks.wall.instant
        var table = LoadedTable(compiled: compiled, revision: revision, since: min(now, revision.createdAt.instant), unwritten: unwritten)
        if let lastCheck { table.since = min(now, max(table.since, lastCheck.instant)) }
        lastCheck = clocks.wall
        await noteLeft()
        return .changed(table)
    }

    /// An edit that was not looked at yet comes first.
    private func ownEdit(_ snapshot: TableSnapshot, wanted: [TableFile]) -> Check? {
        let look = look(at: snapshot), wanted = SettledFiles(wanted, hash: hash)
        return look.changed.contains { look.there.hashes[$0] != wanted.hashes[$0] } ? .unsettled(.zero) : nil
    }
}
