internal import CronJobs
internal import CronProcesses
internal import Glibc
internal import LinuxEvents

// The life of a service, from the first signal that is taken to its exit code.
//
//     no store ──▶ has a store ──▶ made of its parts ──▶ open ──TERM, INT, QUIT──▶ draining ──▶ ended
//        │ a store or table that cannot be used: ended with a sysexits code
//        └ a signal before there is a store: ended at once, there is nothing that must be ended in order
//
// Signals that are not named here keep the kernel's meaning: job control, and faults of the program.

actor ServiceLife {
    private enum State {
        case beginning
        case hasStore(StoreOpening)
        case made(Service)
    }

    private nonisolated let loop: EventLoop
    private var context: ServiceContext
    private let abandon: @Sendable () -> Void
    private var state = State.beginning
    private var log: Log { context.log }

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// - Parameter abandon: ends the program at once, while there is nothing yet that must be ended in order.
    init(_ context: ServiceContext, abandon: @escaping @Sendable () -> Void) {
        loop = context.loop
        self.context = context
        self.abandon = abandon
    }

    /// The whole life of the service; answers its exit code.
    func run() async -> Int32 {
        do {
            let signals = try watchSignals()
            defer { withExtendedLifetime(signals) {} }
            let service = try await open()
            await service.run()
            return 0
        } catch {
            let failure = ServiceFailure(error)
            if failure.code != 0 { log.error("cannot start", .text("reason", failure.message)) }
            await giveUp()
            return failure.code
        }
    }

    // MARK: Opening

    private func open() async throws -> Service {
        defer { ServiceHost.endGuard() }
        let store = try await openStore()
        state = .hasStore(store)
        context.clocks = store.clock ?? context.clocks
        context.reduced.add(store.reduced)
        let opening = try await open(store.ledger)
        let storeWatch = StoreWatch(context, store)
        await storeWatch.noteRoom()
        let ofAll = context.configuration.outputKeptInAll ?? (store.durability == .process ? OutputLimit.inMemory / 2 : nil)
        if let ofAll { await store.ledger.outputs?.limitOutput(to: ofAll) }
        let parts = try await ServicePartsMaker(context, store, storeWatch, opening).make()
        let service = Service(context, parts)
        state = .made(service)
        try await service.open()
        context.stage.reach(.open)
        return service
    }

    private static let waitForStore = Duration.seconds(30)

    private func openStore() async throws(ServiceFailure) -> StoreOpening {
        do {
            return try await StoreOpening.open(context.configuration, wait: Self.waitForStore, clocks: context.clocks, log: log)
        } catch {
            throw ServiceFailure(code: error.code == .held ? 75 : 69, message: error.message)
        }
    }

    /// A server may take no writes yet (too few replicas, no memory): waited for as it is where it is not there yet.
    private func open(_ ledger: any Ledger) async throws(StoreError) -> LedgerOpening {
        let deadline = context.clocks.monotonic + Self.waitForStore
        var isTold = false
        while true {
            do throws(StoreError) { return try await ledger.open(bootID: BootID.current, now: context.clocks.wall) } catch {
                guard error.mayPass, !context.stage.isEnding, context.clocks.monotonic < deadline else { throw error }
                if !isTold { log.storeIsAwaited(error.message, Self.waitForStore) }
                isTold = true
            }
            try? await SharedPool.wait(for: .milliseconds(200))
        }
    }

    private func giveUp() async {
        switch state {
        case .beginning: break
        case .hasStore(let store): await store.ledger.close(now: context.clocks.wall)
        case .made(let service): await service.giveUp()
        }
    }

    // MARK: Signals

    private func watchSignals() throws -> SignalWatch {
        signal(SIGPIPE, SIG_IGN)
        // In a container there is no shell that could let us go on again.
        let jobControl = context.hasInit ? [SIGTSTP, SIGTTIN, SIGTTOU] : []
        return try SignalWatch(loop: loop, signals: ServiceSignal.taken + jobControl) { [unowned self] received in
            assumeIsolated { $0.take(received) }
        }
    }

    private var service: Service? {
        if case .made(let service) = state { service } else { nil }
    }

    private func take(_ received: ReceivedSignal) {
        switch ServiceSignal.meaning(of: received) {
        case .stop: requestStop(received)
        case .reload: Task(executorPreference: loop) { [service] in await service?.reload() }
        case .childEnded: service?.childEnded()
        case .windowResized: log.debug("the terminal was resized")
        case .nothing:
            log.warning(
                "a signal that means nothing here was ignored", .text("signal", received.name), .number("from", Int64(received.sender)))
        }
    }

    private func requestStop(_ received: ReceivedSignal) {
        if case .beginning = state {
            log.info("stopping before anything began", .text("signal", received.name))
            return abandon()
        }
        guard context.stage.askToEnd(at: context.clocks.monotonic) else {
            log.warning("a second signal: running jobs are ended now", .text("signal", received.name))
            Task(executorPreference: loop) { [service] in await service?.hurry() }
            return
        }
        let drain = context.configuration.drain
        log.info("stopping: nothing new is started", .text("signal", received.name), .number("drain_ms", drain.wholeMilliseconds))
        if !context.stage.isOpen { abandonLater() }
    }

    /// The start itself may be waiting for a file system that never answers: then there is nothing to drain.
    private func abandonLater() {
        let isHungUp = service?.assumeIsolated { $0.isHungUp } ?? false
        let patience = isHungUp ? .seconds(1) : context.configuration.drain + context.configuration.killAfter
        loop.after(patience) { [unowned self] in
            assumeIsolated { life in
                guard !life.context.stage.isOpen else { return }
                life.log.warning("the start did not finish in time; giving up")
                life.abandon()
            }
        }
    }
}
