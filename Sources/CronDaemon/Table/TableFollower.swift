internal import CronEngine
internal import CronJobs
internal import CronProcesses
internal import CronTables
internal import LinuxEvents

// Follows the table's files, and the newer tables that other replicas publish: compares, and has what is new put to use.
//
//     a hint, a signal, `crond reload` ─▶ its turn ─▶ the lock ─▶ the keeper compares ─▶ in use ─▶ the lock is given ─▶ the next turn
//     a renewal of the leases ──────────▶     "         "        the keeper follows        "
//
// Whoever reads the table holds the lock until it is applied: what was read earlier is never applied later.

actor TableFollower {
    struct Parts: Sendable {
        let keeper: TableKeeper
        let list: WatchList
        let answers: TableAnswers
        let view: TableView
        let publisher: TablePublisher
        let users: UserDirectory
        let once: OnceKeeper?
    }

    private let context: ServiceContext
    private nonisolated let parts: Parts
    private let lock = ActorLock()
    private var looks = LookLock()
    /// `nil` before the first table is in use.
    private var watcher: TableWatcher?
    private var keeper: TableKeeper { parts.keeper }

    nonisolated var unownedExecutor: UnownedSerialExecutor { context.loop.asUnownedSerialExecutor() }

    init(_ context: ServiceContext, _ parts: Parts) {
        self.context = context
        self.parts = parts
    }

    /// Why the table cannot be looked at now; nil where it can.
    var silence: String? { parts.answers.silence }

    /// A path of the table is being touched, and has not answered yet.
    var isWaiting: Bool { parts.answers.paths.isWaiting }

    // MARK: The first table

    /// Returns once every file and folder of the table has answered.
    func findPaths() async {
        let ticket = parts.answers.paths.begin()
        await parts.list.renew(nil)
        parts.answers.paths.end(ticket)
    }

    func begin() async throws(TableRefusal) -> LoadedTable {
        try await asking { keeper throws(TableRefusal) in try await keeper.start(policy: self.context.configuration.onStart) }
    }

    func watch() {
        let asked = TableWatcher.Asked(list: parts.list, keeper: keeper, answers: parts.answers.paths)
        let watcher = TableWatcher(loop: context.loop, source: context.configuration.table, asked) { [unowned self] in
            assumeIsolated { $0.look(force: false) }
        }
        self.watcher = watcher
        if let problem = watcher.problem {
            context.reduced.add(
                ReducedFeature(
                    what: "watch", reason: "edits are noticed after up to 15 s: \(problem)",
                    remedy: "raise fs.inotify.max_user_instances and max_user_watches"))
        }
        endTurn()
    }

    func stop() { watcher?.stop() }

    // MARK: Looks

    /// Compares the files in a task; a hint that comes meanwhile is not lost.
    func look(force: Bool) {
        guard !context.stage.isEnding, looks.begin(force: force) else { return }
        if force {
            context.log.info("asked to read the table again")
            parts.users.refreshLater(context.loop)
        }
        Task(executorPreference: context.loop) { await self.lookInTurn(force: force) }
    }

    private func lookInTurn(force: Bool) async {
        await lock.take()
        _ = await compare(force: force)
        lock.give()
        endTurn()
    }

    /// Goes on with a hint that came meanwhile.
    private func endTurn() {
        if let force = looks.end() { look(force: force) }
    }

    /// Asks with each renewal of the leases what others publish: one small command.
    func followOthers() {
        guard !context.stage.isEnding, !looks.isLooking, watcher?.isBeingWritten != true, looks.begin(force: false) else { return }
        Task(executorPreference: context.loop) { await self.followInTurn() }
    }

    private func followInTurn() async {
        await lock.take()
        let checks = await asking { [await $0.agreeOnSeed(), await $0.follow()] }
        for check in checks {
            switch check {
            case .changed(let table): _ = await parts.publisher.replace(by: table, for: nil)
            case .unsettled: looks.again()
            case .unchanged: break
            }
        }
        lock.give()
        endTurn()
    }

    /// The caller holds the lock.
    private func compare(force: Bool, for asker: Asker? = nil) async -> TableDifference? {
        let isBeingWritten = !force && watcher?.isBeingWritten ?? false
        switch await asking({ await $0.check(force: force, isBeingWritten: isBeingWritten) }) {
        case .unchanged: return nil
        case .unsettled(let wait):
            watcher?.lookAgain(after: wait)
            return nil
        case .changed(let table): return await parts.publisher.replace(by: table, for: asker)
        }
    }

    /// What the keeper answers; it is noticed where it takes long, and what the keeper knows afterwards is taken over.
    private func asking<Answer: Sendable, Failure: Error>(
        _ question: @Sendable (TableKeeper) async throws(Failure) -> Answer
    ) async throws(Failure) -> Answer {
        let ticket = parts.answers.keeper.begin()
        let answer: Result<Answer, Failure>
        do throws(Failure) { answer = .success(try await question(keeper)) } catch { answer = .failure(error) }
        await takeOver()
        parts.answers.keeper.end(ticket)
        return try answer.get()
    }

    private func takeOver() async {
        parts.view.show(
            TableState(revision: await keeper.currentRevision, seed: await keeper.drawsFrom, reasons: await keeper.faults.reasons))
        await parts.once?.setZone(await keeper.zone)
    }

    // MARK: What people ask

    func reload(for asker: Asker) async throws(ControlRefusal) -> TableChange {
        if let silence { throw ControlRefusal("\(silence); the last good table stays", code: 75) }
        parts.users.refreshLater(context.loop)
        await lock.take()
        defer { lock.give() }
        let difference = await compare(force: true, for: asker) ?? TableDifference()
        let faults = await keeper.faults, hasOther = await keeper.currentRevision != nil
        if let failure = faults.failure(of: context.configuration.table.files, hasOther: hasOther) {
            throw ControlRefusal(failure.text, code: failure.code)
        }
        var change = await change(difference)
        let badLines = await keeper.badLines
        if badLines > 0 { change.badLines = badLines }
        if !faults.passedOver.isEmpty { change.unread = faults.passedOver.map(TableChange.Complaint.init) }
        return change
    }

    func files() async throws(ControlRefusal) -> [ControlPart] {
        if let silence { throw ControlRefusal(silence, code: 75) }
        return await keeper.tableFiles().map { .file(TableFileSnapshot($0)) }
    }

    func restore(_ number: Int, for asker: Asker) async throws(ControlRefusal) -> TableChange {
        if let silence { throw ControlRefusal("\(silence); nothing was changed", code: 75) }
        await lock.take()
        defer { lock.give() }
        let restoring: TableKeeper.Restoring
        do throws(TableRefusal) {
            restoring = try await keeper.restore(number, author: asker.withoutHost)
        } catch {
            throw ControlRefusal(error.description)
        }
        switch restoring {
        case .noRevision: throw .noRevision(number)
        case .otherFiles(let paths):
            throw ControlRefusal("revision \(number) names \(paths.joined(separator: " ")), no files of this table")
        case .isCurrent:
            var unchanged = await change(TableDifference())
            unchanged.isCurrent = true
            return unchanged
        case .done(let table):
            await takeOver()
            var change = await change(await parts.publisher.replace(by: table, for: asker))
            if !table.unwritten.isEmpty { change.unwritten = table.unwritten.map(TableChange.Complaint.init) }
            return change
        }
    }

    private func change(_ difference: TableDifference) async -> TableChange {
        TableChange(
            added: difference.added.count, changed: difference.changed.count, removed: difference.removed.count,
            revision: await keeper.currentRevision)
    }
}

extension TableChange.Complaint {
    init(_ file: UnwrittenFile) { self.init(path: file.path, reason: file.reason) }
}

extension UserDirectory {
    /// Users may have come, gone or changed since the table was loaded. Nobody waits for it: the database may be slow.
    func refreshLater(_ loop: EventLoop) { Task(executorPreference: loop) { await self.refresh() } }
}
