internal import CronExpressions
internal import CronJobs
internal import CronScheduler
internal import Glibc

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
            await self.reply(number, response)
        }
    }

    func reply(_ number: Int, _ response: ControlResponse) { server?.answer(number, response) }

    func answer(_ request: ControlRequest) async -> ControlResponse {
        var response = ControlResponse()
        guard let keeper, let scheduler, let store else { return ControlResponse(error: "the service is still starting") }
        if waitsForRoom, request.verb != .status {
            return ControlResponse(error: "the service waits for room on the volume of its store: \(store.description)")
        }
        switch request.verb {
        case .status: response.status = await status(scheduler, keeper, store)
        case .reload: return await reload(keeper)
        case .tableRestore: return await restore(request.revision ?? 0, keeper)
        case .pause, .resume: return await setPaused(request.verb == .pause, request.jobs ?? [], scheduler, store)
        case .tableLog, .tableShow:
            return await RevisionAnswers.answer(
                request, store.revisions, seal: sharing(store).seal, current: await keeper.currentRevision)
        }
        return response
    }

    func reload(_ keeper: TableKeeper) async -> ControlResponse {
        await tableTurn.take()
        defer { tableTurn.give() }
        let difference = await compare(force: true) ?? TableDifference()
        let faults = await keeper.faults, hasOther = await keeper.currentRevision != nil
        if let failure = faults.failure(of: configuration.table.files, hasOther: hasOther) {
            return ControlResponse(error: failure.text, code: failure.code)
        }
        var response = ControlResponse()
        response.change = await change(difference, keeper)
        if faults.badLines > 0 { response.change?.badLines = faults.badLines }
        if !faults.problems.isEmpty {
            response.change?.unread = faults.problems.map { UnwrittenFile(path: $0.path, reason: $0.message) }
        }
        return response
    }

    func restore(_ number: Int, _ keeper: TableKeeper) async -> ControlResponse {
        await tableTurn.take()
        defer { tableTurn.give() }
        do {
            if try await keeper.files(of: number) == nil { return .noRevision(number) }
            let table = try await keeper.restore(number)
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
            let paused = isPaused ? [] : try await store.ledger.pausedJobs()
            let unknown = jobs.subtracting(known).subtracting(paused).sorted()
            guard unknown.isEmpty else {
                return ControlResponse(
                    error: "the table has no job \(unknown.map(\.description).joined(separator: ", ")): nothing was changed", code: 66)
            }
            try await store.ledger.setPaused(isPaused, jobs)
        } catch {
            return ControlResponse(error: error.message)
        }
        for job in jobs.sorted() { log.info(isPaused ? "job paused" : "job resumed", .text("job", "\(job)")) }
        return ControlResponse()
    }

    func change(_ difference: TableDifference, _ keeper: TableKeeper) async -> ControlResponse.Change {
        ControlResponse.Change(
            added: difference.added.count, changed: difference.changed.count, removed: difference.removed.count,
            revision: await keeper.currentRevision)
    }

    func status(_ scheduler: Scheduler, _ keeper: TableKeeper, _ store: StoreOpening) async -> ControlResponse.Status {
        var reasons = lacks.map { "\($0.what): \($0.reason)" }
        reasons += await keeper.faults.reasons
        if await store.isWithoutRoom() { reasons.append("the store's volume is full: nothing is started until there is room") }
        if await scheduler.storeIsDown { reasons.append("the store fails; jobs wait for it, but for those with another store-down") }
        if let storeTrouble { reasons.append("store: \(storeTrouble)") }
        let paused = (try? await store.ledger.pausedJobs()) ?? []
        return ControlResponse.Status(
            name: configuration.name, version: ServiceHost.version, pid: getpid(), incarnation: incarnation,
            jobs: await scheduler.jobs.count,
            staleJobs: staleJobs.map(\.description).sorted(), running: await scheduler.runningRuns.map(\.description).sorted(),
            paused: paused.map(\.description).sorted(), nextFireTime: await scheduler.nextWake?.rfc3339UTC(),
            revision: await keeper.currentRevision, store: store.description,
            durability: store.durability, seed: await keeper.drawsFrom,
            clockDifferenceMs: await store.ledger.shared?.view().clockOffset?.wholeMilliseconds, degraded: reasons)
    }
}
