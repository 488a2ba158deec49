internal import CronExpressions
internal import CronJobs
internal import Crontabs

// What is so while something happens to the table: what is in use, what the files held, what is wrong with them, how others' revisions were met,
// what is left for later starts, what is being waited for. Each of these is a value of its own that nobody else writes.
//
// Invariant: the jobs that were handed out last are those of `inUse`. A file that is refused (binary rubbish, a foreign owner, or any bad line
// under `--strict`) is neither in use nor stored; `settled` knows what it holds.

struct TableSituation {
    let source: TableSource
    /// How others' revisions are met.
    let sharing: TableSharing
    let strict: Bool
    /// A service schedules the table; else nothing is compiled.
    let isServed: Bool
    private(set) var compiler: TableCompiler

    /// What is in use; replaced in one place (`take`).
    private(set) var inUse = TableInUse.nothing
    /// What the files held when they were last looked at.
    var settled = SettledFiles()
    /// What is wrong with the files as of the last look.
    private(set) var faults = TableFaults()
    /// How the store's newest revision was met so far.
    var following = FollowState()
    /// What this host's services found and left.
    var bases = HostBases()
    /// What is being waited for before a content counts.
    var patience = WritingPatience()
    /// What the legacy service's cache holds, where there is one.
    private(set) var legacy: LegacySync?
    /// When the files were last seen to be what they are in use as.
    var lastCheck: WallTime?
    /// What `a~b` is drawn from, where the store has a seed.
    private(set) var seed: TableSeed?
    /// The same text means other times than those that were handed out last.
    private(set) var meansOtherTimes = false
    /// The seed's text that the times were drawn from that were handed out last, where it is another by now.
    private var drawnBefore: String?

    private var hashes = FileHashes()
    private var said = Said()
    private var effects: [TableMachine.Effect] = []

    init(
        source: TableSource, sharing: TableSharing, strict: Bool, isServed: Bool = true, compiler: TableCompiler, legacy: LegacySync? = nil
    ) {
        self.source = source
        self.sharing = sharing
        self.strict = strict
        self.isServed = isServed
        self.compiler = compiler
        self.legacy = legacy
    }

    // MARK: In use

    /// Puts a table into use: the one place where that changes.
    mutating func take(_ table: LoadedTable, _ files: [TableFile], hash: String, restored: Set<String>) {
        inUse = TableInUse(table.revision, files, hash: hash, table.compiled, restored: restored, keepsFiles: sharing.isShared)
        following.use(table.revision?.number)
        rouse()
        meansOtherTimes = false
        guard !table.compiled.stale.isEmpty else { return }
        for job in table.compiled.jobs where table.compiled.stale.contains(job.id) { say(.stale(job.id)) }
    }

    /// The content in use has another number from now on.
    mutating func take(_ revision: Revision) {
        inUse = inUse.renumbered(revision)
        following.use(revision.number)
    }

    /// Files in use have other attributes from now on.
    mutating func take(_ attributes: [String: FileAttributes]) { inUse = inUse.noting(attributes) }

    /// How the files of the revision in use are come by; `nil` where they are known.
    var questionOfFiles: TableMachine.Question? {
        guard let number = inUse.number, inUse.files == nil else { return nil }
        return .files(of: number)
    }

    /// Puts a table into use that was written into the files.
    mutating func put(
        _ table: inout LoadedTable, _ files: [TableFile], hash: String, _ placing: TablePlacing,
        _ failures: [String: FileReplacement.Failure],
        _ written: TableSnapshot
    ) {
        let outcome = placing.outcome(failures)
        say(outcome.events)
        table.unwritten = outcome.unwritten + placing.kept.map { UnwrittenFile(path: $0, reason: "the revision does not have it") }
        take(table, files, hash: hash, restored: inUse.restored.union(outcome.restored))
        settle(written, into: files, except: Set(table.unwritten.map(\.path)).subtracting(outcome.overtaken))
    }

    /// What makes a content the newest revision, signed if there is a key.
    ///
    /// - Parameters:
    ///   - after: the newest number by which that was decided; `nil` for whatever is the newest.
    ///   - base: of the newest deployment from then on.
    ///   - author: who asked for it, or whose the changed files are.
    func publishing(
        _ files: [TableFile], _ hash: String, _ origin: RevisionOrigin, after: Int? = nil, base: String? = nil, author: String? = nil
    ) -> TableMachine.Question {
        let terms = RevisionTerms(
            after: after, seen: following.greatest, signer: sharing.seal, base: base, host: sharing.host, author: author)
        return .publish(.init(files: files, hash: hash, origin: origin, terms: terms))
    }

