internal import CronJobs
internal import Crontabs

// What a start asks the store for: the newest revision that may be used, and what earlier starts found and left.
//
//     newest ─▶ [fetching] ─▶ bases ─▶ [dating ─▶ first version] ─▶ [missing] ─▶ known
//        │          ▲ its files, unless they are what was found            │ named files that are not there:
//        │ none     │                                                      │ mistyped, unless a recent revision had them
//        └▶ [cache ─▶ importing]
//            the legacy service's, as the first revision

struct StartPast {
    private enum Step {
        case newest
        case cache
        case importing([TableFile])
        case fetching
        case bases
        case dating(EarlierBaseline)
        case firstVersion(EarlierBaseline)
        case missing([(path: String, reason: String)])
    }

    /// The newest revision that may be used, with its files.
    struct Newest {
        /// The newest number there is, used or not.
        var number = 0
        var revision: Revision?
        var files: [TableFile]?
    }

    private(set) var newest = Newest()
    private(set) var past = StartMerge.Past()
    private var step = Step.newest

    var begin: TableMachine.Question { .newest }

    /// What is asked next; `nil` where all is known.
    ///
    /// Throws a `TableRefusal` where the start must not go on, and a `StoreError` where the store fails.
    mutating func go(
        on answer: TableMachine.Answer, _ policy: StartPolicy, _ found: StartFound, _ situation: inout TableSituation
    ) throws -> TableMachine.Question? {
        switch (step, answer) {
        case (.cache, _): return try takeCache(answer, policy, found, &situation)
        case (_, .failed(let error)): throw error
        case (.newest, .newest(let newest)):
            situation.report(newest.refused)
            self.newest = Newest(number: newest.number, revision: newest.revision)
            guard newest.revision == nil, situation.legacy != nil, LegacySync.path(in: situation.source) != nil else {
                return try fetch(policy, found, &situation)
            }
            step = .cache
            return .cache
        case (.importing(let files), .published(let revision)):
            newest = Newest(number: revision.number, revision: revision, files: files)
            return try fetch(policy, found, &situation)
        case (.fetching, .files(let files)):
            guard let files else { return try damaged(policy, found, &situation) }
            newest.files = files.map { TableFile(path: PathText.normal($0.path), content: $0.content, attributes: $0.attributes) }
            return askBases(situation)
        case (.bases, .bases(let stored)): return try takeBases(stored, found, &situation)
        case (.dating(let earlier), .revisions(let revisions)):
            guard let revision = revisions.last(where: { $0.hash == earlier.hash }) else { return try complete(found, &situation) }
            step = .firstVersion(earlier)
            return .files(of: revision.number)
        case (.firstVersion(let earlier), .files(let files)):
            if let files { past = StartMerge.Past(earlier, files, found.snapshot) }
            return try complete(found, &situation)
        case (.missing(let missing), .flag(let wasThere)):
            guard wasThere, let first = missing.first else {
                throw TableRefusal(missing.first?.reason ?? "a file of the table is not there", .missing)
            }
            return ask(missing.filter { $0.path != first.path })
        default: throw StoreError(.unavailable, "the table's past could not be read")
        }
    }

    // MARK: The newest revision

    private mutating func fetch(
        _ policy: StartPolicy, _ found: StartFound, _ situation: inout TableSituation
    ) throws -> TableMachine.Question? {
        guard let revision = newest.revision else { return askBases(situation) }
        // The usual start: nothing was changed, and a large table need not be fetched.
        if found.refused.isEmpty, found.snapshot.problems.isEmpty, found.hash == revision.hash {
            newest.files = found.files
            return askBases(situation)
        }
        guard revision.intact else { return try damaged(policy, found, &situation) }
        step = .fetching
        return .files(of: revision.number)
    }

    private mutating func damaged(
        _ policy: StartPolicy, _ found: StartFound, _ situation: inout TableSituation
    ) throws -> TableMachine.Question? {
        guard let revision = newest.revision else { return askBases(situation) }
        guard policy == .file || policy == .auto && !found.files.isEmpty else {
            throw TableRefusal("revision \(revision.number) is damaged in the store; start with --on-start file", .store)
        }
        situation.say(.newestDamaged(revision: revision.number))
        newest = Newest(number: newest.number)
        return askBases(situation)
    }

