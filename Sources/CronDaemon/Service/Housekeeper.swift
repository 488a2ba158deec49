internal import CronEngine
internal import CronJobs
internal import CronProcesses
internal import LinuxEvents

/// What is done once a minute, beside all else.
actor Housekeeper {
    struct Parts: Sendable {
        let storeWatch: StoreWatch
        let scheduler: SchedulerEngine
        let recovery: RunRecovery
        let users: UserDirectory
        let once: OnceKeeper?
    }

    private let context: ServiceContext
    private let parts: Parts
    private var timer: TimerToken?
    private var isFirst = true

    nonisolated var unownedExecutor: UnownedSerialExecutor { context.loop.asUnownedSerialExecutor() }

    init(_ context: ServiceContext, _ parts: Parts) {
        self.context = context
        self.parts = parts
    }

    func begin() {
        timer = context.loop.after(.seconds(60)) { [unowned self] in
            assumeIsolated { keeper in
                Task(executorPreference: keeper.context.loop) { await keeper.keep() }
                keeper.begin()
            }
        }
    }

    func end() {
        if let timer { context.loop.cancel(timer) }
    }

    private func keep() async {
        if !context.isWorker { await parts.storeWatch.prune(storeIsDown: await parts.scheduler.storeIsDown) }
        await parts.once?.settle()
        if await parts.recovery.isDue { await parts.recovery.recover() }
        parts.users.refreshLater(context.loop)
        // The first housekeeping is the last thing that a service does for the first time.
        guard isFirst else { return }
        isFirst = false
        await parts.storeWatch.lookForDamage()
        ProcessHost.returnText()
    }
}
