internal import CronExpressions
internal import CronJobs
internal import CronRabbitMQ
internal import CronEngine
internal import CronTables
internal import Glibc
internal import LinuxEvents

/// Answers what is asked on the control socket.
extension Service: Control {
    func answer(_ request: ControlRequest, for asker: Asker) async throws(ControlRefusal) -> ControlAnswer {
        try request.check(asker)
        if case .events(let query) = request { return try await events(query) }
        if request.looksBack, let scheduler { _ = await within(Self.catchingUp) { await scheduler.catchUp() } }
        if case .output(let choice, let follows) = request { return try await output(choice, follows: follows) }
        if case .jobs(let query) = request { return try await jobs(query) }
        let parts = try await parts(request, asker)
        if case .end? = parts.last { return .parts(parts) }
        return .parts(parts.ended)
    }

    /// Outcomes are written a moment after they are told: an answer has those that were told before the question, unless the store is slow.
    private static let catchingUp = Duration.milliseconds(500)

    private func events(_ query: EventQuery) async throws(ControlRefusal) -> ControlAnswer {
        let heardOf = Set(events.recent(EventQuery(query.filter, recent: EventHub.mostKept)).compactMap(\.job?.withoutHost))
        let unheard = query.filter.jobs.subtracting(heardOf)
        if !unheard.isEmpty {
            guard let scheduler else { throw .starting }
            let known = Set(await scheduler.jobs.map(\.id.withoutHost)).union(side.elsewhere)
            let unknown = unheard.filter { !known.contains($0.withoutHost) }.sorted()
            guard unknown.isEmpty else { throw await desk.unknown(unknown, among: known, "") }
        }
        guard query.follows else { return .parts(events.recent(query).map(ControlPart.event).ended) }
        guard let feed = events.open(query) else {
            throw ControlRefusal("too many clients are listening to events; close one of them", code: 75)
        }
        return .feed(feed)
    }

    private func parts(_ request: ControlRequest, _ asker: Asker) async throws(ControlRefusal) -> [ControlPart] {
        guard let keeper, let scheduler, let store else { throw .starting }
        if waitsForRoom, request != .service {
            throw ControlRefusal("the service waits for room on the volume of its store: \(store.place)")
        }
        if let configured = configuration.worker { try configured.check(request) }
        switch request {
        case .service: return [.service(await status(scheduler, store))]
        case .runs(let query): return try await runs(query, scheduler, store)
        case .why(let job, let time): return [.account(try await why(job, time, keeper, scheduler, store))]
        case .table: return try await list(keeper)
        case .revisions:
            return try await desk.revisions(store.revisions, seal: configuration.sharing(in: store).seal, current: tableState.revision)
        case .files(let revision): return try await desk.files(of: revision, store.revisions)
        case .run(let choice): return try await detail(choice)
        case .jobs, .events, .output: return []
        case .pause(let jobs, let until):
            let changed = try await pauses(scheduler, store, asker).pause(jobs, until: until)
            tell("job paused", .paused, changed, asker, until: until)
            return [.changed(changed)]
        case .resume(let jobs):
            let changed = try await pauses(scheduler, store, asker).resume(jobs)
            tell("job resumed", .resumed, changed, asker)
            return [.changed(changed)]
        case .trigger(let job, let isForced): return [.steered(try await trigger(job, isForced: isForced, scheduler, store, asker))]
        case .cancel(let run): return [.steered(try await cancel(run, scheduler, asker))]
        case .reload: return [.change(try await reload(keeper, asker))]
        case .at, .atList, .atCancel: return try await askOnce(request, asker)
        case .restore(let revision): return [.change(try await restore(revision, keeper, asker))]
        }
    }

    private func jobs(_ query: JobQuery) async throws(ControlRefusal) -> ControlAnswer {
        guard let scheduler, let store else { throw .starting }
        let source = JobSource(revisions: store.revisions, revision: tableState.revision, past: store.ledger.past)
        return await desk.jobs(await listing(scheduler, store), query, source)
    }

    /// A job that the table does not have may have a history; where it has none, its name is most likely misspelt.
    private func runs(_ query: RunQuery, _ scheduler: SchedulerEngine, _ store: StoreOpening) async throws(ControlRefusal) -> [ControlPart]
    {
        let jobs = await scheduler.jobs.map(\.id)
        let parts = try await desk.runs(RunListing(ledger: store.ledger, jobs: jobs), query)
        guard parts.count == 1, !query.jobs.isEmpty, query.page.after == nil else { return parts }
        let known = Set(jobs.map(\.withoutHost)).union(side.elsewhere)
        let unknown = query.jobs.filter { !known.contains($0.withoutHost) }.sorted()
        guard unknown.isEmpty else { throw await desk.unknown(unknown, among: known, ", and there is no history of it") }
        return parts
    }

