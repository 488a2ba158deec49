internal import CronExpressions
internal import CronJobs
internal import CronProcesses
internal import CronEngine
internal import CronTables
internal import Glibc
internal import LinuxEvents

/// Follows the table's files, and the newer tables that other replicas publish: compares, applies, reports.
/// Whose turn it is to look at the table; a hint that comes during a look is not lost.
struct LookTurns {
    /// The start is the first look. An edit between its reading and the first watch gives no hint; the watcher looks as soon as it watches.
    private(set) var isLooking = true
    private var isAgain = false
    private var isForced = false

    /// False where a look goes on: then there is one more after it.
    mutating func begin(force: Bool) -> Bool {
        guard isLooking else {
            isLooking = true
            return true
        }
        isAgain = true
        isForced = isForced || force
        return false
    }

    /// There is something more to look at.
    mutating func again() { isAgain = true }

    /// Where there is to be another look: whether it reads whatever the files are.
    mutating func end() -> Bool? {
        defer { (isLooking, isAgain, isForced) = (false, false, false) }
        return isAgain ? isForced : nil
    }
}

extension Service {
    func startWatching() {
        guard let keeper else { return }
        let asked = TableWatcher.Asked(list: watchList, keeper: keeper, answers: pathAnswers)
        let watcher = TableWatcher(loop: loop, source: configuration.table, asked) { [unowned self] in
            assumeIsolated { $0.look(force: false) }
        }
        self.watcher = watcher
        if let problem = watcher.problem {
            lacks.append(
                Lack(
                    what: "watch", reason: "edits are noticed after up to 15 s: \(problem)",
                    remedy: "raise fs.inotify.max_user_instances and max_user_watches"))
        }
        endLook()
    }

    /// Compares the files in a task; a hint that comes meanwhile is not lost.
    func look(force: Bool) {
        guard !stopping, looks.begin(force: force) else { return }
        if force {
            log.info("asked to read the table again")
            lookUpUsers()
        }
        Task(executorPreference: loop) { await self.compareInTurn(force: force) }
    }

    func compareInTurn(force: Bool) async {
        await tableLock.take()
        _ = await compare(force: force)
        tableLock.give()
        endLook()
    }

    /// Goes on with a hint that came meanwhile.
    func endLook() {
        if let force = looks.end() { look(force: force) }
    }

    /// Only for who has the table's lock.
    func compare(force: Bool, for asker: Asker? = nil) async -> TableDifference? {
        guard let keeper else { return nil }
        let ticket = keeperAnswers.begin()
        let check = await keeper.check(force: force, isBeingWritten: !force && watcher?.isBeingWritten ?? false)
        await noteTableState(keeper)
        keeperAnswers.end(ticket)
        switch check {
        case .unchanged: return nil
        case .unsettled(let wait):
            watcher?.lookAgain(after: wait)
            return nil
        case .changed(let table): return await apply(table, for: asker)
        }
    }

    /// Only for who has the table's lock, and has had it since before the table was read.
    ///
    /// - Parameter asker: who asked for it; nil where a file or another replica did.
    func apply(_ table: LoadedTable, for asker: Asker? = nil) async -> TableDifference {
        guard let scheduler, let store else { return TableDifference() }
        let difference = await replaceTable(table, scheduler)
        do {
            if !isWorker { try await store.ledger.retain(table.keptJobs, now: clocks.wall) }
        } catch {
            log.error("the store does not know yet which jobs the table has", .text("reason", error.message))
        }
        await report(difference, table)
        publish(difference, table, asker)
        releaseMemory()
        return difference
    }

    /// Hands a table to the scheduler, and takes over what people are shown of it.
    func replaceTable(_ table: LoadedTable, _ scheduler: SchedulerEngine) async -> TableDifference {
        let known = side.others
        side = TableSide(table)
        for job in side.others.keys.sorted() where known[job] == nil {
            log.info("job of another host", .text("job", "\(job)"), .text("host", configuration.host))
        }
        secrets.learn(table.compiled.jobs.commandSettings)
        noteLimits(table.compiled.jobs)
        await hearDeadLetters(for: table.compiled.jobs)
        await openHooks(for: table.compiled.jobs)
        return await scheduler.replaceTable(table.compiled.jobs, watermarks: table.watermarks, since: table.since)
    }

