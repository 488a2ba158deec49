internal import CronExpressions
internal import CronJobs
internal import Crontabs

// The start: what was found, what the store remembers, and the mixture that follows (StartMerge).
//
//   read ──▶ decide ──▶ load ──▶ publish the mixture ──▶ write files ──▶ take into use ──▶ enter what was found and left
//              ▲                     │ somebody else published meanwhile
//              └─────────────────────┘
//
// On a shared store others start, too. What is published is published after the very revision by which it was decided; where somebody was
// faster, all is decided again with his revision as the newest. Nothing is written to a file before that.

extension TableKeeper {
    private static let tries = 20

    /// What was found in the files.
    struct Found {
        var snapshot: TableSnapshot
        var compiled: CompiledTable
        /// Files whose content is refused, with the reason.
        var refused: [String: String]
        /// Of the files that may be used.
        var hash = ""
        /// The files that may be used.
        var files: [TableFile] { snapshot.files.filter { refused[$0.path] == nil } }
    }

    func startInTurn(_ policy: StartPolicy) async throws -> LoadedTable {
        let snapshot = TableReader.read(source)
        note(snapshot)
        let compiled = compiler.compile(snapshot.files)
        var found = Found(snapshot: snapshot, compiled: compiled, refused: unusable(compiled))
        found.hash = TableHash.hash(found.files)
        for _ in 1..<Self.tries {
            do { return try await decideStart(policy, found) } catch let error as StoreError where error.code == .overtaken { continue }
        }
        return try await decideStart(policy, found)
    }

    private func decideStart(_ policy: StartPolicy, _ found: Found) async throws -> LoadedTable {
        let newest = try await newestTable(found, policy)
        let legacy = newest.revision?.origin == .imported ? legacyChoice(found, newest.files ?? []) : nil
        let past = try await past(found.snapshot, legacy: legacy)
        try await refuseMissing(found, newest)
        let own = newest.files?.filter { source.holds($0.path) }
        let merge = StartMerge(
            foundFiles(found, past, own ?? []), newest: own?.map { NewestFile($0, hash: hash($0)) }, past: past, policy: policy)
        var start = Start(newest: newest, merge: merge, files: source.ordered(merge.files))
        start.hash = start.files == found.files ? found.hash : TableHash.hash(start.files)
        let refusesAny = !found.refused.isEmpty || found.snapshot.problems.contains { $0.kind == .refused }
        if start.files.isEmpty, own?.isEmpty ?? true, refusesAny {
            throw TableRefusal(sayRefused(found, hasOther: false))
        }
        if !start.isNewest { try refuseForeignTable(found, start) }
        var table = try await load(compile(&start, found, past), start, found)
        table.revision = newest.revision
        if policy == .store, newest.revision != nil { try await keep(found, &start, &table) }
        if !start.isNewest { try await publish(start, &table) }
        return await finish(start, table, found)
    }

    /// The newest revision that may be used, with its files; where there is none yet, the legacy cache becomes the first.
    private func newestTable(_ found: Found, _ policy: StartPolicy) async throws -> Newest {
        let newest = try await newestRevision(found)
        guard let revision = newest.revision else { return Newest(number: newest.number) }
        // The usual start: nothing was changed, and a large table need not be fetched.
        let isPlain = found.refused.isEmpty && found.snapshot.problems.isEmpty
        if isPlain, found.hash == revision.hash {
            return Newest(number: newest.number, revision: revision, files: found.files)
        }
        guard revision.intact, let files = try await trust.files(of: revision.number) else {
            guard policy == .file || policy == .auto && !found.files.isEmpty else {
                throw TableRefusal("revision \(revision.number) is damaged in the store; start with --on-start file", .store)
            }
            say(.newestDamaged(revision: revision.number))
            return Newest(number: newest.number)
        }
        let normal = files.map { TableFile(path: PathText.normal($0.path), content: $0.content, attributes: $0.attributes) }
        return Newest(number: newest.number, revision: revision, files: normal)
    }

