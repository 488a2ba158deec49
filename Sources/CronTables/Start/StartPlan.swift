internal import CronExpressions
internal import CronJobs
internal import Crontabs

/// What a start makes of what was found and what is remembered: the mixture, and what follows from it for its jobs.
struct StartPlan {
    let newest: StartPast.Newest
    let merge: StartMerge
    /// The mixture, in the order of the table.
    let files: [TableFile]
    let hash: String
    /// Jobs that only the mixture has twice.
    private(set) var once: Set<String> = []
    /// Neither the files nor the store have anything.
    let isNothing: Bool

    init(_ found: StartFound, _ past: StartPast, _ policy: StartPolicy, _ situation: inout TableSituation) {
        newest = past.newest
        let source = situation.source
        let own = newest.files?.filter { source.holds($0.path) }
        let paths = found.paths(past.past, newest: own ?? [], &situation)
        merge = StartMerge(paths, newest: own?.map { NewestFile($0, hash: situation.hash($0)) }, past: past.past, policy: policy)
        files = source.ordered(merge.files)
        hash = files == found.files ? found.hash : TableHash.hash(files)
        isNothing = files.isEmpty && own?.isEmpty ?? true
    }

    /// The mixture is what the store has already.
    var isNewest: Bool { newest.revision.map { $0.hash == hash } ?? (files.isEmpty && newest.number == 0) }

    /// The files are to hold something else than what was found.
    var changesFiles: Bool { !merge.written.isEmpty || !merge.removed.isEmpty }

    private var usesFound: Bool { merge.decisions.contains { !$0.choice.usesNewest && $0.choice.row != .equal } }

    /// A start does not publish a table under a name that another table has. Files that are the same on both sides do not count.
    func refuseForeignTable(_ found: StartFound, _ situation: TableSituation) throws(TableRefusal) {
        let (sharing, compiler) = (situation.sharing, situation.compiler)
        guard !isNewest, sharing.isShared, !sharing.adoptsName, let there = newest.files, let revision = newest.revision,
            revision.origin != .imported, usesFound, !ForeignTable.isOneTable(found.files, there, named: situation.source.files)
        else { return }
        let own = compiler.compile(found.files.filter { !there.contains($0) })
        let theirs = compiler.compile(there.filter { !found.files.contains($0) })
        guard let foreign = ForeignTable(own: own.jobs, newest: theirs.jobs, revision: revision.number) else { return }
        throw foreign.refusal(name: sharing.name)
    }

    // MARK: Jobs

    /// The mixture's jobs, to be loaded. A line that only the mixture has twice was moved from one file to another by one side: it runs once.
    mutating func loading(
        _ found: StartFound, _ past: StartMerge.Past, _ situation: inout TableSituation, _ now: TableMoment
    ) -> TableLoading {
        let isFound = files == found.snapshot.files
        var compiled = isFound ? found.compiled : situation.compiler.compile(files)
        if isNewest {
            once = (past.host ?? past.deployment)?.once ?? []
        } else if let newest = newest.files, self.newest.revision != nil, !isFound {
            let known = Set(found.compiled.jobs.map(\.id)).union(situation.compiler.compile(newest).jobs.map(\.id))
            once = Set(compiled.jobs.map(\.id).filter { $0.isCopy && !known.contains($0) }.map(\.description))
            for job in once.sorted() { situation.say(.runsOnce(job: job)) }
        }
        compiled.drop(once)
        let present = now.wall.instant
        guard isNewest else {
            return TableLoading(
                files, compiled, since: present, after: newest.number, known: watermarks(compiled, found, situation.compiler, now))
        }
        // The newest revision's jobs begin where it began; what is new begins now.
        let since = min(present, newest.revision?.createdAt.instant ?? present)
        return TableLoading(files, compiled, since: since, after: (newest.revision?.number ?? 1) - 1, known: [:])
    }

    /// A job of the newest revision begins where that began; one whose times changed, with the change of its file.
    private func watermarks(
        _ compiled: CompiledTable, _ found: StartFound, _ compiler: TableCompiler, _ now: TableMoment
    ) -> [JobID: Instant] {
        guard let revision = newest.revision else { return [:] }
        var watermarks: [JobID: Instant] = [:], timings: [JobID: Job.Timing] = [:]
        for job in compiler.compile(newest.files ?? []).jobs {
            watermarks[job.id] = revision.createdAt.instant
            timings[job.id] = job.timing
        }
        let present = now.wall.instant
        for (job, place) in zip(compiled.jobs, compiled.places) {
            guard let old = timings[job.id], old != job.timing else { continue }
            let path = compiled.paths[Int(place.file)]
            watermarks[job.id] = found.snapshot.changedAt([path]).map { min(present, now.planned($0)) } ?? present
        }
        return watermarks
    }

    // MARK: What is not used

    /// What of the newest revision is not used, and whether somebody may want it back.
    struct Overruled {
        /// Drop-in files that are gone.
        var gone: [String]
        var paths: [String]
        var over: Int
        var warns: Bool
        /// They are used instead.
        var used: [TableFile]
    }

    /// `nil` where all of it is used.
    func overruled(_ source: TableSource) -> Overruled? {
        guard let revision = newest.revision else { return nil }
        let held = Set(newest.files?.map(\.path) ?? [])
        let decisions = merge.decisions.filter { !$0.choice.usesNewest && $0.choice.row != .equal && held.contains($0.path) }
        let foreign = held.filter { !source.holds($0) }.sorted()
        guard !decisions.isEmpty || !foreign.isEmpty else { return nil }
        let paths = Set(decisions.map(\.path))
        return Overruled(
            gone: decisions.filter { $0.choice.row == .removed }.map(\.path), paths: decisions.map(\.path) + foreign, over: revision.number,
            warns: decisions.contains { $0.choice.warns } || !foreign.isEmpty, used: files.filter { paths.contains($0.path) })
    }
}
