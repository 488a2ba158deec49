internal import CronExpressions
internal import CronJobs
internal import CronProcesses
internal import CronScheduler
internal import Glibc
internal import LinuxEvents

// The service: joins table, scheduler, runner, ledger and control socket, and carries what one says to the others.
//
//   opening ──▶ running ──TERM, INT, QUIT──▶ draining ──▶ ended
//      │                                        │ a second signal: kill at once
//      └── a store or table that cannot be used: ended with a sysexits code
//
// Everything is on the event loop's thread except what blocks: the store, the keeper's reading and compiling, user look-ups, the log writers.

/// Why the service could not begin, with the exit code that says so.
struct ServiceFailure: Error {
    var code: Int32
    var message: String
}

actor Service {
    private let configuration: Configuration
    private let loop: EventLoop
    private let clocks: any Clocks
    private let log: Log
    private let output: JobOutput

    private var store: StoreOpening?
    private var scheduler: Scheduler?
    private var runner: ProcessRunner?
    private var keeper: TableKeeper?
    private var users: UserDirectory?
    private var reaper: OrphanReaper?
    private var watcher: TableWatcher?
    private var server: ControlServer?
    private var signals: SignalWatch?
    private var housekeeping: TimerToken?

    private var incarnation: Int64 = 0
    private var staleJobs: Set<JobID> = []
    private var degraded: [String] = []
    private var stopping = false
    private var stopped: CheckedContinuation<Void, Never>?
    private var looking = false
    private var lookAgain = false
    private var warnedUsers: Set<String> = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(configuration: Configuration, loop: EventLoop, clocks: any Clocks, log: Log, output: JobOutput) {
        self.configuration = configuration
        self.loop = loop
        self.clocks = clocks
        self.log = log
        self.output = output
    }

    /// The whole life of the service; answers its exit code.
    func run(hasInit: Bool) async -> Int32 {
        do {
            try watchSignals()
            try await open(hasInit: hasInit)
        } catch let failure as ServiceFailure {
            log.error("cannot start", .text("reason", failure.message))
            await store?.ledger.close(now: clocks.wall)
            return failure.code
        } catch {
            log.error("cannot start", .text("reason", "\(error)"))
            return 71
        }
        if !stopping {
            let loopTask = Task(executorPreference: loop) { [scheduler] in await scheduler?.run() }
            await withCheckedContinuation { stopped = $0 }
            await drain()
            await loopTask.value
        }
        await end()
        return 0
    }

    // MARK: Opening

    private func open(hasInit: Bool) async throws {
        let store = try await openStore()
        self.store = store
        let opening = try await store.ledger.open(bootID: BootID.current, now: clocks.wall)
        incarnation = opening.incarnation
        let zones = ZoneDatabase(directory: configuration.environment["TZDIR"] ?? "/usr/share/zoneinfo")
        let keeper = TableKeeper(
            source: configuration.table, compiler: try compiler(zones), store: store.revisions, clocks: clocks,
            strict: configuration.strict, log: log)
        self.keeper = keeper
        if !hasInit { _ = OrphanReaper.becomeSubreaper() }
        let (runner, scheduler) = try makeRunner(store)
        let table = await firstTable(keeper)
        let table2 = try table.get()
        try await prepareUsers(table2.compiled.jobs)
        staleJobs = table2.compiled.stale
        var watermarks = table2.watermarks
        watermarks.merge(try await store.ledger.watermarks()) { max($0, $1) }
        _ = await scheduler.replaceTable(table2.compiled.jobs, watermarks: watermarks, since: table2.since)
        try await store.ledger.retain(Set(table2.compiled.jobs.map(\.id)), now: clocks.wall)
        await recover(store.ledger, runner, scheduler)
        startWatching()
        openSocket()
        scheduleHousekeeping()
        releaseMemory()
        log.info(
            "ready", .text("name", configuration.name), .number("jobs", Int64(table2.compiled.jobs.count)),
            .number("revision", Int64(table2.revision?.number ?? 0)), .text("store", store.description),
            .text("durability", store.durability), .number("incarnation", incarnation), .number("pid", Int64(getpid())))
        await scheduler.fireStartup(incarnation: incarnation)
    }

    private func openStore() async throws(ServiceFailure) -> StoreOpening {
        do {
            return try await StoreOpening.open(configuration, wait: .seconds(30), clocks: clocks, log: log)
        } catch {
            throw ServiceFailure(code: error.code == .held ? 75 : 69, message: error.message)
        }
    }

    private func compiler(_ zones: ZoneDatabase) throws(ServiceFailure) -> TableCompiler {
        var zone = zones.localZone(environmentTZ: configuration.environment["TZ"])
        if let name = configuration.zone {
            do {
                zone = try zones.zone(named: name)
            } catch {
                throw ServiceFailure(code: 78, message: error.message)
            }
        }
        return TableCompiler(format: configuration.table.format, zone: zone, zones: zones, host: ServiceHost.hostName)
    }

    private func firstTable(_ keeper: TableKeeper) async -> Result<LoadedTable, ServiceFailure> {
        do {
            return .success(try await keeper.start(policy: configuration.onStart))
        } catch {
            if error.isStore { return .failure(ServiceFailure(code: 69, message: error.description)) }
            if configuration.strict { return .failure(ServiceFailure(code: 65, message: error.description)) }
            log.error("no table can be used; waiting for a good one", .text("reason", error.description))
            return .success(LoadedTable(compiled: CompiledTable(), revision: nil, since: clocks.wall.instant))
        }
    }

    private func makeRunner(_ store: StoreOpening) throws -> (ProcessRunner, Scheduler) {
        let users = UserDirectory()
        let options = RunnerOptions.ofThisProcess(environment: configuration.environment.map { "\($0.key)=\($0.value)" }.sorted())
        let log = log
        let runner = try ProcessRunner(loop: loop, clocks: clocks, users: users, options: options, output: output) { warning in
            log.warning(warning.message, .text("subject", warning.subject))
        }
        let waker = LoopWaker(loop: loop)
        let scheduler = Scheduler(
            executor: loop, clocks: clocks, waker: waker, ledger: store.ledger, runner: runner, observer: ServiceLog(log: log),
            groupingDelay: GroupingDelay(loop: loop).wait)
        self.users = users
        self.runner = runner
        self.scheduler = scheduler
        reaper = OrphanReaper(loop: loop, runner: runner)
        return (runner, scheduler)
    }

    private func recover(_ ledger: any Ledger, _ runner: ProcessRunner, _ scheduler: Scheduler) async {
        do {
            for open in try await ledger.sweep(now: clocks.wall) {
                let job = await scheduler.jobs.first { $0.id == open.run.job } ?? Job(id: open.run.job, timing: .startup, command: Command(text: ""))
                let attempt = Attempt(
                    run: open.run, number: open.attempt, fence: open.fence, trigger: .scheduled, job: job,
                    scheduledAt: open.run.occasion.fireTime ?? clocks.wall.instant)
                await scheduler.adopt(attempt)
                if await runner.adopt(open, reportingTo: scheduler) {
                    log.warning("adopted a run of the service's last life", .text("job", "\(open.run.job)"), .text("run", "\(open.run)"))
                } else {
                    await scheduler.report([.finished(Finish(
                        run: open.run, attempt: open.attempt, fence: open.fence, outcome: .interrupted, startedAt: open.startedAt, at: clocks.wall))])
                }
            }
        } catch {
            log.error("open runs of the last life cannot be recovered", .text("reason", "\(error)"))
        }
    }

    // MARK: Signals

    private func watchSignals() throws {
        signal(SIGPIPE, SIG_IGN)
        signals = try SignalWatch(loop: loop, signals: [SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCHLD, SIGUSR1, SIGUSR2]) { [unowned self] number, _ in
            assumeIsolated { $0.take(number) }
        }
    }

    private func take(_ number: Int32) {
        switch number {
        case SIGTERM, SIGINT, SIGQUIT: requestStop(number)
        case SIGHUP:
            log.info("asked to read the table again")
            look(force: true)
        case SIGCHLD: reaper?.childEnded()
        default: break
        }
    }

    private func requestStop(_ number: Int32) {
        if stopping {
            log.warning("a second signal: running jobs are ended now", .number("signal", Int64(number)))
            Task(executorPreference: loop) { [runner] in await runner?.stopNow() }
            return
        }
        stopping = true
        log.info("stopping: nothing new is started", .number("signal", Int64(number)), .number("drain_ms", configuration.drain.wholeMilliseconds))
        stopped?.resume()
        stopped = nil
    }

    // MARK: Ending

    private func drain() async {
        watcher?.stop()
        await scheduler?.stop()
        await runner?.stop(patience: configuration.drain, killAfter: configuration.killAfter)
    }

    private func end() async {
        if let housekeeping { loop.cancel(housekeeping) }
        watcher?.stop()
        server?.close()
        server = nil
        await scheduler?.settle()
        await store?.ledger.close(now: clocks.wall)
        log.info("ended")
    }

    // MARK: Table

    private func startWatching() {
        let watcher = TableWatcher(loop: loop, source: configuration.table) { [unowned self] in
            assumeIsolated { $0.look(force: false) }
        }
        self.watcher = watcher
        if let problem = watcher.problem {
            degraded.append("files are not watched, only looked at every 15 s: \(problem)")
            log.warning("files cannot be watched; they are looked at every 15 s", .text("reason", problem))
        }
    }

    /// Compares the files in a task; a hint that comes meanwhile is not lost.
    private func look(force: Bool) {
        guard !stopping else { return }
        if looking {
            lookAgain = true
            return
        }
        looking = true
        Task(executorPreference: loop) { await self.compareInTurn(force: force) }
    }

    private func compareInTurn(force: Bool) async {
        _ = await compare(force: force)
        looking = false
        guard lookAgain else { return }
        lookAgain = false
        look(force: false)
    }

    private func compare(force: Bool) async -> TableDifference? {
        guard let keeper else { return nil }
        switch await keeper.check(force: force) {
        case .unchanged: return nil
        case .unsettled(let wait):
            watcher?.lookAgain(after: wait)
            return nil
        case .changed(let table): return await apply(table)
        }
    }

    private func apply(_ table: LoadedTable) async -> TableDifference {
        guard let scheduler, let store else { return TableDifference() }
        try? await prepareUsers(table.compiled.jobs)
        let removed = await scheduler.jobs
        let difference = await scheduler.replaceTable(table.compiled.jobs, watermarks: table.watermarks, since: table.since)
        staleJobs = table.compiled.stale
        _ = removed
        do {
            try await store.ledger.retain(Set(table.compiled.jobs.map(\.id)), now: clocks.wall)
        } catch {
            log.error("the store does not know yet which jobs the table has", .text("reason", error.message))
        }
        await report(difference, table)
        releaseMemory()
        return difference
    }

    private func report(_ difference: TableDifference, _ table: LoadedTable) async {
        log.info(
            "table loaded", .number("jobs", Int64(table.compiled.jobs.count)), .number("revision", Int64(table.revision?.number ?? 0)),
            .number("added", Int64(difference.added.count)), .number("changed", Int64(difference.changed.count)),
            .number("removed", Int64(difference.removed.count)))
        let touched = Dictionary(
            difference.added.map { ($0, "job added") } + difference.changed.map { ($0, "job changed") }, uniquingKeysWith: { first, _ in first })
        guard !touched.isEmpty || !difference.removed.isEmpty else { return }
        let now = clocks.wall.instant
        for job in table.compiled.jobs {
            guard let message = touched[job.id] else { continue }
            let next = job.timing == .startup ? "at the next start" : job.nextFireTime(after: now)?.rfc3339UTC() ?? "never"
            log.info(message, .text("job", "\(job.id)"), .text("next", next))
        }
        for id in difference.removed { log.info("job removed", .text("job", "\(id)")) }
    }

    private func prepareUsers(_ jobs: [Job]) async throws {
        var names: Set<String> = []
        for job in jobs { if let user = job.command.user { names.insert(user) } }
        await users?.resolve(names)
        let canSwitch = geteuid() == 0
        for name in names.sorted() where !warnedUsers.contains(name) {
            guard let user = users?.cached(name) else {
                warnedUsers.insert(name)
                log.warning("unknown user: lines of this user will not start", .text("user", name))
                continue
            }
            guard !canSwitch, user.uid != geteuid() else { continue }
            warnedUsers.insert(name)
            log.warning("not root: lines of this user run as the service's own", .text("user", name))
        }
    }

    // MARK: Housekeeping

    private func scheduleHousekeeping() {
        housekeeping = loop.after(.seconds(60)) { [unowned self] in
            assumeIsolated { service in
                Task(executorPreference: service.loop) { await service.keepHouse() }
                service.scheduleHousekeeping()
            }
        }
    }

    private var minutes = 0

    private func keepHouse() async {
        minutes += 1
        do {
            try await store?.ledger.prune(configuration.retention, now: clocks.wall)
        } catch {
            log.error("history cannot be pruned", .text("reason", error.message))
        }
        if minutes % 5 == 0 { await users?.refresh() }
    }

    /// Gives what loading a large table took back to the system.
    private func releaseMemory() { ProcessHost.trimMemory() }

    // MARK: Control

    private func openSocket() {
        if configuration.socket == "none" { return }
        guard let path = configuration.socket ?? Places.socket(name: configuration.name, environment: configuration.environment) else {
            degraded.append("no control socket: no place for it is known")
            log.warning("no control socket: no place for it is known", .text("remedy", "set XDG_RUNTIME_DIR or --socket"))
            return
        }
        do {
            server = try ControlServer(loop: loop, path: path) { [unowned self] request, number in
                assumeIsolated { $0.serve(request, number) }
            }
        } catch {
            degraded.append("no control socket: \(error.description)")
            log.warning("no control socket: status, reload and table verbs cannot reach this service", .text("reason", error.description))
        }
    }

    private func serve(_ request: ControlRequest, _ number: Int) {
        Task(executorPreference: loop) {
            let response = await self.answer(request)
            await self.reply(number, response)
        }
    }

    private func reply(_ number: Int, _ response: ControlResponse) { server?.answer(number, response) }

    private func answer(_ request: ControlRequest) async -> ControlResponse {
        var response = ControlResponse()
        guard let keeper, let scheduler, let store else { return ControlResponse(error: "the service is still starting") }
        switch request.verb {
        case .status: response.status = await status(scheduler, keeper, store)
        case .reload:
            let difference = await compare(force: true) ?? TableDifference()
            response.change = await change(difference, keeper)
        case .tableRestore:
            do {
                let table = try await keeper.restore(request.revision ?? 0)
                response.change = await change(await apply(table), keeper)
            } catch {
                return ControlResponse(error: "\(error)")
            }
        case .tableLog, .tableShow:
            return await RevisionAnswers.answer(request, store.revisions, current: await keeper.currentRevision)
        }
        return response
    }

    private func change(_ difference: TableDifference, _ keeper: TableKeeper) async -> ControlResponse.Change {
        ControlResponse.Change(
            added: difference.added.count, changed: difference.changed.count, removed: difference.removed.count,
            revision: await keeper.currentRevision)
    }

    private func status(_ scheduler: Scheduler, _ keeper: TableKeeper, _ store: StoreOpening) async -> ControlResponse.Status {
        var reasons = degraded
        if await scheduler.storeIsDown { reasons.append("the store fails; nothing is started") }
        return ControlResponse.Status(
            name: configuration.name, version: ServiceHost.version, pid: getpid(), incarnation: incarnation, jobs: await scheduler.jobs.count,
            staleJobs: staleJobs.map(\.description).sorted(), running: await scheduler.runningRuns.map(\.description).sorted(),
            nextFireTime: await scheduler.nextWake?.rfc3339UTC(), revision: await keeper.currentRevision, store: store.description,
            durability: store.durability, degraded: reasons)
    }
}