    struct Newest {
        /// The newest number there is, used or not.
        var number: Int
        var revision: Revision?
        var files: [TableFile]?
    }

    struct Start {
        var newest: Newest
        var merge: StartMerge
        /// The mixture, in the order of the table.
        var files: [TableFile]
        var hash = ""
        /// Jobs that only the mixture has twice.
        var once: Set<String> = []
        /// Drop-in files that the mixture does not have are removed.
        var removes = true

        var isNewest: Bool { newest.revision.map { $0.hash == hash } ?? (files.isEmpty && newest.number == 0) }
        var usesFound: Bool { merge.decisions.contains { !$0.choice.usesNewest && $0.choice.row != .equal } }
    }

    private func foundFiles(_ found: Found, _ past: StartMerge.Past, _ newest: [TableFile]) -> [FoundFile] {
        let mounts = MountPoints()
        let problems = Dictionary(found.snapshot.problems.map { ($0.path, $0.kind) }, uniquingKeysWith: { first, _ in first })
        var files = found.snapshot.files.map { file in
            let identity = found.snapshot.identity(of: file.path)
            let isKnown = identity != nil && past.host?.left[file.path]?.contains { $0.inode == identity?.inode } ?? false
            return FoundFile(
                path: file.path, file: file, text: NewestFile(file, hash: hash(file)).text,
                hasEntries: Crontab.containsEntries(bytes: file.content),
                isNamed: source.files.contains(file.path), isFixed: TableWriter.isReadOnly(file.path), identity: identity,
                isRefused: found.refused[file.path] != nil, isMounted: mounts.isOwn(file.path, isKnownFile: isKnown))
        }
        for path in found.snapshot.absent { files.append(FoundFile(path: path, isMounted: mounts.isOwn(path, isKnownFile: true))) }
        for (path, kind) in problems {
            let isNamed = source.files.contains(path)
            switch kind {
            case .folder where isNamed: files.append(FoundFile(path: path))
            case .leadsNowhere where !isNamed: break
            case .folderOfDropIns:
                let there = newest.filter { TableSource.folder(of: $0.path) == path }
                files += there.map { FoundFile(path: $0.path, isNamed: false, isRefused: true) }
            default: files.append(FoundFile(path: path, isNamed: isNamed, isRefused: true))
            }
        }
        return files
    }

    /// A named file that is not there and never was is mostly mistyped.
    private func refuseMissing(_ found: Found, _ newest: Newest) async throws {
        guard !source.waits else { return }
        for path in source.files where newest.files?.contains(where: { $0.path == path }) != true {
            var reason: String?
            if found.snapshot.absent.contains(path) { reason = MissingTable(path).words }
            for problem in found.snapshot.problems where problem.path == path && problem.kind != .refused {
                reason = "\(path) \(problem.message)"
            }
            if let reason, try await !wasThere(path) { throw TableRefusal(reason, .missing) }
        }
    }

    /// Whether a recent revision had the file: then it was taken away, not mistyped.
    private func wasThere(_ path: String) async throws -> Bool {
        for revision in try await store.revisions().reversed().prefix(16) {
            guard let files = try? await trust.files(of: revision.number) else { continue }
            if files.contains(where: { $0.path == path }) { return true }
        }
        return false
    }

    private func sayRefused(_ found: Found, hasOther: Bool) -> String {
        note(refused: found.refused, among: Set(found.refused.keys), diagnosed: found.compiled, hasOther: hasOther)
        let reasons = found.refused.sorted { $0.key < $1.key }.map(\.value) + found.snapshot.problems.map { "\($0.path) \($0.message)" }
        return reasons.joined(separator: "; ")
    }

    // MARK: The mixture

