public import CronJobs

/// A runner that starts nothing: it keeps what it was given, and the test says how each attempt ends.
public actor RecordingRunner: Runner {
    private struct Going {
        var attempt: Attempt
        var startedAt: WallTime
        var reporter: any RunReporter
    }

    private let clocks: any Clocks
    private let reportsStarts: Bool
    private let outcome: (@Sendable (Attempt) -> Outcome?)?
    private var going: [Going] = []
    private var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    /// Every attempt that it was given, in order.
    public private(set) var attempts: [Attempt] = []
    /// Every run that it was asked to end, in order.
    public private(set) var cancellations: [(run: RunID, ending: RunEnding)] = []

    /// `outcome` finishes an attempt at once when it answers one.
    public init(clocks: any Clocks, reportsStarts: Bool = true, outcome: (@Sendable (Attempt) -> Outcome?)? = nil) {
        self.clocks = clocks
        self.reportsStarts = reportsStarts
        self.outcome = outcome
    }

    /// The attempts that have not been finished.
    public var running: [Attempt] { going.map(\.attempt) }

    public func start(_ attempts: [Attempt], reportingTo reporter: any RunReporter) async {
        let now = clocks.wall
        self.attempts += attempts
        going += attempts.map { Going(attempt: $0, startedAt: now, reporter: reporter) }
        let ready = waiting.filter { $0.count <= self.attempts.count }
        waiting.removeAll { $0.count <= self.attempts.count }
        for (_, continuation) in ready { continuation.resume() }
        if reportsStarts {
            await reporter.report(attempts.map { .started(Start(run: $0.run, attempt: $0.number, fence: $0.fence, at: now, process: nil)) })
        }
        for attempt in attempts {
            if let outcome = outcome?(attempt) { await finish(attempt.run, attempt: attempt.number, outcome) }
        }
    }

    /// Ends an attempt; `false` when it is not going.
    @discardableResult
    public func finish(_ run: RunID, attempt number: Int = 1, _ outcome: Outcome = .succeeded, tail: [UInt8] = []) async -> Bool {
        guard let index = going.firstIndex(where: { $0.attempt.run == run && $0.attempt.number == number }) else { return false }
        let ended = going.remove(at: index)
        let finish = Finish(
            run: run, attempt: number, fence: ended.attempt.fence, outcome: outcome, startedAt: ended.startedAt, at: clocks.wall,
            tail: tail)
        await ended.reporter.report([.finished(finish)])
        return true
    }

    /// Ends the runs at once, as asked.
    @discardableResult
    public func cancel(_ runs: Set<RunID>, as ending: RunEnding, killAfter: Duration?) async -> Set<RunID> {
        let concerned = running.filter { runs.contains($0.run) }
        cancellations += concerned.map { ($0.run, ending) }
        for attempt in concerned { await finish(attempt.run, attempt: attempt.number, ending.outcome) }
        return Set(concerned.map(\.run))
    }

    public var runs: [RunID] { going.map(\.attempt.run) }

    public func stop(patience: Duration, killAfter: Duration) async { await finishAll(.cancelled) }

    public func close() {}

    public func finishAll(_ outcome: Outcome = .succeeded) async {
        for attempt in running { await finish(attempt.run, attempt: attempt.number, outcome) }
    }

    /// Waits until it was given `count` attempts in all, and answers them.
    public func waitForAttempts(_ count: Int) async -> [Attempt] {
        if attempts.count < count { await withCheckedContinuation { waiting.append((count, $0)) } }
        return attempts
    }
}
