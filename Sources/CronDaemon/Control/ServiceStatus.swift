internal import CronEngine
internal import CronExpressions
internal import CronJobs
internal import CronRabbitMQ
internal import Glibc
internal import LinuxEvents

/// What `crond status` is told. Nothing here waits for the table's files, and only a moment for the store, which is asked all at once: a probe
/// waits for 2 s.
struct ServiceStatus: Sendable {
    let context: ServiceContext
    let incarnation: Int64
    let store: StoreOpening
    let storeWatch: StoreWatch
    let scheduler: SchedulerEngine
    let table: TableFollower
    let view: TableView
    let feeds: FeedDesk
    let broker: BrokerDesk?
    let worker: Worker?
    let desk: ControlDesk

    private static let storeHoldsJobs = "the store fails; jobs wait for it, but for those with another store-down"

    /// What keeps jobs from starting: `nil` where nothing does.
    func trouble() async -> String? { await scheduler.storeHoldsJobs ? Self.storeHoldsJobs : nil }

    func snapshot() async -> ServiceSnapshot {
        let loop = context.loop, store = store
        async let room = loop.within(.seconds(1)) { await store.isWithoutRoom() }
        async let offset = loop.within(.seconds(1)) { await store.ledger.shared?.view().clockOffset }
        let paused = await loop.within(.seconds(1)) { () async -> Result<Set<JobID>, StoreError> in
            do throws(StoreError) { return .success(try await store.ledger.pausedJobs()) } catch { return .failure(error) }
        }
        let isFull = await room == true, difference = await offset ?? nil, state = view.state, side = view.side
        var service = ServiceSnapshot(
            name: context.configuration.name, version: ServiceHost.version, pid: getpid(), incarnation: incarnation,
            jobs: await scheduler.jobs.count, store: store.place.description, durability: store.durability.rawValue, seed: state.seed)
        let faults = await storeFaults(isFull: isFull, pauses: paused)
        service.degraded = await degraded(state) + faults
        service.storeFault = faults.first
        if !context.isWorker { service.nextFireTime = await scheduler.nextWake?.rfc3339UTC() }
        service.revision = state.revision
        service.clockDifferenceMs = difference?.wholeMilliseconds
        return await desk.service(
            service, running: await scheduler.runningRuns, paused: (try? paused?.get()) ?? [], stale: side.stale, places: side.places)
    }

    private func degraded(_ state: TableState) async -> [String] {
        var degraded = context.reduced.all.map { "\($0.what): \($0.reason)" } + state.reasons
        if let reason = broker?.publisher.obstacle { degraded.append("broker: \(reason)") }
        if let reason = await worker?.obstacle { degraded.append("broker: \(reason)") }
        degraded += await feeds.faults
        if let silence = await table.silence { degraded.append("table: \(silence)") }
        return degraded
    }

    /// Why the store does not work, as far as it was noticed.
    private func storeFaults(isFull: Bool, pauses: Result<Set<JobID>, StoreError>?) async -> [String] {
        let trouble = await storeWatch.trouble
        var faults: [String] = []
        if isFull { faults.append("the store's volume is full: nothing is started until there is room") }
        if await scheduler.storeIsDown {
            faults.append(await self.trouble() ?? "the store refuses something that it is asked; jobs go on")
        }
        if let trouble { faults.append("store: \(trouble)") }
        switch pauses {
        case .success: break
        case .failure(let error) where error.message == trouble: break
        case .failure(let error): faults.append("store: \(error.message)")
        case nil: faults.append("store: it does not answer; paused jobs are not known now")
        }
        return faults
    }
}