    /// A line that only the mixture has twice was moved from one file to another by one side: it runs once.
    private func compile(_ start: inout Start, _ found: Found, _ past: StartMerge.Past) -> CompiledTable {
        let isFound = start.files == found.snapshot.files
        var compiled = isFound ? found.compiled : compiler.compile(start.files)
        if start.isNewest {
            start.once = (past.host ?? past.deployment)?.once ?? []
        } else if let newest = start.newest.files, start.newest.revision != nil, !isFound {
            let known = Set(found.compiled.jobs.map(\.id)).union(compiler.compile(newest).jobs.map(\.id))
            start.once = Set(compiled.jobs.map(\.id).filter { $0.isCopy && !known.contains($0) }.map(\.description))
            for job in start.once.sorted() { say(.runsOnce(job: job)) }
        }
        compiled.drop(start.once)
        return compiled
    }

    /// The newest revision's jobs begin where it began; what is new begins now.
    private func load(_ compiled: CompiledTable, _ start: Start, _ found: Found) async throws(StoreError) -> LoadedTable {
        let now = clocks.wall.instant, revision = start.newest.revision
        guard start.isNewest else {
            let known = revision.map { watermarks(compiled, start, $0, found) } ?? [:]
            return try await load(start.files, compiled, since: now, after: start.newest.number, known: known)
        }
        let since = min(now, revision?.createdAt.instant ?? now)
        return try await load(start.files, compiled, since: since, after: (revision?.number ?? 1) - 1, known: [:])
    }

    /// Keeps what a start that was told to use the store would write over (`--on-start store`), and makes the newest revision the newest again;
    /// where others would follow what is only to be kept, it is not kept, and no file is removed.
    private func keep(_ found: Found, _ start: inout Start, _ table: inout LoadedTable) async throws {
        let hash = found.hash
        guard start.isNewest, hash != start.hash, try await !store.revisions().contains(where: { $0.hash == hash }) else { return }
        guard !sharing.isShared, found.files.contains(where: { Crontab.containsEntries(bytes: $0.content) }) else {
            return start.removes = false
        }
        let kept = try await publish(found.files, hash: hash, origin: .deployed, after: start.newest.number)
        table.revision = try await publish(start.files, hash: start.hash, origin: .restored, after: kept.number)
        table.since = clocks.wall.instant
        say(.foundKept(revision: kept.number))
    }

    private func publish(_ start: Start, _ table: inout LoadedTable) async throws {
        var base = start.merge.base
        base.once = start.once
        table.revision = try await publish(
            start.files, hash: start.hash, origin: .deployed, after: start.newest.number, base: base.text)
        bases.deployment = base.text
        if let revision = start.newest.revision { try await sayOverruled(start, by: revision) }
    }

    /// Says what of the newest revision is not used, with the command that brings it back.
    private func sayOverruled(_ start: Start, by revision: Revision) async throws {
        let held = Set(start.newest.files?.map(\.path) ?? [])
        let overruled = start.merge.decisions.filter { !$0.choice.usesNewest && $0.choice.row != .equal && held.contains($0.path) }
        let foreign = held.filter { !source.holds($0) }.sorted()
        for decision in overruled where decision.choice.row == .removed {
            say(.dropInGone(path: decision.path))
        }
        guard !overruled.isEmpty || !foreign.isEmpty else { return }
        var warns = overruled.contains { $0.choice.warns } || !foreign.isEmpty
        if !warns { warns = try await isOlder(start.files.filter { file in overruled.contains { $0.path == file.path } }, revision) }
        say(.filesWin(paths: overruled.map(\.path) + foreign, over: revision.number, warns: warns))
    }

    /// Whether an earlier revision had one of these very contents: an older image, or a roll-back.
    private func isOlder(_ files: [TableFile], _ newest: Revision) async throws -> Bool {
        for revision in try await store.revisions().reversed().prefix(16) where revision.number < newest.number {
            guard let older = try? await trust.files(of: revision.number) else { continue }
            if files.contains(where: older.contains) { return true }
        }
        return false
    }

