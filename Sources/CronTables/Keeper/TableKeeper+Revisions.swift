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
            after: after, seen: following.greatest, signer: sharing.seal, base: base, host: sharing.host, author: author)
        return try await store.append(files, hash: hash, origin: origin, now: clocks.wall, terms: terms)
    }

    /// The jobs of these files; a line that only a mixture has twice runs once.
    func compiled(_ files: [TableFile]) -> CompiledTable {
        var compiled = compiler.compile(files)
        compiled.drop(bases.base.once)
        return compiled
    }

    /// Makes a table of files: all that is decided about their jobs is decided here, before they are published.
    ///
    /// - Parameters:
    ///   - compiled: the files' jobs.
    ///   - since: where jobs begin that nobody knows.
    ///   - previous: the revision whose lines are the last good versions of the bad ones.
    ///   - known: where jobs of earlier revisions begin, at a start.
    func load(
        _ files: [TableFile], _ compiled: CompiledTable, since: Instant, after previous: Int, known: [JobID: Instant]? = nil
    ) async throws(StoreError) -> LoadedTable {
        var table = LoadedTable(compiled: compiled, since: since)
        if !compiled.faults.isEmpty, let previous = await effective(previous, depth: 32) {
            LastGood.fill(&table.compiled, files: files, from: previous, holdsForWholeFile: holdsForWholeFile)
        }
        table.watermarks = known ?? [:]
        guard let admission else { return table }
        (table.compiled, table.elsewhere) = await admission.admit(table.compiled)
        let marks = try await admission.watermarks()
        table.isKnown = !marks.isEmpty
        // A job that comes back begins after what was decided of it, and after the time when the table did not have it.
        for (id, mark) in marks { table.watermarks[id] = max(mark, known == nil ? since : known?[id] ?? mark) }
        return table
    }

    /// Writes a revision back into the files, as a new revision of origin `restored`. It need not be signed: who asks vouches for it.
    public func restore(_ number: Int, author: String? = nil) async throws(TableRefusal) -> LoadedTable {
        let known: [TableFile]?
        do { known = try await store.files(of: number) } catch {
            throw TableRefusal("the revision cannot be read: \(error)", .store)
        }
        guard let files = known else { throw TableRefusal("there is no revision \(number)") }
        do throws(StoreError) {
            let hash = TableHash.hash(files)
            var table = try await load(files, compiled(files), since: clocks.wall.instant, after: inUse.number ?? 0)
            table.revision = try await publish(files, hash: hash, origin: .restored, author: author)
            put(&table, files, hash: hash, over: TableReader.read(source))
            lastCheck = clocks.wall
            await noteLeft()
            await legacy?.write(files)
            return table
        } catch {
            throw TableRefusal("the revision cannot be read or written: \(error)", .store)
        }
    }

    /// The files of the revision in use; `nil` where they cannot be told.
    func filesInUse() async throws(StoreError) -> [TableFile]? {
        guard let number = inUse.number else { return nil }
        if let files = inUse.files { return files }
        return try await trust.files(of: number)
    }

    public func revisions() async throws(StoreError) -> [Revision] { try await store.revisions() }
    public func files(of revision: Int) async throws(StoreError) -> [TableFile]? { try await store.files(of: revision) }

    // MARK: Last good versions

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
