internal import CronEngine
internal import CronJobs
internal import CronProcesses
internal import CronTables
internal import LinuxEvents

// The regular duties towards a shared store and the other nodes on it, each few seconds: leases are renewed, and with them comes what others ask.
// A round that takes long is not overtaken by the next.

actor LeaseKeeper {
    struct Parts: Sendable {
        let store: StoreOpening
        let shared: any SharedLedger
        let scheduler: SchedulerEngine
        let keeper: TableKeeper
        let table: TableFollower
        let recovery: RunRecovery
        let outputs: OutputShelf
        let hasDispatcher: Bool
        let orders: OrderKeeper?
        let once: OnceKeeper?
    }

    private let context: ServiceContext
    private let parts: Parts
    private var timer: TimerToken?
    private var isKeeping = false
    private var zoneAgreement = ZoneAgreement()
    private var saidRefused: Set<String> = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { context.loop.asUnownedSerialExecutor() }

    init(_ context: ServiceContext, _ parts: Parts) {
        self.context = context
        self.parts = parts
    }

    func begin() {
        timer = context.loop.after(parts.shared.renewalInterval) { [unowned self] in
            assumeIsolated { keeper in
                Task(executorPreference: keeper.context.loop) { await keeper.keep() }
                keeper.parts.table.assumeIsolated { $0.followOthers() }
                keeper.begin()
            }
        }
    }

    func end() {
        if let timer { context.loop.cancel(timer) }
    }

    private func keep() async {
        guard !isKeeping else { return }
        isKeeping = true
        defer { isKeeping = false }
        let scheduler = parts.scheduler
        await scheduler.keepLeases()
        if !context.isWorker { await compareZones() }
        await sayRefused()
        if let outputs = parts.store.ledger.sharedOutputs { await shareOutputs(outputs) }
        guard !context.isWorker else { return }
        await parts.once?.heard(await parts.shared.view().storedJobs)
        await parts.orders?.keep()
        if parts.hasDispatcher { await scheduler.findRetries(ofWorkers: true) }
        if !context.stage.isEnding, await !scheduler.storeIsDown { await parts.recovery.recover() }
    }

    /// Replicas of an older version start nothing on this store any more: said once, by name.
    private func sayRefused() async {
        let new = await parts.shared.view().refused.subtracting(saidRefused)
        guard !new.isEmpty else { return }
        saidRefused.formUnion(new)
        context.log.warning(
            "replicas of an older version are refused by the store since this version uses it",
            .text("nodes", new.sorted().joined(separator: " ")), .text("remedy", "update them; their open runs are taken over"))
    }

    /// Tells the others the zone, which a reload may have changed, and says where theirs is another.
    func compareZones() async {
        await parts.shared.announce(zone: ZoneAgreement.word(of: await parts.keeper.zone, at: context.clocks.wall))
        guard let names = zoneAgreement.note(await parts.shared.view().zones) else { return }
        context.log.warning(
            "replicas go by different zones: a time of day starts its jobs once in each", .text("zones", names.joined(separator: " ")),
            .text("remedy", "give all the same TZ or --tz, or the lines a CRON_TZ"))
    }

    /// Hands out the output that others ask for, of runs that go on here.
    private func shareOutputs(_ shared: any SharedOutputStore) async {
        guard parts.outputs.hasRunning, let asked = try? await shared.outputsAskedFor() else { return }
        for (run, attempt) in asked {
            guard let output = parts.outputs.output(of: run, attempt: attempt), !output.isEnded else { continue }
            try? await shared.shareOutput(of: run, attempt: attempt, output.excerpt)
        }
    }
}
