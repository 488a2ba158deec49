internal import CronEngine
internal import CronExpressions
internal import CronJobs
internal import CronProcesses
internal import CronTables
internal import LinuxEvents

// What a service is made of: each part once, made before the service that joins them. What only some services have (a broker, other nodes on the
// store) is `nil` for the others, for good.

struct ServiceParts: Sendable {
    let store: StoreOpening
    let storeWatch: StoreWatch
    let incarnation: Int64
    let table: TableFollower
    let publisher: TablePublisher
    let scheduler: SchedulerEngine
    let runner: any Runner
    let reaper: OrphanReaper
    let outputs: OutputKeeper
    let mail: MailDesk
    let recovery: RunRecovery
    let housekeeper: Housekeeper
    let feeds: FeedDesk
    /// Where one is named.
    let broker: BrokerDesk?
    /// Where others use the store, too.
    let leases: LeaseKeeper?
    /// A worker has none.
    let once: OnceKeeper?
    /// Of a worker: takes its runs from the queue.
    let worker: Worker?
    let conversations: ControlConversations
}

/// Makes the parts of a service around its store.
struct ServicePartsMaker {
    let context: ServiceContext
    let store: StoreOpening
    let storeWatch: StoreWatch
    let opening: LedgerOpening
    private var configuration: Configuration { context.configuration }
    private var loop: EventLoop { context.loop }

    init(_ context: ServiceContext, _ store: StoreOpening, _ storeWatch: StoreWatch, _ opening: LedgerOpening) {
        (self.context, self.store, self.storeWatch, self.opening) = (context, store, storeWatch, opening)
    }

    func make() async throws -> ServiceParts {
        let view = TableView(), groups = ControlGroups(folder: configuration.controlGroup, hasInit: context.hasInit)
        let zones = ZoneDatabase(directory: configuration.environment["TZDIR"] ?? "/usr/share/zoneinfo")
        let mark = RunMark(secret: opening.secret), options = runnerOptions(mark, groups), users = UserDirectory()
        let keeper = try await makeKeeper(zones, groups, users, options)
        if !context.hasInit { _ = OrphanReaper.becomeSubreaper() }
        // Its thread counts against the same limit as those of the launchers.
        ServiceHost.endGuard()
        let runs = try makeRuns(users, options), scheduler = runs.scheduler, broker = runs.broker
        let once = await makeOnce(scheduler, keeper, users, zones, options, hasBroker: broker != nil)
        if let once { runs.madeOnce.set(once) }
        let feeds = FeedDesk(
            context, .init(store: store, scheduler: scheduler, publisher: broker?.publisher, view: view, feeds: runs.feeds),
            secret: opening.secret)
        let publisher = TablePublisher(
            context, .init(store: store, scheduler: scheduler, view: view, feeds: feeds, broker: broker, groups: groups))
        let list = WatchList(configuration.table), answers = TableAnswers(context, list)
        let table = TableFollower(
            context,
            .init(keeper: keeper, list: list, answers: answers, view: view, publisher: publisher, users: users, once: once))
        let recovery = RunRecovery(context, store.ledger, runs.runner, scheduler, mark), orders = makeOrders(scheduler, view)
        let worker = try makeWorker(scheduler, runs.runner)
        let leases = store.ledger.shared.map { shared in
            LeaseKeeper(
                context,
                .init(
                    store: store, shared: shared, scheduler: scheduler, keeper: keeper, table: table, recovery: recovery,
                    outputs: runs.processes.outputs, hasDispatcher: broker?.dispatcher != nil, orders: orders, once: once))
        }
        let housekeeper = Housekeeper(
            context, .init(storeWatch: storeWatch, scheduler: scheduler, recovery: recovery, users: users, once: once))
        let status = ServiceStatus(
            context: context, incarnation: opening.incarnation, store: store, storeWatch: storeWatch, scheduler: scheduler, table: table,
            view: view, feeds: feeds, broker: broker, worker: worker, desk: ControlDesk())
        return ServiceParts(
            store: store, storeWatch: storeWatch, incarnation: opening.incarnation, table: table, publisher: publisher,
            scheduler: scheduler,
            runner: runs.runner, reaper: OrphanReaper(loop: loop, runner: runs.processes), outputs: runs.outputs, mail: runs.mail,
            recovery: recovery, housekeeper: housekeeper, feeds: feeds, broker: broker, leases: leases, once: once, worker: worker,
            conversations: makeConversations(runs, status, keeper, once, orders))
    }