    // MARK: The legacy cache

    private mutating func takeCache(
        _ answer: TableMachine.Answer, _ policy: StartPolicy, _ found: StartFound, _ situation: inout TableSituation
    ) throws -> TableMachine.Question? {
        switch answer {
        case .cache(let text?) where situation.sharing.seal != nil:
            // It carries no signature.
            if !text.isEmpty { situation.say(.legacy(.unsigned)) }
        case .cache(let text?):
            guard let path = LegacySync.path(in: situation.source) else { break }
            let (file, events) = LegacySync.table(text, at: path)
            situation.say(events.map(TableEvent.legacy))
            guard let file else { break }
            // With what stands beside it: to bring the cache back must cost no drop-in file.
            let files = situation.source.ordered([file] + found.files.filter { $0.path != file.path })
            step = .importing(files)
            return situation.publishing(files, TableHash.hash(files), .imported, after: newest.number)
        case .failed where situation.sharing.seal != nil: break
        // What is there and cannot be the legacy service's counts as nothing; a store that fails is not nothing.
        case .failed(let error) where error.code == .corrupt: situation.say(.legacy(.notUsed(reason: error.message)))
        case .failed(let error): throw error
        default: break
        }
        return try fetch(policy, found, &situation)
    }

    /// Whether the cache is used for the file that it is about: the file has no entry, or none that the cache does not have.
    private func legacyChoice(_ found: StartFound, _ situation: TableSituation) -> (path: String, usesCache: Bool)? {
        guard newest.revision?.origin == .imported, let path = situation.source.files.first,
            let cached = newest.files?.first(where: { $0.path == path })
        else { return nil }
        guard let file = found.files.first(where: { $0.path == path }) else { return (path, true) }
        let compiler = situation.compiler
        let crontab = compiler.parse(file), known = Set(compiler.parse(cached).entries.map(\.derivedHash))
        return (path, crontab.badLines.isEmpty && crontab.entries.allSatisfy { known.contains($0.derivedHash) })
    }

    // MARK: What earlier starts found and left

    private mutating func askBases(_ situation: TableSituation) -> TableMachine.Question {
        step = .bases
        return .bases(of: situation.sharing.host)
    }

    private mutating func takeBases(
        _ stored: StoredBases, _ found: StartFound, _ situation: inout TableSituation
    ) throws -> TableMachine.Question? {
        past = StartMerge.Past(host: stored.host.flatMap { TableBase($0) }, deployment: stored.deployment.flatMap { TableBase($0) })
        guard past.host == nil, past.deployment == nil, let earlier = stored.earlier else { return try complete(found, &situation) }
        step = .dating(EarlierBaseline(earlier))
        return .revisions
    }

    private mutating func complete(_ found: StartFound, _ situation: inout TableSituation) throws -> TableMachine.Question? {
        situation.bases.deployment = past.deployment?.text
        past.folders = found.snapshot.folders
        past.fixedFolders = found.survey.fixedFolders
        if past.host == nil, past.deployment == nil { past.legacy = legacyChoice(found, situation) }
        return ask(found.missing(situation.source, newest: newest.files))
    }

    private mutating func ask(_ missing: [(path: String, reason: String)]) -> TableMachine.Question? {
        step = .missing(missing)
        return missing.first.map { .had(path: $0.path) }
    }
}

extension StartMerge.Past {
    /// The first version's whole-table baseline stands for the files of the revision with its hash.
    init(_ earlier: EarlierBaseline, _ files: [TableFile], _ snapshot: TableSnapshot) {
        var base = TableBase()
        for file in files { base.setBase(.known(NewestFile(file).text), of: PathText.normal(file.path)) }
        self.init(deployment: base)
        guard earlier.isLeft(snapshot.stamps) else { return }
        for file in snapshot.files { base.left[file.path] = snapshot.identity(of: file.path).map { [$0] } }
        host = base
    }
}
