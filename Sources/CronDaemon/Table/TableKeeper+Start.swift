internal import CronExpressions
internal import CronJobs
internal import Crontabs

// The start: which content applies, and who is told.
//
// On a shared store others start, too. What is published is published after the very revision by which it was decided; where somebody was
// faster, all is decided again with his revision as the newest.

extension TableKeeper {
    private static let tries = 20

    /// What was found in the files.
    private struct Found {
        var snapshot: TableSnapshot
        var hash: String
        var compiled: CompiledTable
        var isUsable: Bool
    }

    func startInTurn(_ policy: StartPolicy) async throws -> LoadedTable {
        let snapshot = TableReader.read(source)
        note(snapshot)
        let compiled = compiler.compile(snapshot.files)
        let found = Found(
            snapshot: snapshot, hash: TableHash.hash(snapshot.files), compiled: compiled, isUsable: isUsable(compiled))
        for _ in 1..<Self.tries {
            do { return try await decideStart(policy, found) } catch let error as StoreError where error.code == .overtaken { continue }
        }
        return try await decideStart(policy, found)
    }

    private func decideStart(_ policy: StartPolicy, _ found: Found) async throws -> LoadedTable {
        let snapshot = found.snapshot
        let newest = try await newestRevision()
        let past = try await store.baseline().map { Baseline($0) }
        let unreadable = snapshot.problems.contains { source.files.contains($0.path) }
        let decision = StartDecision.decide(
            policy: policy, found: found.hash, foundHasEntries: snapshot.hasEntries,
            readOnly: source.files.contains(where: TableWriter.isReadOnly), unreadable: unreadable,
            newest: newest.revision?.hash, baseline: past?.hash, isLeft: past?.isLeft(snapshot.stamps) ?? false)
        let next = past?.next(found: found.hash, stamps: snapshot.stamps) ?? Baseline(hash: found.hash, identity: "")
        defer { lastCheck = clocks.wall }
        if decision == .restore || !found.isUsable, let revision = newest.revision {
            if !found.isUsable { note(refused: found.compiled, hash: found.hash) }
            let isWritten = found.isUsable && !unreadable
            var isKept = false, kept: Revision?
            if isWritten, snapshot.hasEntries {
                isKept = try await self.isKept(found, past)
                if !isKept { kept = try await keep(found, insteadOf: revision, after: newest.number) }
            }
            return try await restore(
                kept ?? revision, over: snapshot, write: isWritten, removing: isKept || kept != nil, baseline: next, past)
        }
        if !found.isUsable { throw TableRefusal(note(refused: found.compiled, hash: found.hash, hasOther: false)) }
        return try await useFound(found, newest, baseline: next, past)
    }

    /// Whether what was found is in a revision, so that it may go.
    private func isKept(_ found: Found, _ past: Baseline?) async throws(StoreError) -> Bool {
        if past?.isLeft(found.snapshot.stamps) ?? false { return true }
        return try await store.revisions().contains { $0.hash == found.hash }
    }

    /// Keeps what a start that was told to use the store would write over (`--on-start store`), and makes the newest revision the newest again;
    /// where others would follow what is only to be kept, it is not kept.
    private func keep(_ found: Found, insteadOf newest: Revision, after number: Int) async throws(StoreError) -> Revision? {
        guard !sharing.isShared, let files = try await trust.files(of: newest.number) else { return nil }
        let kept = try await publish(found.snapshot.files, hash: found.hash, origin: .deployed, after: number)
        let revision = try await publish(files, hash: newest.hash, origin: .restored, after: kept.number)
        log.warning(
            "the table's files held another content than the newest revision, which is used: it is kept as a revision",
            .text("bring_back", "crond table restore \(kept.number)"))
        return revision
    }

