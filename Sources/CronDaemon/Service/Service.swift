internal import CronExpressions
internal import CronFeed
internal import CronJobs
internal import CronProcesses
internal import CronRabbitMQ
internal import CronEngine
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
    var scheduler: SchedulerEngine?
    var runner: (any Runner)?
    var keeper: TableKeeper?
    var processes: ProcessRunner?
    var broker: Publisher?
    var publications: PublicationRunner?
    /// Each set once; whoever decides something wakes them.
    let feedBox = Locked(Feeds())
    var feedSource: FeedSource?
    var hookDesk: HookDesk?
    /// A table is in use.
    var hasBegunFeeds = false
    /// Hands runs to workers, and hears of those that none of them took.
    var dispatcher: DispatchRunner?
    var deadLetters: Consumer?
    var saidStrangeLetter = false
    /// Of a worker: takes its runs from the queue.
    var worker: Worker?
    var outputKeeper: OutputKeeper?
    var users: UserDirectory?
    var once: OnceKeeper?
    var reaper: OrphanReaper?
    var watcher: TableWatcher?
    var signals: SignalWatch?
    var housekeeping: TimerToken?
    var leaseTimer: TimerToken?
    var keepingLeases = false

    var incarnation: Int64 = 0
    var mark: RunMark?
    var lacks: [Lack] = []
    var groups: ControlGroups?
    var ending = Ending()
    var stopping: Bool { ending.isAsked }
    nonisolated var isWorker: Bool { configuration.worker != nil }
    /// The parent is the init of our container.
    var hasInit = false
    /// The start has come to an end.
    var isOpen = false
    /// Whoever reads the table holds the lock until it is applied: what was read earlier is never applied later.
    let tableLock = ActorLock()
    var looks = LookTurns()
    var warnedUsers: Set<String> = []
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
    /// What is told of the table in use.
    var side = TableSide()
    let watchList: WatchList
    lazy var pathAnswers = makePathAnswers()
    lazy var keeperAnswers = makeKeeperAnswers()
    lazy var storeAnswers = makeStoreAnswers()
    let desk = ControlDesk()
    let outages = OutageHistory()
    let events = EventDesk()
    lazy var conversations = ControlConversations(loop: loop, desk: desk, service: self)

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
            defer { ServiceHost.endGuard() }
            try await open(hasInit: hasInit)
            isOpen = true
        } catch let failure as ServiceFailure {
            if failure.code != 0 { log.error("cannot start", .text("reason", failure.message)) }
            await conversations.close()
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
        let loopTask = stopping || isWorker ? nil : Task(executorPreference: loop) { [scheduler] in await scheduler?.run() }
        if !stopping { await withCheckedContinuation { ending.wait($0) } }
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
        let opening = try await open(store.ledger)
        incarnation = opening.incarnation
        await noteRoom()
        let ofAll = configuration.outputKeptInAll ?? (store.durability == .process ? OutputLimit.inMemory / 2 : nil)
        if let ofAll { await store.ledger.outputs?.limitOutput(to: ofAll) }
        let mark = RunMark(secret: opening.secret)
        self.mark = mark
        let zones = ZoneDatabase(directory: configuration.environment["TZDIR"] ?? "/usr/share/zoneinfo")
        let keeper = TableKeeper(
            source: configuration.table, compiler: try compiler(zones, store), store: isWorker ? MemoryRevisionStore() : store.revisions,
            sharing: configuration.sharing(in: store),
            legacy: isWorker ? nil : store.legacy, admission: ServiceAdmission(service: self, ledger: store.ledger), clocks: clocks,
            strict: configuration.strict, observer: TableLog(log: log), ownZone: configuration.ownZone(zones))
        self.keeper = keeper
        if !isWorker, let seed = try await store.seed(configuration, now: clocks.wall) { await keeper.draw(from: seed) }
        if !hasInit { _ = OrphanReaper.becomeSubreaper() }
        ServiceHost.endGuard()
        let (runner, scheduler) = try makeRunner(store, mark)
        await openFeed(store, secret: opening.secret)
        await connectBroker()
        let first = try await firstAnswer(keeper).get()
        _ = await replaceTable(first, scheduler)
        await forgetFacts(first.isKnown)
        if isWorker { await scheduler.keepLeases() } else { try await openScheduling(first, store, runner, scheduler, zones) }
        if let shared = store.ledger.shared { keepLeases(shared) }
        startWatching()
        warnOfOpenKey()
        let guardian = StartGuard()
        await openSocket()
        guardian.end()
        scheduleHousekeeping()
        releaseMemory()
        ProcessHost.returnText()
        sayReady(first, store)
        if isWorker { return try await beginWork(store, runner, scheduler) }
        if !stopping { await scheduler.fireStartup(incarnation: incarnation) }
    }

    /// What only a service does that starts what is due.
    private func openScheduling(
        _ first: LoadedTable, _ store: StoreOpening, _ runner: any Runner, _ scheduler: SchedulerEngine, _ zones: ZoneDatabase
    ) async throws {
        if first.isKnown { try await retain(first.keptJobs, in: store.ledger) }
        try await openOnce(store, scheduler, zones)
        if let shared = store.ledger.shared { await compareZones(shared) }
        await scheduler.keepLeases()
        await recover(store.ledger, runner, scheduler)
        await scheduler.findRetries()
    }

    private func sayReady(_ first: LoadedTable, _ store: StoreOpening) {
        log.report(lacks)
        beginFeed()
        if !isWorker { list(first.compiled) }
        hintAtNames()
        log.info(
            "ready", .text("name", configuration.name), .number("jobs", Int64(first.compiled.jobs.count)),
            .number("revision", Int64(first.revision?.number ?? 0)), .text("store", store.place.description),
            .text("durability", store.durability.rawValue), .number("incarnation", incarnation), .number("pid", Int64(getpid())))
    }

    /// A server may take no writes yet (too few replicas, no memory): waited for as it is where it is not there yet.
    private func open(_ ledger: any Ledger) async throws(StoreError) -> LedgerOpening {
        let deadline = clocks.monotonic + Self.waitForStore
        var isTold = false
        while true {
            do throws(StoreError) { return try await ledger.open(bootID: BootID.current, now: clocks.wall) } catch {
                guard error.mayPass, !stopping, clocks.monotonic < deadline else { throw error }
                if !isTold { log.storeIsAwaited(error.message, Self.waitForStore) }
                isTold = true
            }
            try? await SharedPool.wait(for: .milliseconds(200))
        }
    }

    private static let waitForStore = Duration.seconds(30)

    func openStore() async throws(ServiceFailure) -> StoreOpening {
        do {
            return try await StoreOpening.open(configuration, wait: Self.waitForStore, clocks: clocks, log: log)
        } catch {
            throw ServiceFailure(code: error.code == .held ? 75 : 69, message: error.message)
        }
    }

    func openSocket() async {
        if configuration.socket == "none" { return }
        guard let path = configuration.socket ?? Places.socket(name: socketName, environment: configuration.environment) else {
            return lackSocket(.placeUnknown)
        }
        do throws(SocketFailure) {
            try await conversations.listen(at: path, host: configuration.host)
        } catch {
            lackSocket(error)
        }
    }

    private func lackSocket(_ failure: SocketFailure) {
        lacks.append(
            Lack(
                what: "socket", reason: "status, reload and table verbs cannot reach this service: \(failure)",
                remedy: "\(failure.remedy), or --socket none"))
    }

    private func compiler(_ zones: ZoneDatabase, _ store: StoreOpening) throws(ServiceFailure) -> TableCompiler {
        let groups = ControlGroups(folder: configuration.controlGroup, hasInit: hasInit)
        self.groups = groups
        if let lack = configuration.lackOfZone(zones) { lacks.append(lack) }
        return try configuration.compiler(zones, isShared: store.ledger.shared != nil, limitsFail: groups.obstacle)
    }

    func makeRunner(_ store: StoreOpening, _ mark: RunMark) throws -> (any Runner, SchedulerEngine) {
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
        let mail = makeMailDesk(processes)
        let keeper = OutputKeeper(shelf: processes.outputs, store: store.ledger.outputs, loop: loop, log: log, mail: mail)
        (self.processes, outputKeeper) = (processes, keeper)
        let router = RunnerRouter(
            clocks: clocks, commands: processes, publications: isWorker ? nil : makePublisher(), workers: makeDispatcher(store))
        let runner: any Runner = store.legacy.map { BodyRunner(router, data: $0, executor: loop, clocks: clocks, log: log) } ?? router
        let waker = LoopWaker(loop: loop, clocks: clocks)
        let scheduler = SchedulerEngine(
            executor: loop, clocks: clocks, waker: waker, ledger: store.ledger, runner: runner,
            observer: OnceObserver(next: observer(store, keeper, mail)) { [unowned self] job in assumeIsolated { $0.once?.note(job) } },
            claimsAhead: store.claimsAhead, maxRunning: configuration.maxRunning, leavesRetries: isWorker, load: PressureFiles(loop: loop),
            asking: askingStore(isShared: store.ledger.shared != nil), groupingDelay: GroupingDelay(loop: loop).wait)
        self.users = users
        self.runner = runner
        self.scheduler = scheduler
        reaper = OrphanReaper(loop: loop, runner: processes)
        return (runner, scheduler)
    }

    private func observer(_ store: StoreOpening, _ keeper: OutputKeeper, _ mail: MailDesk) -> EventObserver {
        let log = ServiceLog(log: log, store: store.place, isShared: store.ledger.shared != nil)
        return EventObserver(
            log: log, desk: events, clocks: clocks, secrets: secrets, keeper: keeper, outages: outages, feeds: feedBox, mail: mail)
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

    /// Of a large store the start looked at what decides only: the rest is read now, beside all else.
    private func checkStore() async {
        guard let store, let damage = await store.damage() else { return }
        let lack = Lack(
            what: "store", reason: "it is damaged: \(damage)",
            remedy: "restart the service: it sets the file aside, and begins a new one without its history and marks")
        lacks.append(lack)
        log.error("the store is damaged", .text("reason", damage), .text("remedy", lack.remedy))
    }

    func keepHouse() async {
        if !isWorker { await pruneHistory() }
        await once?.settle()
        if hasUnrecovered, let store, let runner, let scheduler { await recover(store.ledger, runner, scheduler) }
        lookUpUsers()
        // The first housekeeping is the last thing that a service does for the first time.
        if !hasKeptHouse { ProcessHost.returnText() }
        if !hasKeptHouse { await checkStore() }
        hasKeptHouse = true
    }

    private func pruneHistory() async {
        do {
            try await store?.ledger.prune(configuration.retention, now: clocks.wall)
            storeTrouble = nil
        } catch {
            // Where the store is known to fail, that was said.
            let isKnown = await scheduler?.storeIsDown == true || storeTrouble == error.message
            if !isKnown { log.error("history cannot be pruned", .text("reason", error.message)) }
            storeTrouble = error.message
        }
    }

    /// Gives what loading a large table took back to the system.
    func releaseMemory() { ProcessHost.trimMemory() }

}
