internal import CronEngine
internal import CronJobs
internal import CronRabbitMQ
internal import LinuxEvents

// What `WorkerMachine` decides, done: messages come from the consumer, the gate is the ledger's, and what passed it is started by the service's runner.
// From then on it is as any attempt of this node: the scheduler, which starts nothing by itself here, renews it, hears what is asked of it and writes
// down how it ends.

/// Takes attempts from the queue of a pool, and has them started here.
actor Worker: RunReporter {
    private let setting: WorkerSetting
    private nonisolated let loop: EventLoop
    private let clocks: any Clocks
    private let ledger: any SharedLedger
    private let scheduler: SchedulerEngine
    private let runner: any Runner
    private let log: Log
    private let makeConsumer: @Sendable (Worker) -> Consumer
    private var consumer: Consumer?
    /// Why it gets no runs now; `nil` where it does.
    private(set) var obstacle: String? = "there is no connection yet"
    private var machine: WorkerMachine
    private var asked: [Letter] = []
    private var isAsking = false
    private var starting: [Attempt] = []
    private var lookAt: MonotonicTime?
    private var idle: [CheckedContinuation<Void, Never>] = []
    private var saidRefusal: Set<String> = []
    /// More are not told apart.
    private static let mostSaid = 1000

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(
        _ setting: WorkerSetting, broker url: AMQPURL, file: String?, service: String, loop: EventLoop, clocks: any Clocks,
        ledger: any SharedLedger, scheduler: SchedulerEngine, runner: any Runner, log: Log
    ) {
        self.setting = setting
        self.loop = loop
        self.clocks = clocks
        self.ledger = ledger
        self.scheduler = scheduler
        self.runner = runner
        self.log = log
        machine = WorkerMachine(pool: setting.pool, slots: setting.slots)
        let plan = WorkQueues(service: service).plan(ofPool: setting.pool, slots: setting.slots)
        makeConsumer = { worker in
            Consumer(url, file: file, plan: plan, executor: loop) { [weak worker] news in worker?.assumeIsolated { $0.hear(news) } }
        }
    }

    func start() async throws(SystemError) {
        let made = makeConsumer(self)
        consumer = made
        try await made.start()
    }

    /// Takes nothing more, and gives back what has not started. Returns once all has started that was about to.
    func stop() async {
        tell(.stop)
        if machine.isSettled, starting.isEmpty { return }
        // A store that does not answer holds nobody up: what was asked about is its lease's.
        loop.after(.seconds(1)) { [weak self] in self?.assumeIsolated { $0.wakeIdle() } }
        await withCheckedContinuation { idle.append($0) }
    }

    func close() async { await consumer?.close() }

    func report(_ events: [RunEvent]) async {
        await scheduler.report(events)
        for case .finished(let finish) in events { tell(.ended(finish.run, attempt: finish.attempt)) }
    }

    // MARK: What happens

    private func hear(_ news: Consumer.News) {
        switch news {
        case .up(let broker, let again):
            obstacle = nil
            log.info(
                again ? "the broker is back" : "connected to the broker", .text("broker", broker), .text("pool", setting.pool),
                .number("slots", Int64(setting.slots)))
            tell(.lost)
        case .down(let error, let isNew):
            obstacle = error.description
            tell(.lost)
            if isNew { log.warning("there is no broker; this worker gets no runs", .text("reason", error.description)) }
        case .delivered(let messages):
            for message in messages {
                let letter = Letter(message.body)
                let job = letter.flatMap { letter in scheduler.assumeIsolated { $0.job(letter.run.job) } }
                tell(.delivered(message, letter, job: job))
            }
        }
    }

    private func tell(_ event: WorkerMachine.Event) {
        var settled: [(Delivered.ID, Settlement)] = []
        for effect in machine.handle(event, at: .init(wall: clocks.wall, monotonic: clocks.monotonic)) {
            switch effect {
            case .settle(let message, let settlement): settled.append((message, settlement))
            case .consume(let isWanted): consumer?.assumeIsolated { $0.consume(isWanted) }
            case .ask(let letter): ask(letter)
            case .start(let letter, let job): start(letter.attempt(of: job, at: clocks.wall))
            case .expire(let letter): expire(letter)
            case .refused(let refusal): say(refusal)
            }
        }
        if !settled.isEmpty { consumer?.assumeIsolated { $0.settle(settled) } }
        if machine.isSettled, starting.isEmpty { wakeIdle() }
        planLook()
    }

    private func wakeIdle() {
        for one in idle { one.resume() }
        idle = []
    }

    private func planLook() {
        guard let next = machine.nextLook, lookAt.map({ next < $0 }) ?? true else { return }
        lookAt = next
        loop.after(max(.milliseconds(1), next - clocks.monotonic)) { [weak self] in
            self?.assumeIsolated { worker in
                worker.lookAt = nil
                worker.tell(.time)
            }
        }
    }

    // MARK: The gate

    private func ask(_ letter: Letter) {
        asked.append(letter)
        guard !isAsking else { return }
        isAsking = true
        Task(executorPreference: loop) { await self.askAll() }
    }

    private func askAll() async {
        while !asked.isEmpty {
            let letters = asked
            asked = []
            let now = clocks.wall
            let answers = try? await ledger.mayStart(letters.map { $0.start(at: now) }, from: .queued(pool: setting.pool))
            for (place, letter) in letters.enumerated() { tell(.answered(letter, answers?[place])) }
        }
        isAsking = false
    }

    private func start(_ attempt: Attempt) {
        starting.append(attempt)
        guard starting.count == 1 else { return }
        Task(executorPreference: loop) { await self.startAll() }
    }

    private func startAll() async {
        while !starting.isEmpty {
            let attempts = starting
            for attempt in attempts { await scheduler.adopt(attempt) }
            await runner.start(attempts, reportingTo: self)
            starting.removeFirst(attempts.count)
        }
        if machine.isSettled { wakeIdle() }
    }

    /// It is ours, and must not start any more.
    private func expire(_ letter: Letter) {
        guard let job = scheduler.assumeIsolated({ $0.job(letter.run.job) }) else { return }
        let attempt = letter.attempt(of: job, at: clocks.wall)
        let finish = Finish(
            run: letter.run, attempt: letter.attempt, fence: letter.fence, outcome: .undelivered("expired"), at: clocks.wall,
            reason: "its start deadline had passed before a worker had room for it")
        Task(executorPreference: loop) { [scheduler] in
            await scheduler.adopt(attempt)
            await scheduler.report([.finished(finish)])
        }
    }

    // MARK: What is said

    /// Each kind of refusal is said once for each job: whoever may write to the queue could fill our log.
    private func say(_ refusal: WorkerMachine.Refusal) {
        func once(_ key: String, _ message: String, _ fields: LogRecord.Field...) {
            guard saidRefusal.count < Self.mostSaid, saidRefusal.insert(key).inserted else { return }
            log.record(.warning, message, fields)
        }
        switch refusal {
        case .notALetter: once("-", "a message in the queue is none for this pool; such messages go to the dead letters")
        case .noJob(let letter):
            once(
                "no \(letter.run.job)",
                "a run came whose job this worker's table does not have for its pool; it goes back, and is sent again",
                .text("job", "\(letter.run.job)"), .text("remedy", "give workers the table of the service that sends it"))
        case .otherJob(let letter):
            once(
                "other \(letter.run.job) \(letter.jobMark)",
                "a run came of a job that is another in this worker's table; it goes back, and is sent again",
                .text("job", "\(letter.run.job)"),
                .text("remedy", "give workers the table of the service that sends it"))
        case .notOurs(let letter, let answer):
            log.debug("a run came that is not to be started any more", .text("run", "\(letter.run)"), .text("because", answer.word))
        case .tooLate(let letter): log.debug("a run came too late", .text("run", "\(letter.run)"))
        }
    }
}

extension StartAnswer {
    fileprivate var word: String {
        switch self {
        case .go: "go"
        case .duplicate: "a worker has started it"
        case .stale: "it was sent again"
        case .gone: "it has its outcome, or never was"
        case .elsewhere: "it does not wait for workers of this pool"
        }
    }
}