    // MARK: The files

    /// The hash of a file's bytes, which are hashed once an occasion.
    mutating func hash(_ file: TableFile) -> String { hashes[file] }

    mutating func forgetHashes() { hashes = FileHashes() }

    /// What a look says: which files hold something new, which keep what they last held.
    mutating func compare(_ snapshot: TableSnapshot) -> FileComparison {
        FileComparison(snapshot, SettledFiles(snapshot) { hash($0) }, settled, inUse)
    }

    /// Takes what the files hold now for settled, though it may not be what is in use.
    ///
    /// - Parameter isEdit: whether another content than the one in use is an edit of this very moment, to be looked at.
    mutating func settle(_ written: TableSnapshot, into files: [TableFile], isEdit: (String) -> Bool) {
        let wanted = SettledFiles(files.filter { source.holds($0.path) }) { hash($0) }
        settled = SettledFiles(written) { hash($0) }
        settled.compare(with: wanted, isEdit: isEdit)
        for problem in written.problems where problem.keepsContent {
            let paths = wanted.hashes.keys.filter { $0 == problem.path || TableSource.folder(of: $0) == problem.path }
            for path in paths { settled.note(unusable: path) }
        }
    }

    /// What the files hold after a revision was written into them is no edit.
    mutating func settle(_ written: TableSnapshot, into files: [TableFile], except unwritten: Set<String>) {
        note(written)
        note(gone: [])
        faults.accept { !unwritten.contains($0) }
        note(unstored: nil)
        settle(written, into: files) { !unwritten.contains($0) }
        patience = WritingPatience()
    }

    /// The files that hold what is in use.
    var ownFiles: [String: FileIdentity] {
        settled.identities.filter { inUse.paths.contains($0.key) && !settled.differing.contains($0.key) }
    }

    /// Takes up for later starts what was deleted and what was seen.
    mutating func noteFound() {
        let folders = faults.problems.filter { $0.kind == .folder && source.files.contains($0.path) }.map(\.path)
        let seen = inUse.paths.filter { !source.files.contains($0) && settled.hashes[$0] != nil }
        bases.note(deleted: Set(faults.gone + folders), seen: seen, folders: settled.folders)
    }

    // MARK: Compiling

    /// The jobs of these files; a line that only a mixture has twice runs once.
    func compiled(_ files: [TableFile]) -> CompiledTable {
        guard isServed else { return CompiledTable() }
        var compiled = compiler.compile(files)
        compiled.drop(bases.base.once)
        return compiled
    }

    /// Files that must not be used, with the reason. With `--strict` any bad line is one.
    func unusable(_ compiled: CompiledTable) -> [String: String] {
        var found: [String: String] = [:]
        if strict {
            for item in compiled.diagnostics where item.isError { found[item.path] = "the table has errors and --strict is set" }
        }
        for path in compiled.refused { found[path] = "refused: \(path)" }
        return found
    }

    func holdsForWholeFile(_ file: TableFile) -> Bool { compiler.parse(file).dialect.assignmentsHoldForWholeFile }

    // MARK: What times follow from besides the text

    mutating func draw(from seed: TableSeed) {
        self.seed = seed
        compiler.draws = DrawSource(seed.text)
    }

    /// Takes over a seed that counts more than ours; true where that means other times.
    mutating func agree(on kept: TableSeed) -> Bool {
        guard let seed, kept != seed else { return false }
        draw(from: kept)
        guard kept.text != seed.text else { return false }
        drawnBefore = drawnBefore ?? seed.text
        rouse()
        meansOtherTimes = true
        return true
    }

    /// Says that times are drawn anew, where any in these files is.
    mutating func sayDrawnAnew(_ files: [TableFile], _ compiled: CompiledTable) {
        guard let before = drawnBefore, let seed else { return }
        drawnBefore = nil
        var earlier = compiler
        earlier.draws = DrawSource(before)
        var table = earlier.compile(files)
        table.drop(bases.base.once)
        if table.jobs != compiled.jobs { say(.drawnAnew(seed: seed.text, before: before)) }
    }

