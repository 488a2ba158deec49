internal import CronExpressions
public import CronJobs
internal import Crontabs

/// The table's past: publishing, bringing back, and what a bad line was before.
extension TableKeeper {
    /// Makes a content the newest revision, signed if there is a key.
    ///
    /// - Parameters:
    ///   - after: the newest number by which that was decided; `nil` for whatever is the newest.
    ///   - base: of the newest deployment from then on.
    ///   - author: who asked for it, or whose the changed files are.
    func publish(
        _ files: [TableFile], hash: String, origin: RevisionOrigin, after: Int? = nil, base: String? = nil, author: String? = nil
    ) async throws(StoreError) -> Revision {
        let terms = RevisionTerms(
            after: after, seen: greatestRevision, signer: sharing.seal, base: base, host: sharing.host, author: author)
        return try await store.append(files, hash: hash, origin: origin, now: clocks.wall, terms: terms)
    }

    /// The jobs of these files; a line that only a mixture has twice runs once.
    func compiled(_ files: [TableFile]) -> CompiledTable {
        var compiled = compiler.compile(files)
        compiled.drop(base.once)
        return compiled
    }

    /// A revision is in use from now on.
    func use(_ revision: Revision?, _ files: [TableFile]) {
        appliedRevision = revision?.number
        applied = revision?.hash ?? TableHash.hash(files)
        usedPaths = Set(files.map(\.path))
        greatestRevision = max(greatestRevision, revision?.number ?? 0)
        held = sharing.isShared ? revision.map { HeldTable(revision: $0, files: files) } : nil
        following.lost = 0
    }

    /// Writes a revision back into the files, as a new revision of origin `restored`. It need not be signed: who asks vouches for it.
    public func restore(_ number: Int, author: String? = nil) async throws(TableRefusal) -> LoadedTable {
        do {
            guard let files = try await store.files(of: number) else {
                throw TableRefusal("there is no revision \(number)")
            }
            let compiled = compiled(files)
            let hash = TableHash.hash(files)
            let revision = try await publish(files, hash: hash, origin: .restored, author: author)
            let unwritten = place(files, over: TableReader.read(source), revision: revision.number)
            noteWritten(revision, files, unwritten)
            faults.badLines = compiled.faults.count
            var table = LoadedTable(compiled: compiled, revision: revision, since: clocks.wall.instant, unwritten: unwritten)
            if !compiled.faults.isEmpty { await fillLastGood(&table.compiled, files: files, before: revision.number) }
            lastCheck = clocks.wall
            await noteLeft()
            await legacy?.write(files)
            return table
        } catch let refusal as TableRefusal {
            throw refusal
        } catch {
            throw TableRefusal("the revision cannot be read or written: \(error)", .store)
        }
    }

    /// The files of the applied revision; `nil` where they cannot be told.
    func appliedFiles() async throws(StoreError) -> [TableFile]? {
        guard let number = appliedRevision else { return nil }
        if let held { return held.files }
        return try await trust.files(of: number)
    }

    public func revisions() async throws(StoreError) -> [Revision] { try await store.revisions() }
    public func files(of revision: Int) async throws(StoreError) -> [TableFile]? { try await store.files(of: revision) }
    public var currentRevision: Int? { appliedRevision }

    /// Watermarks of the jobs that a revision had: they begin where it began.
    func watermarks(of revision: Revision) async -> [JobID: Instant] {
        guard let files = try? await trust.files(of: revision.number) else { return [:] }
        var watermarks: [JobID: Instant] = [:]
        for job in compiler.compile(files).jobs { watermarks[job.id] = revision.createdAt.instant }
        return watermarks
    }

    /// Fills in last good versions from the revisions before `number`, going back no further than needed.
    func fillLastGood(_ table: inout CompiledTable, files: [TableFile], before number: Int) async {
        if let previous = await effective(number - 1, depth: 32) {
            LastGood.fill(&table, files: files, from: previous, holdsForWholeFile: holdsForWholeFile)
        }
        stalePaths = []
        for (job, place) in zip(table.jobs, table.places) where table.stale.contains(job.id) {
            stalePaths.insert(table.paths[Int(place.file)])
            say(.stale(job.id))
        }
    }

    private func holdsForWholeFile(_ file: TableFile) -> Bool { compiler.parse(file).dialect.assignmentsHoldForWholeFile }

    private func effective(_ number: Int, depth: Int) async -> AppliedTable? {
        guard number > 0, depth > 0 else { return nil }
        guard let files = try? await trust.files(of: number) else { return await effective(number - 1, depth: depth - 1) }
        var compiled = compiler.compile(files)
        if !compiled.faults.isEmpty || !compiled.refused.isEmpty, let previous = await effective(number - 1, depth: depth - 1) {
            LastGood.fill(&compiled, files: files, from: previous, holdsForWholeFile: holdsForWholeFile)
        }
        return AppliedTable(files: files, compiled: compiled)
    }
}