    /// Nothing of it but the keeper's ways of compiling needs the table.
    private func why(
        _ job: JobID, _ time: Instant?, _ keeper: TableKeeper, _ scheduler: SchedulerEngine, _ store: StoreOpening
    ) async throws(ControlRefusal) -> FireTimeAccount {
        if let silence = tableSilence { throw ControlRefusal(silence, code: 75) }
        let jobs = await scheduler.jobs, holds = await scheduler.storeHoldsJobs
        let gathering = WhyGathering(
            ledger: store.ledger, revisions: store.revisions, compiler: await keeper.compiling, host: configuration.host,
            retention: configuration.retention, jobs: jobs, elsewhere: side.elsewhere,
            trouble: holds ? Self.storeHoldsJobs : nil, now: clocks.wall.instant,
            outages: outages.all)
        if let account = try await desk.why(gathering, job, time, places: side.places) { return account }
        let known = Set(jobs.map(\.id.withoutHost)).union(side.elsewhere)
        throw await desk.unknown([job], among: known, ", and never had it")
    }

    /// Only a moment is waited for the store.
    private func listing(_ scheduler: SchedulerEngine, _ store: StoreOpening) async -> JobListing {
        let now = clocks.wall
        async let elsewhere = within(.seconds(2)) { (try? await store.ledger.owners?.runningElsewhere()) ?? [:] }
        let paused = await within(.seconds(2)) { (try? await store.ledger.pauses?.pauses(now: now)) ?? [:] } ?? [:]
        let runsElsewhere = await elsewhere ?? [:]
        var jobs = await scheduler.jobs
        if !side.otherJobs.isEmpty { jobs += side.otherJobs }
        var listing = JobListing(
            jobs: jobs, running: await scheduler.runningRuns, paused: paused, stale: side.stale, now: now.instant,
            mask: secrets.mask, places: side.places)
        (listing.host, listing.runsElsewhere) = (configuration.host, runsElsewhere)
        return listing
    }

    private func reload(_ keeper: TableKeeper, _ asker: Asker) async throws(ControlRefusal) -> TableChange {
        if let silence = tableSilence { throw ControlRefusal("\(silence); the last good table stays", code: 75) }
        lookUpUsers()
        await tableLock.take()
        defer { tableLock.give() }
        let difference = await compare(force: true, for: asker) ?? TableDifference()
        let faults = await keeper.faults, hasOther = await keeper.currentRevision != nil
        if let failure = faults.failure(of: configuration.table.files, hasOther: hasOther) {
            throw ControlRefusal(failure.text, code: failure.code)
        }
        var change = await change(difference, keeper)
        let badLines = await keeper.badLines
        if badLines > 0 { change.badLines = badLines }
        if !faults.passedOver.isEmpty { change.unread = faults.passedOver.map(TableChange.Complaint.init) }
        return change
    }

    private func list(_ keeper: TableKeeper) async throws(ControlRefusal) -> [ControlPart] {
        if let silence = tableSilence { throw ControlRefusal(silence, code: 75) }
        return await keeper.tableFiles().map { .file(TableFileSnapshot($0)) }
    }

    private func restore(_ number: Int, _ keeper: TableKeeper, _ asker: Asker) async throws(ControlRefusal) -> TableChange {
        if let silence = tableSilence { throw ControlRefusal("\(silence); nothing was changed", code: 75) }
        await tableLock.take()
        defer { tableLock.give() }
        let restoring: TableKeeper.Restoring
        do throws(TableRefusal) {
            restoring = try await keeper.restore(number, author: asker.withoutHost)
        } catch {
            throw ControlRefusal(error.description)
        }
        switch restoring {
        case .noRevision: throw .noRevision(number)
        case .otherFiles(let paths):
            throw ControlRefusal("revision \(number) names \(paths.joined(separator: " ")), no files of this table")
        case .isCurrent:
            var unchanged = await change(TableDifference(), keeper)
            unchanged.isCurrent = true
            return unchanged
        case .done(let table):
            await noteTableState(keeper)
            var change = await change(await apply(table, for: asker), keeper)
            if !table.unwritten.isEmpty { change.unwritten = table.unwritten.map(TableChange.Complaint.init) }
            return change
        }
    }

