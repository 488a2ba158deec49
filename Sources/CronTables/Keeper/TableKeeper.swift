public import CronExpressions
public import CronJobs
internal import Crontabs
internal import LinuxEvents

// Keeps the table: tells `TableMachine` what happens, does what it wants with files, store and service, and hands it the answers. It decides
// nothing.
//
// Reading, compiling and hashing 100,000 lines takes a while, so the keeper has a thread of its own; it never touches the scheduler. Its
// occasions exclude each other (`lock`); what is asked about the table meanwhile is answered from what is in use.

/// Keeps a table in use: hands out its jobs at the start and with each change, and remembers every content in a store.
///
/// ```swift
/// let source = TableSource.systemDefault
/// let keeper = TableKeeper(
///     source: source, compiler: TableCompiler(source: source, zone: .utc, zones: .system, host: "web-1"), store: MemoryRevisionStore(),
///     clocks: clocks, strict: false, observer: observer)
/// let first = try await keeper.start(policy: .auto)
/// if case .changed(let table) = await keeper.check() { /* table.compiled.jobs take the place of first.compiled.jobs */ }
/// ```
public actor TableKeeper {
    private let executor: ThreadExecutor
    private let source: TableSource
    private let store: any RevisionStore
    private let trust: RevisionTrust
    private let legacy: (any LegacyData)?
    private let admission: (any TableAdmission)?
    private let clocks: any Clocks
    private let observer: any TableObserver
    private let ownZone: @Sendable () -> Zone?
    private nonisolated let calm = CalmFiles()

    private var machine: TableMachine
    private let lock = ActorLock()

    nonisolated public var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - sharing: how others' revisions are met.
    ///   - legacy: the cache that is read where there is no revision yet, and written with every change.
    ///   - admission: decides which jobs run here; without it all do, and nobody knows where they stand.
    ///   - ownZone: finds out again which zone is the service's own; nil where that cannot be told now.
    public init(
        source: TableSource, compiler: TableCompiler, store: any RevisionStore, sharing: TableSharing = TableSharing(),
        legacy: (any LegacyData)? = nil, admission: (any TableAdmission)? = nil, clocks: any Clocks, strict: Bool,
        observer: any TableObserver, ownZone: @escaping @Sendable () -> Zone? = { nil }
    ) {
        let situation = TableSituation(
            source: source, sharing: sharing, strict: strict, compiler: compiler, legacy: legacy.map { _ in LegacySync() })
        self.init(
            situation, store: store, legacy: legacy, admission: admission, clocks: clocks, observer: observer, ownZone: ownZone)
    }

    init(
        _ situation: TableSituation, store: any RevisionStore, legacy: (any LegacyData)?, admission: (any TableAdmission)?,
        clocks: any Clocks, observer: any TableObserver, ownZone: @escaping @Sendable () -> Zone?
    ) {
        executor = ThreadExecutor()
        source = situation.source
        trust = RevisionTrust(store: store, seal: situation.sharing.seal)
        machine = TableMachine(situation)
        self.store = store
        self.legacy = legacy
        self.admission = admission
        self.clocks = clocks
        self.observer = observer
        self.ownZone = ownZone
    }

    // MARK: What happens

    /// Decides which content applies, writes it to the files where they hold another, and compiles it.
    ///
    /// Throws if the table is refused and there is nothing to fall back on, or if the store fails.
    public func start(policy: StartPolicy) async throws(TableRefusal) -> LoadedTable {
        switch await tell(.start(policy)) {
        case .changed(let table): return table
        case .refused(let refusal): throw refusal
        default: throw TableRefusal("the table could not be started", .store)
        }
    }

    /// What a look at the files, or at what others published, said.
    public enum Check: Sendable {
        case unchanged
        /// Something is going on; look again after this long.
        case unsettled(Duration)
        case changed(LoadedTable)
    }

    /// Reads the files if they may have changed, and compiles a new content, or the same with the zones' new rules.
    ///
    /// - Parameters:
    ///   - force: read even if no file's identity changed.
    ///   - isBeingWritten: somebody has changed a file and has not closed it yet.
    public func check(force: Bool = false, isBeingWritten: Bool = false) async -> Check {
        await look(.look(force: force, isBeingWritten: isBeingWritten))
    }

    /// Asks the store for a newer revision and applies it, where this service follows; gives a store back what it lost.
    public func follow() async -> Check { await look(.follow) }

    /// Gives a shared store the seed that it may have lost, and takes over one that counts more than ours: then lines with `~` are edited.
    public func agreeOnSeed() async -> Check { await look(.seedDue) }

    private func look(_ event: TableMachine.Event) async -> Check {
        switch await tell(event) {
        case .changed(let table): .changed(table)
        case .unsettled(let wait): .unsettled(wait)
        default: .unchanged
        }
    }

    /// What became of a wish to restore a revision.
    public enum Restoring: Sendable {
        case noRevision
        /// The revision names files that are none of this table's: nothing was changed.
        case otherFiles([String])
        /// It is in use, and the files hold it.
        case isCurrent
        case done(LoadedTable)
    }

    /// Makes an older revision the newest, and writes it into the files. Whoever asks vouches for it.
    public func restore(_ number: Int, author: String? = nil) async throws(TableRefusal) -> Restoring {
        switch await tell(.restore(number, author: author)) {
        case .changed(let table): return .done(table)
        case .noRevision: return .noRevision
        case .otherFiles(let paths): return .otherFiles(paths)
        case .isCurrent: return .isCurrent
        case .refused(let refusal): throw refusal
        default: throw TableRefusal("the revision could not be restored", .store)
        }
    }

    /// From now on `a~b` is drawn from this seed; for a start, before it.
    public func draw(from seed: TableSeed) { _ = machine.handle(.draw(seed), at: now) }

    // MARK: What is so

    /// Lines of the table in use that do not run as they stand.
    public var badLines: Int { machine.situation.inUse.badLines }
    public var currentRevision: Int? { machine.situation.inUse.number }
    /// What is wrong with the files as of the last look.
    public var faults: TableFaults { machine.situation.faults }
    /// The service's own zone.
    public var zone: Zone { compiling.zone }
    /// How it turns files into jobs.
    public var compiling: TableCompiler { machine.situation.compiler }
    /// The text of the seed, or what stands for one.
    public var drawsFrom: String { compiling.draws.text }

    /// The files of the table in use, for people.
    public func tableFiles() async -> [ListedFile] {
        let inUse = machine.situation.inUse
        var files = inUse.files
        if files == nil, let number = inUse.number { files = try? await trust.files(of: number) }
        return machine.situation.list(files ?? [], beside: TableReader.read(source))
    }

    /// Whether there is nothing to check: the files are those that were looked at last, and nothing is wrong with them.
    ///
    /// Blocking, and from any thread: the answer does not wait for what the keeper does.
    nonisolated public func isUnchanged() -> Bool { calm.covers(TableReader.stamps(source), at: clocks.wall) }

    // MARK: Doing it

    private var now: TableMoment {
        let wall = clocks.wall
        return TableMoment(wall: wall, monotonic: clocks.monotonic, ahead: clocks.fromMachine(wall) - wall)
    }

    /// Tells the machine what happens, and does what follows from it.
    private func tell(_ event: TableMachine.Event) async -> TableMachine.Outcome {
        await lock.take()
        defer { lock.give() }
        if let time = calm.takeCheck() { _ = machine.handle(.foundUnchanged(at: time), at: now) }
        var effects = machine.handle(event, at: now)
        while true {
            var asked: TableMachine.Question?
            for effect in effects {
                switch effect {
                case .tell(let events): for event in events { observer.observe(event) }
                case .calm(let stamps): calm.set(stamps, at: clocks.wall)
                case .ask(let question): asked = question
                case .finish(let outcome): return outcome
                }
            }
            guard let question = asked else { return .unchanged }
            (asked, effects) = (nil, [])
            let answer = await answer(question)
            effects = machine.handle(.answered(answer), at: now)
        }
    }

    private func answer(_ question: TableMachine.Question) async -> TableMachine.Answer {
        do throws(StoreError) {
            switch question {
            case .glance:
                return .glance(TableReader.stamps(source), passedOver: source.dropInFolders.flatMap(TableReader.passedOver))
            case .read: return .snapshot(TableReader.read(source))
            case .survey: return .survey(TableSurvey(of: source))
            case .readOnlyFile: return .path(source.files.first(where: TableWriter.isReadOnly))
            case .write(let files, let removed): return write(files, removing: removed)
            case .zones: return .zones(compiling.zones.refresh(), own: ownZone())
            case .admit(let table): return try await admit(table)
            case .cache: return .cache(try await legacy?.cache())
            case .setCache(let text):
                try await legacy?.setCache(text)
                return .done
            default: return try await recall(question)
            }
        } catch {
            return .failed(error)
        }
    }

    /// What the store knows of the table's past.
    private func recall(_ question: TableMachine.Question) async throws(StoreError) -> TableMachine.Answer {
        switch question {
        case .newest: return .newest(try await trust.newest())
        case .newestNumber: return .number(try await store.newestNumber())
        case .standing(let number): return .standing(try await store.standing(of: number))
        case .judge(let revision): return .judged(try await trust.judge(revision))
        case .files(let number): return .files(try await trust.files(of: number))
        case .anyFiles(let number): return .files(try await store.files(of: number))
        case .revisions: return .revisions(try await store.revisions())
        case .had(let path): return .flag(try await trust.had(path: path))
        case .hadBefore(let number, let files): return .flag(try await trust.hadBefore(number, files))
        case .publish(let new):
            return .published(
                try await store.append(new.files, hash: new.hash, origin: new.origin, now: clocks.wall, terms: new.terms))
        case .note(let attributes, let number):
            try await store.note(attributes, of: number)
            return .done
        case .bases(let host): return .bases(try await store.bases(of: host))
        case .setBase(let text, let host):
            try await store.setBase(text, of: host, now: clocks.wall)
            return .done
        case .keepSeed(let seed): return .seed(try await store.keep(seed))
        default: return .done
        }
    }

    private func admit(_ table: CompiledTable) async throws(StoreError) -> TableMachine.Answer {
        guard let admission else { return .admitted(.init(table: table)) }
        let (admitted, elsewhere) = await admission.admit(table)
        return .admitted(.init(table: admitted, elsewhere: elsewhere, marks: try await admission.watermarks()))
    }

    private func write(_ files: [TableWrite], removing removed: [String]) -> TableMachine.Answer {
        var failures: [String: FileReplacement.Failure] = [:]
        for write in files { failures[write.file.path] = TableWriter.write(write.file, over: write.over) }
        for path in removed { failures[path] = TableWriter.remove(path).map { .reason($0) } }
        return .written(failures: failures, TableReader.read(source))
    }
}
