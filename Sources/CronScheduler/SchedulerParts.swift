package import CronEngine
internal import CronExpressions
package import CronHandlers
package import CronJobs
internal import Synchronization

/// What a scheduler is made of once its store is open.
package final class SchedulerParts: Sendable {
    package let ledger: any Ledger
    /// By which everything is planned: a shared store's, else the machine's.
    package let clocks: any Clocks
    package let engine: SchedulerEngine
    package let runner: HandlerRunner
    let keeper: JobKeeper
    private let closures: Closures
    private let duties = Mutex(Duties())

    private struct Duties {
        var pruned: MonotonicTime?
        /// The closures that the store heard of last.
        var retained = 0
        var isKeepingHouse = false
    }

    /// Nil for a ledger that keeps no jobs.
    init?(
        _ store: OpenedStore, handlers: Handlers, closures: Closures, bus: EventBus, configuration: Scheduler.Configuration,
        time: TimeSource
    ) {
        guard let jobs = store.ledger.jobs else { return nil }
        let clocks: any Clocks = store.clock ?? time.clocks
        let foreign = ForeignJobs(), late = LateKeeper()
        ledger = store.ledger
        self.clocks = clocks
        self.closures = closures
        runner = HandlerRunner(handlers: handlers, closures: closures, clocks: clocks, alarm: time.alarm, wrap: configuration.wrap)
        engine = SchedulerEngine(
            executor: time.executor, clocks: clocks, waker: time.waker(clocks), ledger: store.ledger, runner: runner,
            observer: EventTap(
                bus: bus, isForeign: { foreign[$0] }, missedElsewhere: { late.keeper?.missed($0, $1) },
                decided: { late.keeper?.decided($0) }),
            claimsAhead: time.rhythm.claimsAhead ? store.claimsAhead : .zero,
            maxRunning: configuration.maxRunning, longestSleep: time.rhythm.longestSleep)
        let zone = configuration.zone ?? ZoneDatabase.system.localZone(environmentTZ: Libc.environmentVariable("TZ"))
        keeper = JobKeeper(
            JobKeeper.Parts(
                ledger: store.ledger, store: jobs, engine: engine, clocks: clocks, executor: time.executor, handlers: handlers,
                closures: closures, zone: zone, bus: bus, author: "\(configuration.name)@\(Libc.hostName)"), foreign: foreign)
        late.set(keeper)
    }

    /// Decides about what nobody carries on: attempts of an earlier life, or of a node that is gone. No handler outlives its process.
    func recover() async {
        guard let open = try? await ledger.sweep(now: clocks.wall) else { return }
        var jobs: [JobID: Job]?
        for run in open where await !engine.keeps(run) {
            if jobs == nil { jobs = Dictionary(await engine.jobs.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }) }
            await engine.interrupt(run, job: jobs?[run.run.job])
        }
    }

    /// Fire times that came while the scheduler was paused, and that nobody decided, are recorded as skipped.
    func passOverPause() async throws(StoreError) {
        let now = clocks.wall, overdue = await engine.overdue(at: now.instant)
        var skips: [Skip] = []
        for (job, mark) in overdue {
            guard let times = job.timing.schedule, let first = times.next(after: mark), let last = times.last(through: now.instant) else {
                continue
            }
            let count = times.count(in: first..<(last + 1))
            skips.append(Skip(job: job.id, first: first, last: last, count: count, outcome: .skipped(.paused), since: mark))
        }
        if !skips.isEmpty { try await ledger.skip(skips, now: now) }
        await keeper.pass(overdue.map(\.job.id), upTo: now.instant)
    }

    func keepHouse(retention: Retention) async {
        let isFirst = duties.withLock { duties in
            defer { duties.isKeepingHouse = true }
            return !duties.isKeepingHouse
        }
        guard isFirst else { return }
        defer { duties.withLock { $0.isKeepingHouse = false } }
        if let shared = ledger.shared {
            await engine.keepLeases()
            await keeper.heard(await shared.view().storedJobs)
            if await !engine.storeIsDown { await recover() }
        }
        await keeper.settle()
        await tidy(retention)
    }

    /// Once a minute: history beyond what is kept goes, and the store hears which closures there are.
    private func tidy(_ retention: Retention) async {
        let now = clocks.monotonic
        let isDue = duties.withLock { duties in
            if let last = duties.pruned, now - last < .seconds(60) { return false }
            duties.pruned = now
            return true
        }
        guard isDue else { return }
        try? await ledger.prune(retention, now: clocks.wall)
        let changes = closures.changes
        guard duties.withLock({ $0.retained != changes }), (try? await ledger.retain(closures.jobs, now: clocks.wall)) != nil else {
            return
        }
        duties.withLock { $0.retained = changes }
    }
}

/// The keeper that those hear of who were made before it.
private final class LateKeeper: Sendable {
    private struct Box { weak var keeper: JobKeeper? }
    private let box = Mutex(Box())

    func set(_ keeper: JobKeeper) { box.withLock { $0.keeper = keeper } }
    var keeper: JobKeeper? { box.withLock { $0.keeper } }
}
