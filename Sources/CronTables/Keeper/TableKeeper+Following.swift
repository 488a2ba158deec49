internal import CronExpressions
internal import CronJobs

// Following: a newer revision that somebody else published under this name is applied as `crond table restore` would, but published by nobody.
//
// An edit of this table's own comes first: as long as the files hold something that is no revision yet, nothing is written over it. All between
// the look at the files and the note of what was written happens without a pause, so no other look comes in between.
//
// A store that was emptied, or set back to an earlier state, does not have what its services run. Whoever runs the newest revision publishes it
// again, once: it is appended after the very revision that was seen there, and the others find it and take its number.

extension TableKeeper {
    /// Asks the store for a newer revision and applies it, where this service follows; gives a store back what it lost.
    public func follow() async -> Check {
        guard sharing.isShared, let standing = try? await store.standing(of: following.greatest) else { return .unchanged }
        let newest = standing.newest ?? 0, hash = inUse.files.map { _ in inUse.hash }, isLost = hash != nil && standing.hash != hash
        if isLost { bases.forgetWritten() }
        following.meet(newest, isLost: isLost)
        let decision = FollowDecision.decide(
            standing, inUse: following.greatest, hash: hash, lookedAt: following.lookedAt, lostAt: following.lostAt)
        if !sharing.follows { following.passBy(newest) }
        switch decision {
        case .stay: break
        case .putBack: await putBack(after: newest)
        case .look: if sharing.follows || isLost { return await look(newest: newest, isLost) }
        }
        return .unchanged
    }

    /// Looks at the newest revision that may be used. What fails here is tried again the next time; that the store fails is said by who needs it.
    private func look(newest: Int, _ isLost: Bool) async -> Check {
        guard let found = try? await trust.newest() else { return .unchanged }
        report(found.refused)
        guard let revision = found.revision, revision.number > following.greatest else {
            return await passOver(newest, found.number, isLost)
        }
        guard let verdict = try? await trust.judge(revision) else { return .unchanged }
        switch verdict {
        case .usable(let files):
            if isLost { following.stand(at: newest) }
            if inUse.files != nil, revision.hash == inUse.hash {
                // The same content under another number: nothing changes here.
                take(revision)
                following.look(at: newest)
                await noteLeft()
                return .unchanged
            }
            if isLost { await noteLeft() }
            guard sharing.follows, canFollow() else {
                following.passBy(newest)
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
        following.look(at: newest)
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
        let compiled = compiled(files)
        guard isUsable(compiled) else {
            following.look(at: newest)
            for (path, reason) in unusable(compiled) { refuse(path, reason, compiled, hasOther: true) }
            return .unchanged
        }
        let since = max(revision.createdAt.instant, lastCheck?.instant ?? revision.createdAt.instant)
        guard var table = try? await load(files, compiled, since: min(clocks.wall.instant, since), after: inUse.number ?? 0),
            revision.number > following.greatest
        else { return .unchanged }
        table.revision = revision
        let snapshot = TableReader.read(source)
        if let wait = ownEdit(snapshot, wanted: files) { return wait }
        report(compiled)
        let previous = inUse.number
        put(&table, files, hash: revision.hash, over: snapshot, sparing: Set(faults.refused.map(\.path)))
        following.look(at: newest)
        say(.followed(revision: revision.number, previous: previous))
        legacy?.forget()
        lastCheck = clocks.wall
        await noteLeft()
        return .changed(table)
    }

    /// An edit that was not looked at yet comes first.
    private func ownEdit(_ snapshot: TableSnapshot, wanted: [TableFile]) -> Check? {
        let look = look(at: snapshot), wanted = SettledFiles(wanted, hash: hash)
        return look.changed.contains { look.there.hashes[$0] != wanted.hashes[$0] } ? .unsettled(.zero) : nil
    }

    // MARK: Putting back

    private func putBack(after newest: Int) async {
        guard let files = inUse.files, let lost = inUse.revision, lost.number == following.greatest, following.putsBack() else { return }
        do throws(StoreError) {
            let revision = try await publish(
                files, hash: lost.hash, origin: .restored, after: newest, base: bases.deployment ?? bases.base.text)
            // The store has lost this host's, too.
            bases.forgetWritten()
            // An edit or another's revision may have come in between.
            if inUse.revision == lost { take(revision) }
            say(.publishedAgain(revision: revision.number, lost: lost.number, found: newest))
            await noteLeft()
            legacy?.forget()
            await legacy?.write(files)
        } catch {
            // Somebody else was faster, or the store fails: looked at again the next time.
            if error.code != .overtaken, isNew("not published again: \(error.message)") { say(.notPublishedAgain(reason: error.message)) }
        }
    }
}