    /// Jobs with limits that only a control group can keep, where none can be made: they run without.
    private func noteLimits(_ jobs: [Job]) {
        let known = lacks.firstIndex { $0.what == "limits" }
        guard let obstacle = groups?.obstacle, jobs.sharedPolicies.contains(where: \.values.limits.needsGroup) else {
            if let known { lacks.remove(at: known) }
            return
        }
        guard known == nil else { return }
        let lack = Lack(
            what: "limits", reason: "limit-memory and limit-cpu are not kept: \(obstacle)",
            remedy: "give the container a writable cgroup v2, or name one with --cgroup; --strict makes such lines bad ones")
        lacks.append(lack)
        if isOpen { log.report([lack]) }
    }

    private func publish(_ difference: TableDifference, _ table: LoadedTable, _ asker: Asker?) {
        var event = ControlEvent(.table, at: clocks.wall)
        event.count = difference.added.count + difference.changed.count + difference.removed.count
        event.revision = table.revision?.number
        event.by = asker
        events.publish(event)
        feeds.wake()
    }

    func report(_ difference: TableDifference, _ table: LoadedTable) async {
        log.info(
            "table loaded", .number("jobs", Int64(table.compiled.jobs.count)), .number("revision", Int64(table.revision?.number ?? 0)),
            .number("added", Int64(difference.added.count)), .number("changed", Int64(difference.changed.count)),
            .number("removed", Int64(difference.removed.count)))
        let touched = Dictionary(
            difference.added.map { ($0, "job added") } + difference.changed.map { ($0, "job changed") },
            uniquingKeysWith: { first, _ in first })
        guard !touched.isEmpty || !difference.removed.isEmpty else { return }
        for (index, job) in table.compiled.jobs.enumerated() {
            guard let message = touched[job.id] else { continue }
            say(message, index, table.compiled)
        }
        for id in difference.removed { log.info("job removed", .text("job", "\(id)")) }
    }

    /// The jobs of the first table, a line each; of a large one not even the beginning.
    func list(_ table: CompiledTable) {
        guard table.jobs.count <= 100 else { return }
        for index in table.jobs.indices { say("job loaded", index, table, startup: "now") }
    }

    /// Ids of jobs without a name change with their lines, and so does what is remembered of them.
    func hintAtNames() {
        guard side.places.unnamed > 0 else { return }
        log.info(
            "jobs without a name are shown by an id derived from their line", .number("jobs", Int64(side.places.unnamed)),
            .text("remedy", "name those that matter: # crond: name=NAME in the line above"))
    }

    /// A job, where it stands, and when it is due next.
    private func say(_ message: String, _ index: Int, _ table: CompiledTable, startup: String = "at the next start") {
        let job = table.jobs[index]
        let time = job.nextFireTime(after: clocks.wall.instant).map { time in job.zone.map { time.rfc3339(in: $0) } ?? time.rfc3339UTC() }
        let next = job.timing == .startup ? startup : time ?? "never"
        var fields: [LogRecord.Field] = [.text("job", "\(job.id)"), .text("next", next)]
        if let place = table.location(of: index) { fields.append(.text("at", place)) }
        log.record(.info, message, fields)
    }

    /// Users may have come, gone or changed since the table was loaded. Nobody waits for it: the database may be slow.
    func lookUpUsers() {
        guard let users else { return }
        Task(executorPreference: loop) { await users.refresh() }
    }

    // MARK: What others publish

    /// Whoever can read the key can publish any table.
    func warnOfOpenKey() {
        guard let path = configuration.tableKeyFile else { return }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & S_IROTH != 0 else { return }
        log.warning("the table's key can be read by others", .text("path", path), .text("remedy", "chmod 600, or mount it with mode 0400"))
    }

    /// Asks with each renewal of the leases: one small command.
    func followOthers() {
        guard let keeper, !stopping, !looks.isLooking, watcher?.isBeingWritten != true, looks.begin(force: false) else { return }
        Task(executorPreference: loop) { await self.followInTurn(keeper) }
    }

    private func followInTurn(_ keeper: TableKeeper) async {
        await tableLock.take()
        let ticket = keeperAnswers.begin()
        let checks = [await keeper.agreeOnSeed(), await keeper.follow()]
        await noteTableState(keeper)
        keeperAnswers.end(ticket)
        for check in checks {
            switch check {
            case .changed(let table): _ = await apply(table)
            case .unsettled: looks.again()
            case .unchanged: break
            }
        }
        tableLock.give()
        endLook()
    }
}
