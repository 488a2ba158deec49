internal import CronEngine
internal import CronExpressions
internal import CronJobs
internal import CronProcesses
internal import CronTables
internal import LinuxEvents

/// Answers what is asked of a running service on its control socket.
struct ServiceControl: Control {
    let context: ServiceContext
    let store: StoreOpening
    let scheduler: SchedulerEngine
    let keeper: TableKeeper
    let table: TableFollower
    let view: TableView
    let outputs: OutputShelf
    let environments: any RunEnvironments
    let outages: OutageHistory
    let once: OnceAnswers?
    let status: ServiceStatus
    let steering: Steering
    let desk: ControlDesk

    func answer(_ request: ControlRequest, for asker: Asker) async throws(ControlRefusal) -> ControlAnswer {
        try request.check(asker)
        try checkStage(request)
        if request.looksBack { _ = await context.loop.within(Self.catchingUp) { await scheduler.catchUp() } }
        switch request {
        case .events(let query): return try await events(query)
        case .output(let choice, let follows): return try await output(choice, follows: follows)
        case .jobs(let query): return try await jobs(query)
        default: break
        }
        let parts = try await parts(request, asker)
        if case .end? = parts.last { return .parts(parts) }
        return .parts(parts.ended)
    }

    /// Outcomes are written a moment after they are told: an answer has those that were told before the question, unless the store is slow.
    private static let catchingUp = Duration.milliseconds(500)

    /// Before the table is in use there is little to be told.
    private func checkStage(_ request: ControlRequest) throws(ControlRefusal) {
        if context.stage.start == .waitingForRoom, request != .service {
            throw ControlRefusal("the service waits for room on the volume of its store: \(store.place)")
        }
        try context.configuration.worker?.check(request)
    }

    private func parts(_ request: ControlRequest, _ asker: Asker) async throws(ControlRefusal) -> [ControlPart] {
        switch request {
        case .service: return [.service(await status.snapshot())]
        case .runs(let query): return try await runs(query)
        case .why(let job, let time): return [.account(try await why(job, time))]
        case .table: return try await table.files()
        case .revisions:
            let seal = context.configuration.sharing(in: store).seal
            return try await desk.revisions(store.revisions, seal: seal, current: view.state.revision)
        case .files(let revision): return try await desk.files(of: revision, store.revisions)
        case .run(let choice): return try await detail(choice)
        case .jobs, .events, .output: return []
        case .pause(let jobs, let until):
            let changed = try await pauses(asker).pause(jobs, until: until)
            tell("job paused", .paused, changed, asker, until: until)
            return [.changed(changed)]
        case .resume(let jobs):
            let changed = try await pauses(asker).resume(jobs)
            tell("job resumed", .resumed, changed, asker)
            return [.changed(changed)]
        case .trigger(let job, let isForced): return [.steered(try await steering.trigger(job, isForced: isForced, asker))]
        case .cancel(let run): return [.steered(try await steering.cancel(run, asker))]
        case .reload: return [.change(try await table.reload(for: asker))]
        case .at, .atList, .atCancel:
            guard let once else { throw .starting }
            return try await once.answer(request, asker)
        case .restore(let revision): return [.change(try await table.restore(revision, for: asker))]
        }
    }

    private func events(_ query: EventQuery) async throws(ControlRefusal) -> ControlAnswer {
        let desk = context.events
        let heardOf = Set(desk.recent(EventQuery(query.filter, recent: EventHub.mostKept)).compactMap(\.job?.withoutHost))
        let unheard = query.filter.jobs.subtracting(heardOf)
        if !unheard.isEmpty {
            let known = Set(await scheduler.jobs.map(\.id.withoutHost)).union(view.side.elsewhere)
            let unknown = unheard.filter { !known.contains($0.withoutHost) }.sorted()
            guard unknown.isEmpty else { throw await self.desk.unknown(unknown, among: known, "") }
        }
        guard query.follows else { return .parts(desk.recent(query).map(ControlPart.event).ended) }
        guard let feed = desk.open(query) else {
            throw ControlRefusal("too many clients are listening to events; close one of them", code: 75)
        }
        return .feed(feed)
    }

    // MARK: Jobs

    private func jobs(_ query: JobQuery) async throws(ControlRefusal) -> ControlAnswer {
        let source = JobSource(revisions: store.revisions, revision: view.state.revision, past: store.ledger.past)
        return await desk.jobs(await listing(), query, source)
    }

