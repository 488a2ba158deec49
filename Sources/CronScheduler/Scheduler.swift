internal import CronEngine
public import CronExpressions
public import CronHandlers
public import CronJobs

// A scheduler for programs: joins the engine, a store and the program's handlers.
//
//     new ──any call──▶ open ──start()──▶ running ◀──pause(), resume()──▶ paused
//                        │                   │ drain(), shutdown()            │
//                        └───────────────────┴──────────▶ ending ──▶ ended ◀──┘
//
// What is decided about starts is the engine's (CronEngine), which crond uses, too; what the jobs are is `JobKeeper`'s. This actor has the life of both.

/// Runs a program's functions when they are due: once per fire time, also over several processes that share a store, and over restarts.
///
/// ```swift
/// let scheduler = Scheduler(store: .sqlite("/var/lib/app/jobs.db"), handlers: [SendReport(mailer: mailer)])
/// try await scheduler.add("nightly", .cron("0 3 * * *"), SendReport.self, .init(recipient: "ops@example.org"))
/// try await scheduler.add("tick", .every(.seconds(30))) { context in … }
/// try await scheduler.run()
/// ```
///
/// Jobs of handlers are in the store and last; jobs of closures end with the program. What is changed counts from the next fire time on, and a run
/// that goes on is never touched by it.
public actor Scheduler {
    public struct Configuration: Sendable {
        /// Of this process, in what it writes down: who paused, who asked.
        public var name = "scheduler"
        /// For schedules that name none; nil is the machine's (`TZ`, then /etc/localtime).
        public var zone: Zone?
        /// For jobs that are added without.
        public var options = JobOptions()
        /// How many runs may go at once in this process; what is more waits in order within its grace.
        public var maxRunning: Int?
        /// How much history is kept.
        public var retention = Retention()
        /// How long a shutdown lets runs go on before it cancels them.
        public var patience = Duration.seconds(30)
        /// How long a shutdown waits for runs that it cancelled.
        public var killAfter = Duration.seconds(5)
        /// Called around each run: for logs, measures and traces of all of them.
        public var wrap: RunWrapper?

        public init() {}
    }

    private enum Stage { case open, running, paused, ending, ended }

    public nonisolated let configuration: Configuration
    private let source: StoreSource
    private let handlers: Handlers
    private let time: TimeSource
    private let closures = Closures()
    private let bus = EventBus()

    private var stage = Stage.open
    private let opening = ActorLock()
    private var parts: SchedulerParts?
    private var loop: Task<Void, Never>?
    private var housekeeping: Task<Void, Never>?
    private var ends: [CheckedContinuation<Void, Never>] = []

    nonisolated public var unownedExecutor: UnownedSerialExecutor { time.executor.asUnownedSerialExecutor() }

    /// - Parameter time: what it goes by; tests hand in manual clocks (`CronTesting`).
    public init(
        store: StoreSource = .memory, handlers: Handlers = [], configuration: Configuration = Configuration(), time: TimeSource = .system
    ) {
        source = store
        self.handlers = handlers
        self.configuration = configuration
        self.time = time
    }

    // MARK: Opening

    /// The store and all that stands on it, opened by whoever needs it first.
    func ready() async throws(SchedulerError) -> SchedulerParts {
        if let parts, stage != .ending, stage != .ended { return parts }
        await opening.take()
        defer { opening.give() }
        guard stage != .ending, stage != .ended else { throw .ended }
        if let parts { return parts }
        if let name = handlers.repeatedNames.min() { throw .handlerTwice(name) }
        let store = try await trying { [source, time] () throws(StoreError) in try await source.open(clocks: time.clocks) }
        guard
            let opened = SchedulerParts(
                store, handlers: handlers, closures: closures, bus: bus, configuration: configuration, time: time)
        else { throw .store(StoreError(.refused, "\(source.description): this ledger keeps no jobs")) }
        try await trying { () throws(StoreError) in
            _ = try await opened.ledger.open(bootID: "", now: opened.clocks.wall)
            try await opened.keeper.load()
        }
        parts = opened
        return opened
    }

    /// A store that cannot be reached is tried again, for ever; one that refuses is not.
    private func trying<Value: Sendable>(_ body: () async throws(StoreError) -> Value) async throws(SchedulerError) -> Value {
        var isTold = false
        while true {
            do throws(StoreError) { return try await body() } catch {
                guard error.code == .unavailable, !Task.isCancelled else { throw .store(error) }
                if !isTold { bus.publish(.storeFailed(error.message)) }
                isTold = true
            }
            await time.alarm.wait(until: time.clocks.monotonic + .seconds(1))
        }
    }

    // MARK: Life

    /// Begins to start jobs. Returns once that is so; whatever the last life left open is decided by then.
    ///
    /// - Parameter paused: starts nothing until `resume()`; jobs can be added and changed meanwhile.
    public func start(paused: Bool = false) async throws(SchedulerError) {
        let parts = try await ready()
        guard stage == .open else { return }
        stage = paused ? .paused : .running
        await parts.engine.keepLeases()
        await parts.recover()
        await parts.engine.findRetries()
        guard stage == .running || stage == .paused else { return }
        if stage == .running { beginLoop(parts) }
        let interval = time.rhythm.housekeeping ?? parts.ledger.shared?.renewalInterval ?? .seconds(60)
        housekeeping = Task { [weak self, time] in
            while !Task.isCancelled {
                await time.alarm.wait(until: time.clocks.monotonic + interval)
                if Task.isCancelled { return }
                await self?.keepHouse()
            }
        }
        bus.publish(.schedulerStarted)
        if stage == .paused { bus.publish(.schedulerPaused) }
    }

    /// Starts, and returns when the scheduler was shut down. When the task is cancelled, it shuts down, and returns after that.
    public func run() async throws(SchedulerError) {
        try await start()
        await withTaskCancellationHandler {
            await ended()
        } onCancel: {
            Task { await self.shutdown() }
        }
    }

    /// Returns when the scheduler was shut down.
    public func ended() async {
        if stage == .ended { return }
        await withCheckedContinuation { ends.append($0) }
    }

    /// Starts nothing until `resume()`: in this process; others on the store go on. What runs is not touched.
    public func pause() async throws(SchedulerError) {
        let parts = try await ready()
        guard stage == .running else { return }
        stage = .paused
        await parts.engine.halt()
        await loop?.value
        bus.publish(.schedulerPaused)
    }

    /// Goes on from now: fire times that came during the pause, and that nobody else decided, are `skipped(paused)`.
    public func resume() async throws(SchedulerError) {
        let parts = try await ready()
        guard stage == .paused else { return }
        do throws(StoreError) { try await parts.passOverPause() } catch { throw .store(error) }
        guard stage == .paused else { return }
        stage = .running
        beginLoop(parts)
        bus.publish(.schedulerResumed)
    }

    private func beginLoop(_ parts: SchedulerParts) { loop = Task { await parts.engine.run() } }

    /// Starts nothing more, and ends once all that runs has ended by itself.
    public func drain() async { await end(patience: .seconds(100 * 365 * 86_400)) }

    /// Starts nothing more, lets runs go on for a while, then cancels them, and ends.
    ///
    /// - Parameter patience: nil is the configuration's.
    public func shutdown(patience: Duration? = nil) async { await end(patience: patience ?? configuration.patience) }

    private func end(patience: Duration) async {
        await opening.take()
        let isFirst = stage != .ending && stage != .ended
        if isFirst { stage = .ending }
        opening.give()
        guard isFirst else {
            // The shorter patience counts.
            await parts?.runner.stop(patience: patience, killAfter: configuration.killAfter)
            return await ended()
        }
        housekeeping?.cancel()
        if let parts {
            await parts.engine.stop()
            await parts.runner.stop(patience: patience, killAfter: configuration.killAfter)
            await loop?.value
            await housekeeping?.value
            await parts.engine.settle()
            await parts.keeper.settle()
            await parts.ledger.close(now: parts.clocks.wall)
        }
        stage = .ended
        bus.publish(.schedulerEnded)
        bus.close()
        for continuation in ends { continuation.resume() }
        ends = []
    }

    // MARK: Housekeeping

    /// What is to be done now and then, whether a job is due or not.
    package func keepHouse() async {
        guard let parts, stage == .running || stage == .paused else { return }
        await parts.keepHouse(retention: configuration.retention)
    }

    // MARK: What happens

    /// The events from now on; nothing named is every event.
    public nonisolated func events(_ kinds: JobEvent.Kind..., of jobs: JobID...) -> JobEvents { bus.events(Set(kinds), of: Set(jobs)) }

    nonisolated func publish(_ event: JobEvent) { bus.publish(event) }

    /// For tests: hears every event when it is told, and before whoever caused it goes on.
    package nonisolated func tap(_ hear: @escaping @Sendable (JobEvent) -> Void) { bus.tap(hear) }

    /// For tests: what it is made of; nil until its store is open, and once it has ended.
    package var opened: SchedulerParts? { stage == .ended ? nil : parts }

    public var isRunning: Bool { stage == .running }
    public var isPaused: Bool { stage == .paused }
}
