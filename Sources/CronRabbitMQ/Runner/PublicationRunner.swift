public import CronJobs
internal import LinuxEvents

// Attempts that send a message.
//
//    held ──a connection, the gate is open──▶ handed over ──confirmed, returned, refused, never confirmed──▶ ended
//     ▲ │ start deadline, cancel, stop                │ not sent in time: the claim would be too old
//     │ └─────────────────────────▶ ended             │
//     └───────────────────────────────────────────────┘
//
// Held attempts wait here, not at the publisher, because a claim is trusted for a moment only (`StartGate`): what is handed over is sent at once or
// comes back. All of it is on the publisher's executor, so its answers come as plain calls.

/// Carries out publications: hands each message to a publisher, and reports what became of it.
public actor PublicationRunner: Runner {
    private struct Going {
        let attempt: Attempt
        let reporter: any RunReporter
        /// The publisher's, once it is handed over.
        var number: Int?
        var startedAt: WallTime?
        /// What it was asked to end as.
        var ending: Outcome?
        /// Somebody has asked the gate.
        var isAsking = false
    }

    private static let beat = Duration.milliseconds(250)

    private nonisolated let publisher: Publisher
    private nonisolated let executor: Publisher.Executor
    private let clocks: any Clocks
    private let maker: MessageMaker
    private let sleep: @Sendable (Duration) async throws -> Void
    private var going: [RunID: Going] = [:]
    /// In order.
    private var held: [RunID] = []
    private var reports: [(reporter: any RunReporter, events: [RunEvent])] = []
    private var isBeating = false
    private var isStopping = false
    private var idle: [CheckedContinuation<Void, Never>] = []

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - executor: the publisher's.
    ///   - service: the service's name, which each message has.
    public init(
        _ publisher: Publisher, executor: Publisher.Executor, clocks: any Clocks, service: String,
        sleep: (@Sendable (Duration) async throws -> Void)? = nil
    ) {
        self.publisher = publisher
        self.executor = executor
        self.clocks = clocks
        self.sleep = sleep ?? { try await SharedPool.wait(for: $0) }
        maker = MessageMaker(service: service)
    }

    public func start(_ attempts: [Attempt], reportingTo reporter: any RunReporter) async {
        for attempt in attempts {
            going[attempt.run] = Going(attempt: attempt, reporter: reporter)
            if isStopping { end(attempt.run, .cancelled) } else { held.append(attempt.run) }
        }
        release()
    }

    /// The connection is there, or takes messages again.
    public func release() {
        if publisher.isOpen {
            let runs = held
            held = []
            for run in runs { send(run) }
        }
        beat()
    }

    // MARK: Sending

    private func send(_ run: RunID) {
        guard let one = going[run] else { return }
        if isTooLate(one.attempt) { return giveUp(run) }
        if let gate = one.attempt.gate, !gate.isOpen(at: clocks.monotonic) { return ask(gate, run) }
        hand(over: run, until: one.attempt.gate?.openUntil)
    }

    private func isTooLate(_ attempt: Attempt) -> Bool { attempt.startDeadline.map { $0 < clocks.wall } ?? false }

    private func ask(_ gate: StartGate, _ run: RunID) {
        guard let one = going[run], !one.isAsking else { return }
        going[run]?.isAsking = true
        let start = Start(run: run, attempt: one.attempt.number, fence: one.attempt.fence, at: clocks.wall, process: nil)
        Task(executorPreference: executor) { await self.answered(run, gate.mayStart(start)) }
    }

    private func answered(_ run: RunID, _ mayStart: Bool?) {
        guard going[run] != nil else { return }
        going[run]?.isAsking = false
        switch mayStart {
        case true?: hand(over: run, until: clocks.monotonic + StartGate.trust)
        case false?: end(run, .interrupted, reason: "the claim was lost before the message could be sent")
        case nil: hold(run)
        }
    }

    private func hold(_ run: RunID) {
        held.append(run)
        beat()
    }

    private func hand(over run: RunID, until end: MonotonicTime?) {
        guard let one = going[run] else { return }
        guard case .publish(let publication) = one.attempt.job.action else {
            return self.end(run, .launchFailed(stage: "action"), reason: "it publishes nothing")
        }
        let now = clocks.wall, isFirst = one.startedAt == nil
        going[run]?.startedAt = now
        let start = Start(run: run, attempt: one.attempt.number, fence: one.attempt.fence, at: now, process: nil)
        if isFirst {
            report(.started(start), to: one.reporter)
            watchTimeout(of: one.attempt)
        }
        let number = one.attempt.number
        going[run]?.number = publisher.submit(maker.message(publication, one.attempt, at: now), sendBefore: end) { [weak self] delivery in
            self?.assumeIsolated { $0.delivered(run, number, delivery) }
        }
    }

    private func watchTimeout(of attempt: Attempt) {
        guard let timeout = attempt.job.policies.values.timeout else { return }
        Task(executorPreference: executor) { [weak self, sleep] in
            guard (try? await sleep(timeout)) != nil else { return }
            await self?.timeIsUp(attempt)
        }
    }

    private func timeIsUp(_ attempt: Attempt) async {
        guard going[attempt.run]?.attempt.number == attempt.number else { return }
        await cancel([attempt.run], as: .timedOut, killAfter: nil)
    }

    // MARK: Ends

    private func delivered(_ run: RunID, _ attempt: Int, _ delivery: Delivery) {
        guard let one = going[run], one.attempt.number == attempt else { return }
        going[run]?.number = nil
        if let ending = one.ending { return end(run, ending, reason: delivery.reason) }
        switch delivery {
        case .confirmed: end(run, .succeeded)
        case .undelivered: end(run, .undelivered(delivery.word), reason: delivery.reason)
        case .unconfirmed: end(run, .unconfirmed, reason: delivery.reason)
        case .unsent where isStopping: end(run, .cancelled)
        case .unsent: hold(run)
        }
    }

    /// Its time is over, and nothing of it was sent.
    private func giveUp(_ run: RunID) {
        let obstacle = publisher.obstacle
        end(run, .undelivered(obstacle == nil ? "late" : publisher.isBlocked ? "broker blocked" : "no broker"), reason: obstacle)
    }

    private func end(_ run: RunID, _ outcome: Outcome, reason: String? = nil) {
        guard let one = going.removeValue(forKey: run) else { return }
        held.removeAll { $0 == run }
        report(
            .finished(
                Finish(
                    run: run, attempt: one.attempt.number, fence: one.attempt.fence, outcome: outcome, startedAt: one.startedAt,
                    at: clocks.wall,
                    reason: reason)), to: one.reporter)
    }

    /// Looks at deadlines while attempts are held.
    private func beat() {
        guard !isBeating, !held.isEmpty else { return }
        isBeating = true
        Task(executorPreference: executor) { [weak self, sleep] in
            try? await sleep(Self.beat)
            await self?.look()
        }
    }

    private func look() {
        isBeating = false
        for run in held { if let one = going[run], isTooLate(one.attempt) { giveUp(run) } }
        release()
    }

    @discardableResult
    public func cancel(_ runs: Set<RunID>, as ending: RunEnding, killAfter: Duration?) async -> Set<RunID> {
        let found = runs.filter { going[$0] != nil }
        for run in found.sorted(by: { "\($0)" < "\($1)" }) { ask(run, toEndAs: ending.outcome) }
        return found
    }

    private func ask(_ run: RunID, toEndAs outcome: Outcome) {
        guard let one = going[run], one.ending == nil else { return }
        going[run]?.ending = outcome
        if let number = one.number { publisher.withdraw(number) } else { end(run, outcome) }
    }

    public var runs: [RunID] { Array(going.keys) }

    public func stop(patience: Duration, killAfter: Duration) async {
        isStopping = true
        for run in held { ask(run, toEndAs: .cancelled) }
        if !going.isEmpty {
            Task(executorPreference: executor) { [weak self, sleep] in
                try? await sleep(patience)
                await self?.abandon()
            }
            await withCheckedContinuation { idle.append($0) }
        }
        await flush()
    }

    /// Sent and not confirmed: nobody will know.
    private func abandon() {
        for run in going.keys.sorted(by: { "\($0)" < "\($1)" }) {
            ask(run, toEndAs: going[run]?.startedAt == nil ? .cancelled : .unconfirmed)
        }
    }

    public func close() async { await publisher.close() }

    // MARK: Reports

    private func report(_ event: RunEvent, to reporter: any RunReporter) {
        if reports.isEmpty { Task(executorPreference: executor) { await self.flush() } }
        reports.append((reporter, [event]))
    }

    private func flush() async {
        let batch = reports
        reports = []
        // Nearly always one and the same.
        if let first = batch.first?.reporter { await first.report(batch.flatMap(\.events)) }
        guard going.isEmpty, reports.isEmpty else { return }
        for one in idle { one.resume() }
        idle = []
    }
}