    /// A job of the newest revision begins where that began; one whose times changed, with the change of its file.
    private func watermarks(
        _ compiled: CompiledTable, _ start: Start, _ revision: Revision, _ found: Found
    ) -> [JobID: Instant] {
        var watermarks: [JobID: Instant] = [:], timings: [JobID: Job.Timing] = [:]
        for job in compiler.compile(start.newest.files ?? []).jobs {
            watermarks[job.id] = revision.createdAt.instant
            timings[job.id] = job.timing
        }
        let now = clocks.wall.instant
        for (job, place) in zip(compiled.jobs, compiled.places) {
            guard let old = timings[job.id], old != job.timing else { continue }
            let path = compiled.paths[Int(place.file)]
            watermarks[job.id] = min(now, found.snapshot.changedAt([path]).map { clocks.fromMachine($0).instant } ?? now)
        }
        return watermarks
    }

    /// A start does not publish a table under a name that another table has. Files that are the same on both sides do not count.
    private func refuseForeignTable(_ found: Found, _ start: Start) throws(TableRefusal) {
        guard sharing.isShared, !sharing.adoptsName, let newest = start.newest.files, let revision = start.newest.revision,
            revision.origin != .imported, start.usesFound
        else { return }
        guard !ForeignTable.isOneTable(found.files, newest, named: source.files) else { return }
        let own = compiler.compile(found.files.filter { !newest.contains($0) })
        let there = compiler.compile(newest.filter { !found.files.contains($0) })
        guard let foreign = ForeignTable(own: own.jobs, newest: there.jobs, revision: revision.number) else { return }
        throw foreign.refusal(name: sharing.name)
    }

    // MARK: Taking it into use

    private func finish(_ start: Start, _ table: LoadedTable, _ found: Found) async -> LoadedTable {
        var table = table
        if !found.refused.isEmpty { _ = sayRefused(found, hasOther: start.newest.revision != nil) }
        let placed = table.revision.map { write(start, found, revision: $0.number) } ?? TablePlacing.Outcome()
        table.unwritten = placed.unwritten
        report(table.compiled)
        await legacy?.write(start.files)
        let isAsFound = start.merge.written.isEmpty && start.merge.removed.isEmpty
        take(table, start.files, hash: table.revision?.hash ?? start.hash, restored: placed.restored)
        settle(isAsFound ? found.snapshot : TableReader.read(source), into: start.files) { _ in false }
        bases.begin(start.merge.base, once: start.once)
        await noteLeft(isStart: true, replaced: start.merge.replaced)
        lastCheck = clocks.wall
        return table
    }

    private func write(_ start: Start, _ found: Found, revision: Int) -> TablePlacing.Outcome {
        var placed = placing.write(start.merge.written, over: found.snapshot, revision: revision)
        for path in start.removes ? start.merge.removed : [] { placing.remove(path, revision: revision, &placed) }
        return placed
    }

    // MARK: The legacy cache

    private func newestRevision(_ found: Found) async throws(StoreError) -> RevisionTrust.Newest {
        var newest = try await trust.newest()
        report(newest.refused)
        if newest.revision != nil { return newest }
        guard sharing.seal == nil else {
            await legacy?.mentionRefusal()
            return newest
        }
        guard let file = try await legacy?.importedTable() else { return newest }
        // With what stands beside it: to bring the cache back must cost no drop-in file.
        let files = source.ordered([file] + found.files.filter { $0.path != file.path })
        newest.revision = try await publish(files, hash: TableHash.hash(files), origin: .imported, after: newest.number)
        newest.number = newest.revision?.number ?? newest.number
        return newest
    }

    /// Whether the cache is used for the file that it is about: the file has no entry, or none that the cache does not have.
    private func legacyChoice(_ found: Found, _ newest: [TableFile]) -> (path: String, usesCache: Bool)? {
        guard let path = source.files.first, let cached = newest.first(where: { $0.path == path }) else { return nil }
        guard let file = found.files.first(where: { $0.path == path }) else { return (path, true) }
        let crontab = compiler.parse(file), known = Set(compiler.parse(cached).entries.map(\.derivedHash))
        return (path, crontab.badLines.isEmpty && crontab.entries.allSatisfy { known.contains($0.derivedHash) })
    }
}
