internal import CronExpressions
public import CronJobs
internal import LinuxEvents

// Attempts for workers, at the node that claimed them: `DispatchMachine` decides, this actor sends, asks the ledger and reports.
//
// The scheduler renews what is on its way, as it renews what runs; its renewal also tells it what workers have started, and it has us let go of that.

/// Hands attempts to workers, by a broker, and reports those that none of them has started.
public actor DispatchRunner: Runner {
    private static let beat = Duration.milliseconds(500)
    private static let portion = 100
    /// What waits for the broker for so long comes back to be looked at.
    private static let patience = Duration.seconds(10)

    private nonisolated let publisher: Publisher
    private nonisolated let executor: Publisher.Executor
    private nonisolated let ledger: any SharedLedger
    private let clocks: any Clocks
    private let queues: WorkQueues
    private let sleep: @Sendable (Duration) async throws -> Void
    private var machine = DispatchMachine()
    private var reporter: (any RunReporter)?
    private var reports: [RunEvent] = []
    private var isBeating = false

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - executor: the publisher's.
    ///   - clocks: whose wall clock is the ledger's.
    ///   - service: whose queues they are.
    public init(
        _ publisher: Publisher, ledger: any SharedLedger, executor: Publisher.Executor, clocks: any Clocks, service: String,
        sleep: (@Sendable (Duration) async throws -> Void)? = nil
    ) {
        self.publisher = publisher
        self.ledger = ledger
        self.executor = executor
        self.clocks = clocks
        self.sleep = sleep ?? { try await SharedPool.wait(for: $0) }
        queues = WorkQueues(service: service)
    }

    // MARK: What happens

    public func start(_ attempts: [Attempt], reportingTo reporter: any RunReporter) async {
        self.reporter = reporter
        for (place, attempt) in attempts.enumerated() {
            guard let pool = attempt.job.policies.values.pool else { continue }
            tell(.wanted(Letter(attempt, pool: pool)))
            // Others have their turn.
            if place % Self.portion == Self.portion - 1 { await Task.yield() }
        }
    }

    /// The connection is there, or takes messages again.
    public func release() { if publisher.isOpen { tell(.connected) } }

    /// A message that no worker took.
    ///
    /// - Returns: false for what is no letter of ours.
    public func hear(_ dead: Delivered) -> Bool {
        guard let letter = Letter(dead.body) else { return false }
        tell(.cameBack(letter, wasRejected: dead.deathReason == "rejected"))
        return true
    }

    @discardableResult
    public func cancel(_ runs: Set<RunID>, as ending: RunEnding, killAfter: Duration?) async -> Set<RunID> {
        let found = runs.filter(machine.has)
        for run in found.sorted(by: { "\($0)" < "\($1)" }) { tell(.cancelled(run, ending.outcome)) }
        return found
    }

    public func letGo(_ runs: Set<RunID>) async { tell(.letGo(runs)) }

    public var runs: [RunID] { machine.runs }

    /// What is on its way stays there: workers may still start it, and another node, or the next start, goes on with the rest.
    public func stop(patience: Duration, killAfter: Duration) async {
        tell(.stop)
        await flush()
    }

    public func close() async {}

    // MARK: What is done

    private func tell(_ event: DispatchMachine.Event) {
        perform(machine.handle(event, at: clocks.wall))
        beat()
    }

    private func perform(_ effects: [DispatchMachine.Effect]) {
        var takenBack: [Letter] = [], looked: [Letter] = [], finishes: [Finish] = []
        for effect in effects {
            switch effect {
            case .send(let letter): send(letter)
            case .takeBack(let letter): takenBack.append(letter)
            case .look(let letter): looked.append(letter)
            case .finish(let letter, let outcome, let reason, let isOwn):
                let finish = Finish(
                    run: letter.run, attempt: letter.attempt, fence: letter.fence, outcome: outcome, at: clocks.wall, reason: reason)
                if isOwn { report(.finished(finish)) } else { finishes.append(finish) }
            }
        }
        if !takenBack.isEmpty { Task(executorPreference: executor) { await self.takeBack(takenBack) } }
        if !looked.isEmpty { Task(executorPreference: executor) { await self.look(for: looked) } }
        if !finishes.isEmpty { Task(executorPreference: executor) { await self.write(finishes) } }
    }

    private func send(_ letter: Letter) {
        let message = Message(
            id: MessageMaker.id(of: letter.run), exchange: "", key: queues.name(of: letter.pool), body: letter.bytes,
            contentType: "application/json", timestamp: clocks.wall.instant.seconds)
        publisher.submit(message, sendBefore: clocks.monotonic + Self.patience) { [weak self] delivery in
            self?.assumeIsolated { $0.tell(.delivered(letter, delivery)) }
        }
    }

    /// Passes the start gate, so that no worker can: then nobody has started it.
    private func takeBack(_ letters: [Letter]) async {
        for (pool, letters) in Dictionary(grouping: letters, by: \.pool) {
            let starts = letters.map { $0.start(at: clocks.wall) }
            let answers = try? await ledger.mayStart(starts, from: .queued(pool: pool))
            for (place, letter) in letters.enumerated() {
                let answer: DispatchMachine.TakenBack =
                    switch answers?[place] {
                    case nil: .unknown
                    case .go?: .ours
                    case .duplicate(let node)? where node == ledger.node: .ours
                    default: .elsewhere
                    }
                tell(.takenBack(letter, answer))
            }
        }
    }

    /// No pool has this name: a gate that lets nothing pass says where an attempt is.
    private func look(for letters: [Letter]) async {
        let answers = try? await ledger.mayStart(letters.map { $0.start(at: clocks.wall) }, from: .queued(pool: ""))
        for (place, letter) in letters.enumerated() {
            tell(.looked(letter, stillWaits: answers.map { $0[place] == .elsewhere(.queued(pool: letter.pool)) }))
        }
    }

    /// Attempts of other nodes, which hear of it with their next renewal.
    private func write(_ finishes: [Finish]) async {
        for wait in [1, 5, 30] {
            if (try? await ledger.finish(finishes)) != nil { return }
            try? await sleep(.seconds(wait))
        }
    }

    private func report(_ event: RunEvent) {
        if reports.isEmpty { Task(executorPreference: executor) { await self.flush() } }
        reports.append(event)
    }

    private func flush() async {
        let batch = reports
        reports = []
        if !batch.isEmpty { await reporter?.report(batch) }
    }

    /// Looks at deadlines and further tries while something is on its way.
    private func beat() {
        guard !isBeating, !machine.isEmpty else { return }
        isBeating = true
        Task(executorPreference: executor) { [weak self, sleep] in
            try? await sleep(Self.beat)
            await self?.look()
        }
    }

    private func look() {
        isBeating = false
        tell(.time)
    }
}