    // MARK: What is asked

    private func makeConversations(
        _ runs: Runs, _ status: ServiceStatus, _ keeper: TableKeeper, _ once: OnceKeeper?, _ orders: OrderKeeper?
    ) -> ControlConversations {
        let steering = Steering(
            context: context, ledger: store.ledger, scheduler: runs.scheduler, view: status.view, desk: status.desk, orders: orders)
        let control = ServiceControl(
            context: context, store: store, scheduler: runs.scheduler, keeper: keeper, table: status.table, view: status.view,
            outputs: runs.processes.outputs, environments: runs.processes, outages: runs.outages,
            once: once.map { OnceAnswers(keeper: $0, secrets: context.secrets) }, status: status, steering: steering, desk: status.desk)
        return ControlConversations(loop: loop, desk: status.desk, control: control)
    }

    // MARK: The table

    private func makeKeeper(
        _ zones: ZoneDatabase, _ groups: ControlGroups, _ users: UserDirectory, _ options: RunnerOptions
    ) async throws -> TableKeeper {
        if let feature = configuration.reducedZone(zones) { context.reduced.add(feature) }
        let compiler = try configuration.compiler(zones, isShared: store.ledger.shared != nil, limitsFail: groups.obstacle)
        let isWorker = context.isWorker
        let keeper = TableKeeper(
            source: configuration.table, compiler: compiler, store: isWorker ? MemoryRevisionStore() : store.revisions,
            sharing: configuration.sharing(in: store), legacy: isWorker ? nil : store.legacy,
            admission: ServiceAdmission(context, store.ledger, users, canSwitchUser: options.canSwitchUser), clocks: context.clocks,
            strict: configuration.strict, observer: TableLog(log: context.log), ownZone: configuration.ownZone(zones))
        if !isWorker, let seed = try await store.seed(configuration, now: context.clocks.wall) { await keeper.draw(from: seed) }
        return keeper
    }

    // MARK: Runs

    private func runnerOptions(_ mark: RunMark, _ groups: ControlGroups) -> RunnerOptions {
        let environment = configuration.environment.map { "\($0.key)=\($0.value)" }.sorted()
        var options = RunnerOptions.ofThisProcess(environment: environment)
        options.secretNames = configuration.secretNames
        options.outputKept = configuration.outputKept
        // A store in memory has its half of what output may take there.
        if store.durability == .process { options.outputKeptInAll = OutputLimit.inMemory / 2 }
        options.mark = { mark.of($0, attempt: $1) }
        options.groups = groups
        if let feature = ReducedFeature(runsAtOnce: options.maximumRunning) { context.reduced.add(feature) }
        return options
    }

    /// What starts runs, and what hears of their ends.
    private struct Runs {
        let processes: ProcessRunner
        let outputs: OutputKeeper
        let mail: MailDesk
        let broker: BrokerDesk?
        let runner: any Runner
        let scheduler: SchedulerEngine
        let outages: OutageHistory
        let feeds: Locked<Feeds>
        let madeOnce: Later<OnceKeeper>
    }