    private func useFound(
        _ found: Found, _ newest: RevisionTrust.Newest, baseline next: Baseline, _ past: Baseline?
    ) async throws -> LoadedTable {
        let snapshot = found.snapshot
        var table = LoadedTable(compiled: found.compiled, revision: newest.revision, since: clocks.wall.instant)
        var isPublished = false
        if let revision = newest.revision, revision.hash == found.hash {
            table.since = min(table.since, revision.createdAt.instant)
        } else if !snapshot.files.isEmpty || newest.revision != nil {
            if let revision = newest.revision, revision.origin != .imported { try await refuseForeignTable(found.compiled, revision) }
            table.revision = try await publish(
                snapshot.files, hash: found.hash, origin: .deployed, after: newest.number,
                baseline: Baseline(hash: next.hash, identity: Baseline.identity(of: snapshot.stamps)).text)
            isPublished = true
            if let revision = newest.revision {
                table.watermarks = await watermarks(of: revision)
                log.warning(
                    "the table's files hold another content than the newest revision: the files win",
                    .text("bring_back", "crond table restore \(revision.number)"))
            }
        }
        report(found.compiled)
        faults.badLines = found.compiled.faults.count
        let created = createMissingFile(snapshot)
        if !table.compiled.faults.isEmpty, let revision = table.revision {
            await fillLastGood(&table.compiled, files: snapshot.files, before: revision.number)
        }
        await original?.write(snapshot.files)
        let present = created ? TableReader.read(source) : snapshot
        use(table.revision, snapshot.files)
        try await note(
            hash: created ? TableHash.hash(present.files) : found.hash, snapshot: present, baseline: next, past, isPublished: isPublished)
        return table
    }

    /// The newest revision that may be used; where there is none yet, the original's cache becomes the first.
    private func newestRevision() async throws(StoreError) -> RevisionTrust.Newest {
        var newest = try await trust.newest()
        report(newest.refused)
        if newest.revision != nil { return newest }
        guard sharing.seal == nil else {
            await original?.mentionRefusal()
            return newest
        }
        guard let file = try await original?.importedTable() else { return newest }
        newest.revision = try await publish([file], hash: TableHash.hash([file]), origin: .imported, after: newest.number)
        newest.number = newest.revision?.number ?? newest.number
        return newest
    }

    /// A start does not publish a table under a name that another table has.
    private func refuseForeignTable(_ compiled: CompiledTable, _ newest: Revision) async throws {
        guard sharing.isShared, !sharing.adoptsName, let files = try await trust.files(of: newest.number) else { return }
        let there = compiler.compile(files)
        guard let foreign = ForeignTable(own: compiled.jobs, newest: there.jobs, revision: newest.number) else { return }
        throw foreign.refusal(name: sharing.name)
    }

    private func restore(
        _ revision: Revision, over snapshot: TableSnapshot, write: Bool, removing: Bool, baseline: Baseline, _ past: Baseline?
    ) async throws -> LoadedTable {
        guard let files = try await trust.files(of: revision.number), revision.intact else {
            throw TableRefusal("revision \(revision.number) is damaged in the store; start with --on-start file", .store)
        }
        if write { place(files, over: snapshot, revision: revision.number, removing: removing) }
        var compiled = compiler.compile(files)
        report(compiled)
        faults.badLines = compiled.faults.count
        if !compiled.faults.isEmpty { await fillLastGood(&compiled, files: files, before: revision.number) }
        await original?.write(files)
        // Where a file could not be written, what it holds is what later looks compare with.
        let written = TableReader.read(source)
        use(revision, files)
        try await note(hash: TableHash.hash(written.files), snapshot: written, baseline: baseline, past, isPublished: false)
        return LoadedTable(compiled: compiled, revision: revision, since: min(clocks.wall.instant, revision.createdAt.instant))
    }

    private func note(hash: String, snapshot: TableSnapshot, baseline next: Baseline, _ past: Baseline?, isPublished: Bool) async throws {
        applied = hash
        appliedStamps = snapshot.stamps
        appliedEmpty = snapshot.isEmpty
        imageHash = next.hash
        try await enterFiles { baseline in
            // Where this start published, its baseline is there already, and may be followed by another's.
            if !isPublished, baseline.hash == past?.hash ?? baseline.hash { baseline.hash = next.hash }
        }
    }
}
