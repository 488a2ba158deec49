internal import CronExpressions
internal import CronJobs
internal import CronProcesses
internal import CronScheduler
internal import CronTables
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
    let configuration: Configuration
    let loop: EventLoop
    /// By which everything is planned: a shared store's, once it is open, else the machine's.
    private(set) var clocks: any Clocks
    let log: Log
    let output: JobOutput
    let secrets: Secrets
    let abandon: @Sendable () -> Void

    var store: StoreOpening?
    var scheduler: Scheduler?
    var runner: (any Runner)?
    var keeper: TableKeeper?
    var processes: ProcessRunner?
    var outputKeeper: OutputKeeper?
    var users: UserDirectory?
    var once: OnceKeeper?
    var reaper: OrphanReaper?
    var watcher: TableWatcher?
    var server: ControlServer?
    var signals: SignalWatch?
    var housekeeping: TimerToken?
    var leaseTimer: TimerToken?
    var keepingLeases = false

    var incarnation: Int64 = 0
    var mark: RunMark?
    var staleJobs: Set<JobID> = []
    var lacks: [Lack] = []
    var groups: ControlGroups?
    var stopping = false
    var stoppedAt: MonotonicTime?
    /// A second signal came: nothing is waited for any more.
    var isHurried = false
    /// The parent is the init of our container.
    var hasInit = false
    /// The start has come to an end.
    var isOpen = false
    var stopped: CheckedContinuation<Void, Never>?
    /// Whoever reads the table holds the lock until it is applied: what was read earlier is never applied later.
    let tableLock = ActorLock()
    /// The start is the first look. An edit between its reading and the first watch gives no hint; the watcher looks as soon as it watches.
    var looking = true
    var lookAgain = false
    var forceAgain = false
    var warnedUsers: Set<String> = []
    /// Jobs that other hosts run, as far as it was said.
    var elsewhere: Set<JobID> = []
    /// Which hosts those are that the table names.
    var otherHosts: [JobID: OtherHost] = [:]
    var passed = PassedOrders()
    var canSwitchUser = false
    /// The store's volume is full, and the table cannot be decided before there is room: only `status` is answered.
    var waitsForRoom = false
    var isFullSaid = false
    /// What the last life left open is still to be decided about.
    var hasUnrecovered = false
    /// Why, where it was said.
    var unrecovered: String?
    var zoneAgreement = ZoneAgreement()
    var saidRefused: Set<String> = []
    /// The table as of the last look.
    var tableState = TableState()
    var places = JobPlaces()
    let watchList: WatchList
    lazy var pathAnswers = makePathAnswers()
    lazy var keeperAnswers = makeKeeperAnswers()
    let desk = ControlDesk()
    let events = EventDesk()
    /// Answers that last, by the number of their connection.
    var feeds: [Int: any ControlFeed] = [:]

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// - Parameter abandon: ends the program at once, while there is nothing yet that must be ended in order.
    init(
        configuration: Configuration, loop: EventLoop, clocks: any Clocks, log: Log, output: JobOutput, secrets: Secrets,
        abandon: @escaping @Sendable () -> Void
    ) {
        self.abandon = abandon
        self.configuration = configuration
        watchList = WatchList(configuration.table)
        self.loop = loop
        self.clocks = clocks
        self.log = log
        self.output = output
        self.secrets = secrets
    }

    /// The whole life of the service; answers its exit code.
    func run(hasInit: Bool) async -> Int32 {
        self.hasInit = hasInit
        do {
            try watchSignals(hasInit: hasInit)
            try await open(hasInit: hasInit)
            isOpen = true
        } catch let failure as ServiceFailure {
            if failure.code != 0 { log.error("cannot start", .text("reason", failure.message)) }
            server?.close()
            await store?.ledger.close(now: clocks.wall)
            return failure.code
        } catch let error as StoreError {
            log.error("cannot start", .text("reason", error.message))
            await store?.ledger.close(now: clocks.wall)
            return 69
        } catch {
            log.error("cannot start", .text("reason", "\(error)"))
            return 71
        }
        let loopTask = stopping ? nil : Task(executorPreference: loop) { [scheduler] in await scheduler?.run() }
        if !stopping { await withCheckedContinuation { stopped = $0 } }
        // Also where the end came before the beginning was over: something may have been started or adopted by then.
        await drain()
        await loopTask?.value
        await end()
        return 0
    }

    // MARK: Opening

    func open(hasInit: Bool) async throws {
        let store = try await openStore()
        self.store = store
        clocks = store.clock ?? clocks
        lacks += store.lacks
        let opening = try await store.ledger.open(bootID: BootID.current, now: clocks.wall)
        incarnation = opening.incarnation
        await noteRoom()
        let ofAll = configuration.outputKeptInAll ?? (store.durability == .process ? OutputLimit.inMemory / 2 : nil)
        if let ofAll { await store.ledger.outputs?.limitOutput(to: ofAll) }
        let mark = RunMark(secret: opening.secret)
        self.mark = mark
        let zones = ZoneDatabase(directory: configuration.environment["TZDIR"] ?? "/usr/share/zoneinfo")
        let keeper = TableKeeper(
            source: configuration.table, compiler: try compiler(zones), store: store.revisions, sharing: sharing(store),
            legacy: store.legacy, admission: ServiceAdmission(service: self, ledger: store.ledger), clocks: clocks,
            strict: configuration.strict, observer: TableLog(log: log), ownZone: ownZone(zones))
        self.keeper = keeper
        if let seed = try await seed(store) { await keeper.draw(from: seed) }
        if !hasInit { _ = OrphanReaper.becomeSubreaper() }
        let (runner, scheduler) = try makeRunner(store, mark)
        let first = try await firstAnswer(keeper).get()
        _ = await replaceTable(first, scheduler)
        if first.isKnown { try await retain(first.keptJobs, in: store.ledger) }
        try await openOnce(store, scheduler, zones)
        if let shared = store.ledger.shared { await compareZones(shared) }
        await scheduler.keepLeases()
        await recover(store.ledger, runner, scheduler)
        await scheduler.findRetries()
        if let shared = store.ledger.shared { keepLeases(shared) }
        startWatching()
        warnOfOpenKey()
        if server == nil { openSocket() }
        scheduleHousekeeping()
        releaseMemory()
        ProcessHost.returnText()
        log.report(lacks)
        list(first.compiled)
        hintAtNames()
        log.info(
            "ready", .text("name", configuration.name), .number("jobs", Int64(first.compiled.jobs.count)),
            .number("revision", Int64(first.revision?.number ?? 0)), .text("store", store.place.description),
            .text("durability", store.durability.rawValue), .number("incarnation", incarnation), .number("pid", Int64(getpid())))
        if !stopping { await scheduler.fireStartup(incarnation: incarnation) }
    }

    func openStore() async throws(ServiceFailure) -> StoreOpening {
        do {
            return try await StoreOpening.open(configuration, wait: .seconds(30), clocks: clocks, log: log)
        } catch {
            throw ServiceFailure(code: error.code == .held ? 75 : 69, message: error.message)
        }
    }

    func compiler(_ zones: ZoneDatabase) throws(ServiceFailure) -> TableCompiler {
        var zone = zones.localZone(environmentTZ: configuration.environment["TZ"])
        if let name = configuration.zone {
            do {
                zone = try zones.zone(named: name)
            } catch {
                throw ServiceFailure(code: 78, message: "tz: \(error)")
            }
        } else if let fault = configuration.environment["TZ"].flatMap(zones.fault(ofTZ:)) {
            lacks.append(
                Lack(what: "tz", reason: "UTC is used: \(fault)", remedy: "set TZ, or --tz, to a zone that crond zones lists"))
        }
        var compiler = TableCompiler(source: configuration.table, zone: zone, zones: zones, host: configuration.host)
        compiler.isUser = { UserDirectory.isKnown($0) }
        compiler.policies = JobPolicies(configuration.policies)
        compiler.isShared = store?.ledger.shared != nil
        groups = ControlGroups(folder: configuration.controlGroup, hasInit: hasInit)
        if configuration.strict, let obstacle = groups?.obstacle {
            compiler.unavailable = ["limit-memory": obstacle, "limit-cpu": obstacle]
            let limits = configuration.policies.limits
            if limits.needsGroup { throw ServiceFailure(code: 78, message: "limits of memory and processors cannot be kept: \(obstacle)") }
        }
        return compiler
    }

    func sharing(_ store: StoreOpening) -> TableSharing {
        TableSharing(
            name: configuration.name, host: configuration.host, isShared: store.ledger.shared != nil, adoptsName: configuration.adoptsName,
            follows: configuration.follows || configuration.tableKey != nil,
            seal: configuration.tableKey.map { TableSeal(name: configuration.name, key: $0) })
    }

    /// Finds out at each reload which zone is the service's own.
    nonisolated func ownZone(_ zones: ZoneDatabase) -> @Sendable () -> Zone? {
        let (name, variable) = (configuration.zone, configuration.environment["TZ"])
        return {
            if let name { return try? zones.zone(named: name) }
            return zones.knownLocalZone(environmentTZ: variable)
        }
    }

    func firstTable(_ keeper: TableKeeper) async -> Result<LoadedTable, ServiceFailure> {
        while true {
            do {
                let table = try await keeper.start(policy: configuration.onStart)
                waitsForRoom = false
                return .success(table)
            } catch {
                switch error.kind {
                case .store where await waitForRoom(): continue
                case .store where stopping: return .failure(ServiceFailure(code: 0, message: error.description))
                case .store: return .failure(ServiceFailure(code: 69, message: error.description))
                case .foreign: return .failure(ServiceFailure(code: 75, message: error.description))
                case .missing: return .failure(ServiceFailure(code: 66, message: error.description))
                case .table: return .failure(ServiceFailure(code: 65, message: error.description))
                }
            }
        }
    }

    func makeRunner(_ store: StoreOpening, _ mark: RunMark) throws -> (any Runner, Scheduler) {
        let users = UserDirectory()
        var options = RunnerOptions.ofThisProcess(environment: configuration.environment.map { "\($0.key)=\($0.value)" }.sorted())
        options.secretNames = configuration.secretNames
        options.outputKept = configuration.outputKept
        // A store in memory has its half of what output may take there.
        if store.durability == .process { options.outputKeptInAll = OutputLimit.inMemory / 2 }
        options.mark = { mark.of($0, attempt: $1) }
        options.groups = groups
        canSwitchUser = options.canSwitchUser
        if let lack = Lack(runsAtOnce: options.maximumRunning) { lacks.append(lack) }
        let log = log
        let processes = try ProcessRunner(loop: loop, clocks: clocks, users: users, options: options, output: output) { log.report($0) }
        let keeper = OutputKeeper(shelf: processes.outputs, store: store.ledger.outputs, loop: loop, log: log)
        (self.processes, outputKeeper) = (processes, keeper)
        let commands: any Runner =
            store.legacy.map { BodyRunner(processes, data: $0, executor: loop, clocks: clocks, log: log) } ?? processes
        let runner = RunnerRouter(clocks: clocks, commands: commands)
        let waker = LoopWaker(loop: loop, clocks: clocks)
        let scheduler = Scheduler(
            executor: loop, clocks: clocks, waker: waker, ledger: store.ledger, runner: runner,
            observer: OnceObserver(next: observer(store, keeper)) { [unowned self] job in assumeIsolated { $0.once?.note(job) } },
            claimsAhead: store.claimsAhead, maxRunning: configuration.maxRunning, load: PressureFiles(loop: loop),
            groupingDelay: GroupingDelay(loop: loop).wait)
        self.users = users
        self.runner = runner
        self.scheduler = scheduler
        reaper = OrphanReaper(loop: loop, runner: processes)
        return (runner, scheduler)
    }

    private func observer(_ store: StoreOpening, _ keeper: OutputKeeper) -> EventObserver {
        let log = ServiceLog(log: log, store: store.place, isShared: store.ledger.shared != nil)
        return EventObserver(log: log, desk: events, clocks: clocks, secrets: secrets, keeper: keeper)
    }

    // MARK: Ending

    func drain() async {
        watcher?.stop()
        events.publish(ControlEvent(.ending, at: clocks.wall))
        await scheduler?.stop()
        await runner?.stop(patience: configuration.drain, killAfter: configuration.killAfter)
        if hasInit, LeftBehind.askToEnd() { await waitForLeftBehind() }
        await runner?.close()
    }

    /// Up to 2 s, within 9 s of the first signal with what is to be done after it; a second signal skips it.
    private func waitForLeftBehind() async {
        let now = clocks.monotonic
        let used = stoppedAt.map { now - $0 } ?? .zero
        let end = now + min(max(.milliseconds(8500) - used, .milliseconds(250)), .seconds(2))
        var remain = true
        // Once more after the last has gone: what it wrote is in its pipe.
        while remain, clocks.monotonic < end, !isHurried {
            remain = LeftBehind.remain
            await withCheckedContinuation { continuation in
                loop.after(.milliseconds(10)) { continuation.resume() }
            }
        }
    }

    /// Listeners get what they have not taken yet, the end included, if they take it at once.
    private func sayLastEvents() async {
        events.close()
        for _ in 0..<10 where !feeds.isEmpty {
            await withCheckedContinuation { continuation in
                loop.after(.milliseconds(10)) { continuation.resume() }
            }
        }
    }

    /// What runs that ended with us have written, if the store takes it at once.
    private func storeLastOutput() async {
        let limit = clocks.monotonic + .milliseconds(500)
        while outputKeeper?.isBusy == true, clocks.monotonic < limit, !isHurried {
            await withCheckedContinuation { continuation in
                loop.after(.milliseconds(10)) { continuation.resume() }
            }
        }
    }

    func end() async {
        if let housekeeping { loop.cancel(housekeeping) }
        if let leaseTimer { loop.cancel(leaseTimer) }
        watcher?.stop()
        await sayLastEvents()
        server?.close()
        server = nil
        await scheduler?.settle()
        await storeLastOutput()
        await store?.ledger.close(now: clocks.wall)
        log.info("ended")
    }

    // MARK: Housekeeping

    func scheduleHousekeeping() {
        housekeeping = loop.after(.seconds(60)) { [unowned self] in
            assumeIsolated { service in
                Task(executorPreference: service.loop) { await service.keepHouse() }
                service.scheduleHousekeeping()
            }
        }
    }

    private var hasKeptHouse = false
    /// Why the store could not be written at the last minute, whether a job was due or not.
    var storeTrouble: String?

    func keepHouse() async {
        do {
            try await store?.ledger.prune(configuration.retention, now: clocks.wall)
            storeTrouble = nil
        } catch {
            if storeTrouble != error.message { log.error("history cannot be pruned", .text("reason", error.message)) }
            storeTrouble = error.message
        }
        await once?.settle()
        if hasUnrecovered, let store, let runner, let scheduler { await recover(store.ledger, runner, scheduler) }
        lookUpUsers()
        // The first housekeeping is the last thing that a service does for the first time.
        if !hasKeptHouse { ProcessHost.returnText() }
        hasKeptHouse = true
    }

    /// Gives what loading a large table took back to the system.
    func releaseMemory() { ProcessHost.trimMemory() }

}
