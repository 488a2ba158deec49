internal import CLinux
internal import CronEngine
internal import CronJobs
internal import CronProcesses
internal import CronTables
internal import Glibc
internal import LinuxEvents

// The service: begins its parts in their order, lets them run, and ends them in theirs.
//
//     the first table ─▶ what the last life left ─▶ watches, socket ─▶ ready ─▶ runs
//     TERM, INT, QUIT ─▶ nothing new starts ─▶ jobs have their patience ─▶ what outlived them ─▶ last events, outcomes, output ─▶ ended
//                             │ a second signal: jobs are killed, nothing is waited for
//
// Everything is on the event loop's thread except what blocks: the store, the keeper's reading and compiling, user look-ups, the log writers.

actor Service {
    private let context: ServiceContext
    private nonisolated let parts: ServiceParts
    private var configuration: Configuration { context.configuration }
    private var stage: LifeStage { context.stage }
    private var log: Log { context.log }

    nonisolated var unownedExecutor: UnownedSerialExecutor { context.loop.asUnownedSerialExecutor() }

    init(_ context: ServiceContext, _ parts: ServiceParts) {
        self.context = context
        self.parts = parts
    }

    // MARK: Opening

    func open() async throws {
        await parts.feeds.openEvents()
        await parts.broker?.connect()
        await parts.table.findPaths()
        let first = try await firstTable()
        await parts.publisher.begin(with: first)
        if context.isWorker { await parts.scheduler.keepLeases() } else { try await openScheduling(first) }
        await parts.leases?.begin()
        await parts.table.watch()
        if let path = configuration.tableKeyFile { log.warn(ofOpenKey: path) }
        let guardian = StartGuard()
        await openSocket()
        guardian.end()
        await parts.housekeeper.begin()
        ProcessHost.trimMemory()
        // What only the start needed goes as soon as that is over, its own last words included.
        context.loop.after(.seconds(1)) { ProcessHost.returnText() }
        await sayReady(first)
        if context.isWorker { return try await beginWork() }
        if !stage.isEnding { await parts.scheduler.fireStartup(incarnation: parts.incarnation) }
    }

    private func firstTable() async throws(ServiceFailure) -> LoadedTable {
        while true {
            do throws(TableRefusal) {
                let table = try await parts.table.begin()
                stage.reach(.opening)
                return table
            } catch {
                if error.kind == .store, await waitForRoom() { continue }
                throw ServiceFailure(error, isEnding: stage.isEnding)
            }
        }
    }

    /// Waits a moment where the store has no room, and answers whether it is worth another try. The socket answers `status` meanwhile.
    private func waitForRoom() async -> Bool {
        guard !stage.isEnding, await parts.store.isWithoutRoom() else { return false }
        await parts.storeWatch.noteRoom()
        if stage.start == .opening {
            stage.reach(.waitingForRoom)
            await openSocket()
        }
        await context.loop.wait(.seconds(1))
        return !stage.isEnding
    }

    /// What only a service does that starts what is due.
    private func openScheduling(_ first: LoadedTable) async throws {
        if first.isKnown { try await retain(first.keptJobs) }
        try await parts.once?.look()
        await parts.leases?.compareZones()
        await parts.scheduler.keepLeases()
        await parts.recovery.recover()
        await parts.scheduler.findRetries()
    }

    /// Which jobs are gone is only noted to forget them later; without room that is left to the next table.
    private func retain(_ jobs: Set<JobID>) async throws(StoreError) {
        do throws(StoreError) {
            try await parts.store.ledger.retain(jobs, now: context.clocks.wall)
        } catch {
            guard error.code == .full else { throw error }
        }
    }

    private func openSocket() async {
        if configuration.socket == "none" { return }
        guard let path = configuration.socket ?? Places.socket(name: configuration.socketName, environment: configuration.environment)
        else { return lackSocket(.noDefaultPath) }
        do throws(SocketFailure) {
            try await parts.conversations.listen(at: path, host: configuration.host)
        } catch {
            lackSocket(error)
        }
    }

    private func lackSocket(_ failure: SocketFailure) {
        context.reduced.add(
            ReducedFeature(
                what: "socket", reason: "status, reload and table verbs cannot reach this service: \(failure)",
                remedy: "\(failure.remedy), or --socket none"))
    }

    private func sayReady(_ first: LoadedTable) async {
        log.report(context.reduced.all)
        for slip in configuration.variableSlips { log.warning("a variable of the environment sets nothing", .text("variable", slip)) }
        await parts.feeds.begin()
        if !context.isWorker { await parts.publisher.list(first.compiled) }
        await parts.publisher.hintAtNames()
        log.info(
            "ready", .text("name", configuration.name), .number("jobs", Int64(first.compiled.jobs.count)),
            .number("revision", Int64(first.revision?.number ?? 0)), .text("store", parts.store.place.description),
            .text("durability", parts.store.durability.rawValue), .number("incarnation", parts.incarnation),
            .number("pid", Int64(getpid())))
    }

    private func beginWork() async throws(ServiceFailure) {
        do throws(SystemError) { try await parts.worker?.start() } catch {
            throw ServiceFailure(code: 71, message: "no thread for the broker's connection can be made: \(error)")
        }
    }

    // MARK: Running

    /// Starts what is due until the end is asked for, and ends in order. Also where the end came before the beginning was over: something may have
    /// been started or adopted by then.
    func run() async {
        let isStarting = !stage.isEnding && !context.isWorker
        let due = isStarting ? Task(executorPreference: context.loop) { [parts] in await parts.scheduler.run() } : nil
        await stage.waitForEnd()
        await drain()
        await due?.value
        await end()
    }

    func reload() async { await parts.table.look(force: true) }

    nonisolated func childEnded() { parts.reaper.childEnded() }

    // MARK: Ending

    /// Ends running jobs now.
    func hurry() async { await parts.runner.stop(patience: .zero, killAfter: configuration.killAfter) }

    /// A path of the table is being touched, and has not answered yet.
    var isHungUp: Bool { parts.table.assumeIsolated { $0.isWaiting } }

    private func drain() async {
        await parts.table.stop()
        context.events.publish(ControlEvent(.ending, at: context.clocks.wall))
        await parts.worker?.stop()
        await parts.scheduler.stop()
        await parts.mail.end()
        await parts.runner.stop(patience: configuration.drain, killAfter: configuration.killAfter)
        if context.hasInit, LeftBehind.askToEnd() { await waitForLeftBehind() }
        if parts.feeds.areWaitedFor { await parts.scheduler.settle() }
        await parts.feeds.finish()
        await parts.runner.close()
        await parts.broker?.close()
    }

    /// A second signal skips it.
    private func waitForLeftBehind() async {
        let end = stage.limit(ofWaitingAt: context.clocks.monotonic)
        var remain = true
        // Once more after the last has gone: what it wrote is in its pipe.
        while remain, context.clocks.monotonic < end, !stage.isHurried {
            remain = LeftBehind.remain
            await context.loop.wait(.milliseconds(10))
        }
    }

    private func end() async {
        await parts.housekeeper.end()
        await parts.leases?.end()
        await sayLastEvents()
        await parts.conversations.close()
        await parts.scheduler.settle()
        await storeLastOutput()
        await parts.mail.close()
        await parts.worker?.close()
        await parts.store.ledger.close(now: context.clocks.wall)
        log.info("ended")
    }

    /// Where it could not begin.
    func giveUp() async {
        await parts.conversations.close()
        await parts.store.ledger.close(now: context.clocks.wall)
    }

    /// Listeners get what they have not taken yet, the end included, if they take it at once.
    private func sayLastEvents() async {
        context.events.close()
        for _ in 0..<10 {
            guard await parts.conversations.hasFeeds else { return }
            await context.loop.wait(.milliseconds(10))
        }
    }

    /// What runs that ended with us have written, if the store takes it at once.
    private func storeLastOutput() async {
        let limit = context.clocks.monotonic + .milliseconds(500)
        while parts.outputs.isBusy, context.clocks.monotonic < limit, !stage.isHurried {
            await context.loop.wait(.milliseconds(10))
        }
    }
}

extension ServiceFailure {
    fileprivate init(_ refusal: TableRefusal, isEnding: Bool) {
        let code: Int32 =
            switch refusal.kind {
            case .store: isEnding ? 0 : 69
            case .foreign: 75
            case .missing: 66
            case .table: 65
            }
        self.init(code: code, message: refusal.description)
    }
}

extension Log {
    /// Whoever can read the table's key can publish any table.
    fileprivate func warn(ofOpenKey path: String) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & S_IROTH != 0 else { return }
        warning("the table's key can be read by others", .text("path", path), .text("remedy", "chmod 600, or mount it with mode 0400"))
    }
}
