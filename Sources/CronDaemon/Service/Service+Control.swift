internal import CronExpressions
internal import CronJobs
internal import CronScheduler
internal import CronTables
internal import Glibc
internal import LinuxEvents

/// Answers the control socket.
extension Service {
    func openSocket() {
        if configuration.socket == "none" { return }
        guard let path = configuration.socket ?? Places.socket(name: configuration.name, environment: configuration.environment) else {
            return lackSocket(.placeUnknown)
        }
        do {
            server = try ControlServer(loop: loop, path: path) { [unowned self] request, number in
                assumeIsolated { $0.serve(request, number) }
            }
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

    func serve(_ request: ControlRequest, _ number: Int) {
        Task(executorPreference: loop) {
            let response = await self.answer(request)
            await self.reply(number, await self.desk.line(response))
        }
    }

    private func reply(_ number: Int, _ line: [UInt8]) { server?.answer(number, line) }

    func answer(_ request: ControlRequest) async -> ControlResponse {
        guard let keeper, let scheduler, let store else { return ControlResponse(error: "the service is still starting") }
        if waitsForRoom, request.verb != .status {
            return ControlResponse(error: "the service waits for room on the volume of its store: \(store.place)")
        }
        switch request.verb {
        case .status: return await status(scheduler, store)
        case .reload: return await reload(keeper)
        case .tableRestore: return await restore(request.revision ?? 0, keeper)
        case .pause, .resume: return await setPaused(request.verb == .pause, request.jobs ?? [], scheduler, store)
        case .tableList: return await list(keeper)
        case .tableLog, .tableShow:
            return await desk.answer(request, store.revisions, seal: sharing(store).seal, current: tableState.revision)
        }
    }

    func reload(_ keeper: TableKeeper) async -> ControlResponse {
        if let silence = tableSilence { return ControlResponse(error: "\(silence); the last good table stays", code: 75) }
        lookUpUsers()
        await tableTurn.take()
        defer { tableTurn.give() }
        let difference = await compare(force: true) ?? TableDifference()
        let faults = await keeper.faults, hasOther = await keeper.currentRevision != nil
        if let failure = faults.failure(of: configuration.table.files, hasOther: hasOther) {
            return ControlResponse(error: failure.text, code: failure.code)
        }
        var response = ControlResponse()
        response.change = await change(difference, keeper)
        let badLines = await keeper.badLines
        if badLines > 0 { response.change?.badLines = badLines }
        if !faults.passedOver.isEmpty { response.change?.unread = faults.passedOver }
        return response
    }

    private func list(_ keeper: TableKeeper) async -> ControlResponse {
        if let silence = tableSilence { return ControlResponse(error: silence, code: 75) }
        var response = ControlResponse()
        response.tableFiles = await keeper.tableFiles().map { ControlResponse.TableFileLine($0) }
        return response
    }

    func restore(_ number: Int, _ keeper: TableKeeper) async -> ControlResponse {
        if let silence = tableSilence { return ControlResponse(error: "\(silence); nothing was changed", code: 75) }
        await tableTurn.take()
        defer { tableTurn.give() }
        do {
            if try await keeper.files(of: number) == nil { return .noRevision(number) }
            if await keeper.isCurrent(number) {
                var response = ControlResponse()
                response.change = await change(TableDifference(), keeper)
                response.change?.isCurrent = true
                return response
            }
            let table = try await keeper.restore(number)
            await noteTableState(keeper)
            var response = ControlResponse()
            response.change = await change(await apply(table), keeper)
            if !table.unwritten.isEmpty { response.change?.unwritten = table.unwritten }
            return response
        } catch {
            return ControlResponse(error: "\(error)")
        }
    }

    /// Pauses jobs or lets them go on, all of them or, where one is not in the table, none.
    func setPaused(
        _ isPaused: Bool, _ names: [String], _ scheduler: Scheduler, _ store: StoreOpening
    ) async -> ControlResponse {
        let jobs = Set(names.map { JobID($0).withoutHost })
        let known = Set(await scheduler.jobs.map(\.id.withoutHost)).union(elsewhere)
        do throws(StoreError) {
            // A job that left the table may still be let go on.
            let paused = try await store.ledger.pausedJobs()
            let unknown = jobs.subtracting(known).subtracting(isPaused ? [] : paused).sorted()
            guard unknown.isEmpty else { return await desk.unknown(unknown, among: isPaused ? known : known.union(paused)) }
            try await store.ledger.setPaused(isPaused, jobs)
            let changed = isPaused ? jobs.subtracting(paused) : jobs.intersection(paused)
            for job in changed.sorted() { log.info(isPaused ? "job paused" : "job resumed", .text("job", "\(job)")) }
            var response = ControlResponse()
            response.jobs = changed.sorted().map(\.description)
            return response
        } catch {
            return ControlResponse(error: error.message)
        }
    }

    func change(_ difference: TableDifference, _ keeper: TableKeeper) async -> ControlResponse.Change {
        ControlResponse.Change(
            added: difference.added.count, changed: difference.changed.count, removed: difference.removed.count,
            revision: await keeper.currentRevision)
    }

    /// Nothing here waits for the table's files, and only a moment for the store.
    func status(_ scheduler: Scheduler, _ store: StoreOpening) async -> ControlResponse {
        var reasons = lacks.map { "\($0.what): \($0.reason)" }
        reasons += tableState.reasons
        if let tableSilence { reasons.append("table: \(tableSilence)") }
        if await within(.seconds(2), { await store.isWithoutRoom() }) == true {
            reasons.append("the store's volume is full: nothing is started until there is room")
        }
        if await scheduler.storeIsDown { reasons.append("the store fails; jobs wait for it, but for those with another store-down") }
        if let storeTrouble { reasons.append("store: \(storeTrouble)") }
        let paused = await within(.seconds(2)) { (try? await store.ledger.pausedJobs()) ?? [] }
        if paused == nil { reasons.append("store: it does not answer; paused jobs are not known now") }
        let difference = await within(.seconds(2)) { await store.ledger.shared?.view().clockOffset } ?? nil
        let status = ControlResponse.Status(
            name: configuration.name, version: ServiceHost.version, pid: getpid(), incarnation: incarnation,
            jobs: await scheduler.jobs.count, staleJobs: [], running: [], paused: [],
            nextFireTime: await scheduler.nextWake?.rfc3339UTC(), revision: tableState.revision, store: store.place.description,
            durability: store.durability.rawValue, seed: tableState.seed, clockDifferenceMs: difference?.wholeMilliseconds,
            degraded: reasons)
        return await desk.answer(status, running: await scheduler.runningRuns, paused: paused ?? [], stale: staleJobs, places: unnamed)
    }

    /// What `work` answers, or nil after `limit`; then it goes on unheard.
    private func within<Answer: Sendable>(_ limit: Duration, _ work: @escaping @Sendable () async -> Answer) async -> Answer? {
        let first = FirstAnswer<Answer>()
        return await withCheckedContinuation { continuation in
            first.continuation = continuation
            let timer = loop.after(limit) { first.give(nil) }
            Task(executorPreference: loop) { [loop] in
                let answer = await work()
                loop.perform {
                    loop.cancel(timer)
                    first.give(answer)
                }
            }
        }
    }
}

/// Goes to whoever waits, once. Event loop only.
private final class FirstAnswer<Answer: Sendable>: @unchecked Sendable {
    var continuation: CheckedContinuation<Answer?, Never>?

    func give(_ answer: Answer?) {
        continuation?.resume(returning: answer)
        continuation = nil
    }
}