    private func pauses(_ scheduler: SchedulerEngine, _ store: StoreOpening, _ asker: Asker) async -> PauseChange {
        let jobs = Set(await scheduler.jobs.map(\.id.withoutHost)).union(side.elsewhere)
        return PauseChange(ledger: store.ledger, desk: desk, jobs: jobs, asker: asker, now: clocks.wall)
    }

    private func tell(_ message: String, _ kind: ControlEvent.Kind, _ jobs: [JobID], _ asker: Asker, until: WallTime? = nil) {
        for job in jobs {
            log.info(message, .text("job", "\(job)"))
            var event = ControlEvent(kind, at: clocks.wall, job: job)
            (event.by, event.due) = (asker, until)
            events.publish(event)
        }
    }

    private func change(_ difference: TableDifference, _ keeper: TableKeeper) async -> TableChange {
        TableChange(
            added: difference.added.count, changed: difference.changed.count, removed: difference.removed.count,
            revision: await keeper.currentRevision)
    }

    /// Nothing here waits for the table's files, and only a moment for the store, which is asked all at once: a probe waits for 2 s.
    private func status(_ scheduler: SchedulerEngine, _ store: StoreOpening) async -> ServiceSnapshot {
        async let room = within(.seconds(1)) { await store.isWithoutRoom() }
        async let offset = within(.seconds(1)) { await store.ledger.shared?.view().clockOffset }
        let paused = await within(.seconds(1)) { () async -> Result<Set<JobID>, StoreError> in
            do throws(StoreError) { return .success(try await store.ledger.pausedJobs()) } catch { return .failure(error) }
        }
        let isFull = await room == true, difference = await offset ?? nil
        var service = ServiceSnapshot(
            name: configuration.name, version: ServiceHost.version, pid: getpid(), incarnation: incarnation,
            jobs: await scheduler.jobs.count, store: store.place.description, durability: store.durability.rawValue, seed: tableState.seed)
        service.degraded = lacks.map { "\($0.what): \($0.reason)" } + tableState.reasons
        if let reason = broker?.obstacle { service.degraded.append("broker: \(reason)") }
        if let reason = await worker?.obstacle { service.degraded.append("broker: \(reason)") }
        service.degraded += feedFaults
        if let tableSilence { service.degraded.append("table: \(tableSilence)") }
        let fails = await scheduler.storeIsDown, holds = await scheduler.storeHoldsJobs
        let faults = storeFaults(isFull: isFull, fails: fails, holds: holds, pauses: paused)
        service.degraded += faults
        service.storeFault = faults.first
        if !isWorker { service.nextFireTime = await scheduler.nextWake?.rfc3339UTC() }
        service.revision = tableState.revision
        service.clockDifferenceMs = difference?.wholeMilliseconds
        return await desk.service(
            service, running: await scheduler.runningRuns, paused: (try? paused?.get()) ?? [], stale: side.stale, places: side.places)
    }

    private static let storeHoldsJobs = "the store fails; jobs wait for it, but for those with another store-down"

    /// Why the store does not work, as far as it was noticed.
    private func storeFaults(isFull: Bool, fails: Bool, holds: Bool, pauses: Result<Set<JobID>, StoreError>?) -> [String] {
        var faults: [String] = []
        if isFull { faults.append("the store's volume is full: nothing is started until there is room") }
        if fails { faults.append(holds ? Self.storeHoldsJobs : "the store refuses something that it is asked; jobs go on") }
        if let storeTrouble { faults.append("store: \(storeTrouble)") }
        switch pauses {
        case .success: break
        case .failure(let error) where error.message == storeTrouble: break
        case .failure(let error): faults.append("store: \(error.message)")
        case nil: faults.append("store: it does not answer; paused jobs are not known now")
        }
        return faults
    }

    /// What `work` answers, or nil after `limit`; then it goes on unheard.
    func within<Answer: Sendable>(_ limit: Duration, _ work: @escaping @Sendable () async -> Answer) async -> Answer? {
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

extension TableChange.Complaint {
    init(_ file: UnwrittenFile) { self.init(path: file.path, reason: file.reason) }
}

extension ControlRequest {
    /// Whether its answer tells of runs, as the store has them.
    fileprivate var looksBack: Bool {
        switch self {
        case .runs, .run, .output, .why, .jobs: true
        default: false
        }
    }
}