    /// Only a moment is waited for the store.
    private func listing() async -> JobListing {
        let now = context.clocks.wall, loop = context.loop, ledger = store.ledger, side = view.side
        async let elsewhere = loop.within(.seconds(2)) { (try? await ledger.owners?.runningElsewhere()) ?? [:] }
        let paused = await loop.within(.seconds(2)) { (try? await ledger.pauses?.pauses(now: now)) ?? [:] } ?? [:]
        let runsElsewhere = await elsewhere ?? [:]
        var jobs = await scheduler.jobs
        if !side.otherJobs.isEmpty { jobs += side.otherJobs }
        var listing = JobListing(
            jobs: jobs, running: await scheduler.runningRuns, paused: paused, stale: side.stale, now: now.instant,
            mask: context.secrets.mask, places: side.places)
        (listing.host, listing.runsElsewhere) = (context.configuration.host, runsElsewhere)
        return listing
    }

    private func pauses(_ asker: Asker) async -> PauseChange {
        let jobs = Set(await scheduler.jobs.map(\.id.withoutHost)).union(view.side.elsewhere)
        return PauseChange(ledger: store.ledger, desk: desk, jobs: jobs, asker: asker, now: context.clocks.wall)
    }

    private func tell(_ message: String, _ kind: ControlEvent.Kind, _ jobs: [JobID], _ asker: Asker, until: WallTime? = nil) {
        for job in jobs {
            context.log.info(message, .text("job", "\(job)"))
            var event = ControlEvent(kind, at: context.clocks.wall, job: job)
            (event.by, event.due) = (asker, until)
            context.events.publish(event)
        }
    }

    // MARK: Runs

    /// A job that the table does not have may have a history; where it has none, its name is most likely misspelt.
    private func runs(_ query: RunQuery) async throws(ControlRefusal) -> [ControlPart] {
        let jobs = await scheduler.jobs.map(\.id)
        let parts = try await desk.runs(RunListing(ledger: store.ledger, jobs: jobs), query)
        guard parts.count == 1, !query.jobs.isEmpty, query.page.after == nil else { return parts }
        let known = Set(jobs.map(\.withoutHost)).union(view.side.elsewhere)
        let unknown = query.jobs.filter { !known.contains($0.withoutHost) }.sorted()
        guard unknown.isEmpty else { throw await desk.unknown(unknown, among: known, ", and there is no history of it") }
        return parts
    }

    /// Nothing of it but the keeper's ways of compiling needs the table.
    private func why(_ job: JobID, _ time: Instant?) async throws(ControlRefusal) -> FireTimeAccount {
        if let silence = await table.silence { throw ControlRefusal(silence, code: 75) }
        let jobs = await scheduler.jobs, side = view.side
        let gathering = WhyGathering(
            ledger: store.ledger, revisions: store.revisions, compiler: await keeper.compiling, host: context.configuration.host,
            retention: context.configuration.retention, jobs: jobs, elsewhere: side.elsewhere, trouble: await status.trouble(),
            now: context.clocks.wall.instant, outages: outages.all)
        if let account = try await desk.why(gathering, job, time, places: side.places) { return account }
        let known = Set(jobs.map(\.id.withoutHost)).union(side.elsewhere)
        throw await desk.unknown([job], among: known, ", and never had it")
    }

    private func runAnswers() async -> RunAnswers {
        RunAnswers(
            ledger: store.ledger, shelf: outputs, jobs: await scheduler.jobs.map(\.id), elsewhere: view.side.elsewhere,
            host: context.configuration.host)
    }

    private func output(_ choice: RunChoice, follows: Bool) async throws(ControlRefusal) -> ControlAnswer {
        let answers = await runAnswers()
        guard follows else { return .parts(try await answers.output(choice).ended) }
        return .feed(OutputFeed(answers, try await answers.find(choice)))
    }

    private func detail(_ choice: RunChoice) async throws(ControlRefusal) -> [ControlPart] {
        var detail = try await runAnswers().detail(choice)
        let run = detail.run, job = await scheduler.jobs.first { $0.id == run.run.job }
        if let started = run.startedAt, run.attempt == 1, let fireTime = run.run.occasion.fireTime, let job {
            detail.lateMs = max(0, (started - WallTime(job.dueTime(of: fireTime))).wholeMilliseconds)
        }
        if let lines = await environments.environment(of: run.run, attempt: run.attempt) {
            detail.environment = context.secrets.names.shown(lines)
            detail.environmentOf = .run
        } else if let job, let lines = await environments.environment(of: job) {
            detail.environment = context.secrets.names.shown(lines)
            detail.environmentOf = .table
        }
        return [.detail(detail)]
    }
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