    private func makeRuns(_ users: UserDirectory, _ options: RunnerOptions) throws -> Runs {
        let log = context.log, outages = OutageHistory(), feeds = Locked(Feeds()), madeOnce = Later<OnceKeeper>()
        let processes = try ProcessRunner(loop: loop, clocks: context.clocks, users: users, options: options, output: context.output) {
            log.report($0)
        }
        let mail = makeMailDesk(processes)
        let outputs = OutputKeeper(shelf: processes.outputs, store: store.ledger.outputs, loop: loop, log: log, mail: mail)
        let broker = BrokerDesk.make(context, store.ledger, feeds), runner = makeRunner(processes, broker)
        let observer = EventObserver(
            log: ServiceLog(log: log, store: store.place, isShared: store.ledger.shared != nil), desk: context.events,
            clocks: context.clocks, secrets: context.secrets, keeper: outputs, outages: outages, feeds: feeds, mail: mail)
        let scheduler = makeScheduler(
            runner, OnceObserver(next: observer) { job in madeOnce.value?.assumeIsolated { $0.note(job) } })
        return Runs(
            processes: processes, outputs: outputs, mail: mail, broker: broker, runner: runner, scheduler: scheduler, outages: outages,
            feeds: feeds, madeOnce: madeOnce)
    }

    private func makeMailDesk(_ processes: ProcessRunner) -> MailDesk {
        let path = configuration.environment["PATH"] ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return MailDesk(
            MailDesk.Parts(
                loop: loop, runner: processes, outputs: processes.outputs, host: configuration.host, path: path, secrets: context.secrets,
                clocks: context.clocks, log: context.log))
    }

    private func makeRunner(_ processes: ProcessRunner, _ broker: BrokerDesk?) -> any Runner {
        let router = RunnerRouter(
            clocks: context.clocks, commands: processes, publications: broker?.publications, workers: broker?.dispatcher)
        guard let legacy = store.legacy else { return router }
        return BodyRunner(router, data: legacy, executor: loop, clocks: context.clocks, log: context.log)
    }

    private func makeScheduler(_ runner: any Runner, _ observer: any SchedulerObserver) -> SchedulerEngine {
        SchedulerEngine(
            executor: loop, clocks: context.clocks, waker: LoopWaker(loop: loop, clocks: context.clocks), ledger: store.ledger,
            runner: runner, observer: observer, claimsAhead: store.claimsAhead, maxRunning: configuration.maxRunning,
            leavesRetries: context.isWorker, load: PressureFiles(loop: loop), asking: storeWatch.asking,
            groupingDelay: GroupingDelay(loop: loop).wait)
    }

    // MARK: What only some services have

    private func makeOnce(
        _ scheduler: SchedulerEngine, _ keeper: TableKeeper, _ users: UserDirectory, _ zones: ZoneDatabase, _ options: RunnerOptions,
        hasBroker: Bool
    ) async -> OnceKeeper? {
        guard !context.isWorker, let jobs = store.ledger.jobs else { return nil }
        let trust = OnceTrust(
            name: configuration.name, host: configuration.host, isShared: store.ledger.shared != nil, tableKey: configuration.tableKey,
            follows: configuration.follows)
        let keyPath = Places.hostKey(name: configuration.name, environment: configuration.environment)
        let parts = OnceKeeper.Parts(
            ledger: store.ledger, store: jobs, scheduler: scheduler, users: users, canSwitchUser: options.canSwitchUser,
            hasBroker: hasBroker, policies: configuration.policies, clocks: context.clocks, zones: zones, log: context.log,
            events: context.events, secrets: context.secrets)
        return OnceKeeper(loop: loop, zone: await keeper.zone, trust: trust, hostKeyPath: keyPath, parts: parts)
    }

    private func makeOrders(_ scheduler: SchedulerEngine, _ view: TableView) -> OrderKeeper? {
        guard let shared = store.ledger.shared, let orders = store.ledger.orders else { return nil }
        return OrderKeeper(context, .init(ledger: store.ledger, orders: orders, shared: shared, scheduler: scheduler, view: view))
    }

    private func makeWorker(_ scheduler: SchedulerEngine, _ runner: any Runner) throws(ServiceFailure) -> Worker? {
        guard let setting = configuration.worker else { return nil }
        guard let url = configuration.broker, let shared = store.ledger.shared else {
            throw ServiceFailure(code: 78, message: "a worker needs --amqp URL and --store redis://HOST")
        }
        return Worker(
            setting, broker: url, file: configuration.brokerFile, service: configuration.name, loop: loop, clocks: context.clocks,
            ledger: shared, scheduler: scheduler, runner: runner, log: context.log)
    }
}