    /// Takes up what was found of the zones, and says in one line what changed.
    mutating func note(_ found: ZoneRefresh, own: Zone?) {
        var changed = found.changed
        if let own, own != compiler.zone {
            compiler.zone = own
            if !changed.contains(own.identifier) { changed.append(own.identifier) }
        }
        if !found.lost.isEmpty { say(.zonesLost(found.lost)) }
        guard !changed.isEmpty else { return }
        meansOtherTimes = true
        say(.zonesChanged(changed))
    }

    /// The table in use stays as it is, whatever its times.
    mutating func keepTimes() { meansOtherTimes = false }

    // MARK: The legacy service's cache

    /// What is to be written into it; `nil` where it holds that already.
    mutating func exportLegacy(_ files: [TableFile]) -> [UInt8]? {
        guard var legacy else { return nil }
        let (text, omitted) = legacy.export(files, of: source, compiler.parse)
        self.legacy = legacy
        if let omitted { say(.legacy(.omitted(omitted))) }
        return text
    }

    mutating func forgetLegacy() { legacy?.forget() }

    mutating func noteLegacyWritten() { legacy?.noteWritten() }

    // MARK: Faults

    /// Takes up which files cannot be used.
    mutating func note(_ snapshot: TableSnapshot) { say(faults.note(snapshot)) }

    /// Takes up which named files are not there.
    mutating func note(gone: [String]) { say(faults.note(gone: gone)) }

    /// Takes up that the store does not take a content; `nil`: it took all there is.
    mutating func note(unstored reason: String?) { say(faults.note(unstored: reason)) }

    /// What these files hold is in use.
    mutating func accept(_ paths: Set<String>) {
        faults.accept(paths.contains)
        settled.differing.subtract(paths)
    }

    /// Takes up which contents are refused, and says those that are new.
    ///
    /// - Parameter among: the files that were looked at; what was refused of others stays so.
    mutating func note(refused: [String: String], among: Set<String>, diagnosed compiled: CompiledTable, hasOther: Bool = true) {
        faults.note(refused: refused, among: among)
        refuse(refused, compiled, hasOther: hasOther)
    }

    // MARK: Saying

    mutating func refuse(_ refused: [String: String], _ compiled: CompiledTable, hasOther: Bool) {
        for (path, reason) in refused.sorted(by: { $0.key < $1.key }) {
            report(compiled) { $0.path == path }
            say(.notUsed(path: path, reason: reason, isNamed: source.files.contains(path), hasOther: hasOther))
        }
    }

    mutating func report(_ compiled: CompiledTable, where isMeant: (LineDiagnostic) -> Bool = { _ in true }) {
        say(compiled.diagnostics.filter(isMeant).map(TableEvent.diagnosed))
    }

    /// Revisions that are not used, each once, those of one reason in a line.
    mutating func report(_ refused: [(number: Int, why: RevisionRefusal)]) {
        for why in RevisionRefusal.allCases {
            let numbers = refused.filter { $0.why == why && said.isNew("refused revision \($0.number)") }.map(\.number)
            if !numbers.isEmpty { say(.revisionsRefused(numbers, why: why)) }
        }
    }

    /// Says something once for these words.
    mutating func say(_ event: TableEvent, onceFor words: String) {
        if said.isNew(words) { say(event) }
    }

    mutating func say(_ event: TableEvent) { say([event]) }

    mutating func say(_ events: [TableEvent]) {
        guard !events.isEmpty else { return }
        if case .tell(let told)? = effects.last {
            effects[effects.count - 1] = .tell(told + events)
        } else {
            effects.append(.tell(events))
        }
    }

    /// As long as the files are these, nobody need ask.
    mutating func rest(_ stamps: [TableSnapshot.Stamp]) { effects.append(.calm(stamps)) }

    /// Something is to be done whatever the files are.
    mutating func rouse() { effects.append(.calm(nil)) }

    mutating func takeEffects() -> [TableMachine.Effect] {
        defer { effects = [] }
        return effects
    }
}

/// What was said and is not said again; not remembered without bound.
private struct Said {
    private var words: Set<String> = []

    mutating func isNew(_ new: String) -> Bool {
        if words.count >= 10_000 { words.removeAll() }
        return words.insert(new).inserted
    }
}
