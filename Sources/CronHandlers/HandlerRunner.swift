internal import CronExpressions
public import CronJobs

// Runs of handlers and closures, as tasks.
//
//     start ──▶ [ its parameters are read ] ──▶ going ──returns, throws──▶ one outcome
//       │                                        │ cancelled, timed out: its task is cancelled
//       │                                        └── still there `kill-after` later: its outcome is told, and it is *abandoned*
//       └── held: abandoned runs of its job count as running, as `overlap` has it
//
// A task cannot be ended by force. So what ignores its cancellation gets its outcome in time, and the ledger has nothing open; but it still runs, and
// the next run of its job would overlap with it. Until it has come to its end it counts, here, where alone that is known.
//
// What a run was asked to end as is its outcome, whatever its handler then does (decision 0043).

/// Carries out calls of handlers.
public actor HandlerRunner: Runner {
    private struct Going {
        var attempt: Attempt
        var startedAt: WallTime?
        var reporter: any RunReporter
        var body: Handlers.Body
        var task: Task<Void, Never>?
        var timeout: Task<Void, Never>?
        var ending: RunEnding?
        /// Its outcome is told, though it goes on.
        var isAbandoned = false
        var isTold = false
        /// Its handler has returned; what follows from that is being done.
        var isOver = false
    }

    private let handlers: Handlers
    private let closures: Closures
    private let clocks: any Clocks
    private let alarm: any Alarm
    private let wrap: RunWrapper?
    private var lastNumber = 0
    private var going: [Int: Going] = [:]
    /// How many abandoned runs each job has that go on; of most, none.
    private var abandoned: [JobID: Int] = [:]
    /// What waits for abandoned runs of its job to come to their end, in order.
    private var held: [Going] = []
    private var isStopping = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// - Parameter wrap: called around each run, for what is to be known of all of them.
    public init(handlers: Handlers, closures: Closures = Closures(), clocks: any Clocks, alarm: any Alarm, wrap: RunWrapper? = nil) {
        self.handlers = handlers
        self.closures = closures
        self.clocks = clocks
        self.alarm = alarm
        self.wrap = wrap
    }

    // MARK: Starting

    public func start(_ attempts: [Attempt], reportingTo reporter: any RunReporter) async {
        for attempt in attempts {
            do throws(ParameterFault) {
                guard let body = try body(of: attempt) else {
                    await refuse(attempt, "handler", "this program has no handler for \(attempt.job.action)", reporter)
                    continue
                }
                let run = Going(attempt: attempt, reporter: reporter, body: body)
                // Those that the store must be asked about hold up nobody else.
                if attempt.gate?.isOpen(at: clocks.monotonic) ?? true { await admit(run) } else { Task { await admit(run) } }
            } catch {
                await refuse(attempt, "parameters", error.description, reporter)
            }
        }
    }

    private func body(of attempt: Attempt) throws(ParameterFault) -> Handlers.Body? {
        guard case .handler(let call) = attempt.job.action else { return nil }
        return call.name == Closures.handlerName ? closures[attempt.job.id] : try handlers.body(of: call)
    }

    private func refuse(_ attempt: Attempt, _ stage: String, _ reason: String, _ reporter: any RunReporter) async {
        await tell(attempt, .launchFailed(stage: stage), startedAt: nil, reason: reason, reporter)
    }

    /// Starts it, unless abandoned runs of its job have its place.
    private func admit(_ run: Going) async {
        let job = run.attempt.job, policies = job.policies.values
        let left = abandoned[job.id] ?? 0
        if isStopping { return await tell(run.attempt, .cancelled, startedAt: nil, run.reporter) }
        if left == 0 { return await begin(run) }
        if policies.overlap.waits {
            held.append(run)
        } else if policies.overlap == .skip || left >= policies.maxRunning {
            let reason = "\(left == 1 ? "a run" : "\(left) runs") that ignored the end of its time still \(left == 1 ? "goes" : "go") on"
            await tell(run.attempt, .skipped(.overlap), startedAt: nil, reason: reason, run.reporter)
        } else {
            await begin(run)
        }
    }

    private func begin(_ run: Going) async {
        var run = run
        let attempt = run.attempt, now = clocks.wall
        // Held for too long.
        if let deadline = attempt.startDeadline, now > deadline {
            return await tell(attempt, .skipped(.load), startedAt: nil, reason: "it could not start within its grace", run.reporter)
        }
        guard await mayStart(attempt) else { return await tell(attempt, .interrupted, startedAt: nil, run.reporter) }
        run.startedAt = now
        lastNumber += 1
        let number = lastNumber
        going[number] = run
        await run.reporter.report([.started(Start(run: attempt.run, attempt: attempt.number, fence: attempt.fence, at: now, process: nil))])
        let context = RunContext(attempt, startedAt: now, clocks: clocks)
        let body = run.body, wrap = wrap
        let task = Task {
            do {
                try await RunContext.$current.withValue(context) {
                    if let wrap { try await wrap(context, body) } else { try await body(context) }
                }
                await self.ended(number, nil)
            } catch {
                await self.ended(number, error)
            }
        }
        going[number]?.task = task
        guard let deadline = context.deadline, going[number]?.ending == nil else {
            // Somebody asked for its end while its start was told.
            if going[number]?.ending != nil { task.cancel() }
            return
        }
        going[number]?.timeout = alarm.ring(at: deadline) { await self.end(number, as: .timedOut, killAfter: nil) }
    }

    /// Asked of the store where the attempt comes late; where nobody can tell, again a second later.
    private func mayStart(_ attempt: Attempt) async -> Bool {
        guard let gate = attempt.gate, !gate.isOpen(at: clocks.monotonic) else { return true }
        while !isStopping {
            let start = Start(run: attempt.run, attempt: attempt.number, fence: attempt.fence, at: clocks.wall, process: nil)
            if let answer = await gate.mayStart(start) { return answer }
            await alarm.wait(until: clocks.monotonic + .seconds(1))
        }
        return false
    }

    // MARK: Ending

    @discardableResult
    public func cancel(_ runs: Set<RunID>, as ending: RunEnding, killAfter: Duration?) async -> Set<RunID> {
        var found: Set<RunID> = []
        for (number, run) in going where runs.contains(run.attempt.run) && !run.isAbandoned && !run.isOver {
            found.insert(run.attempt.run)
            end(number, as: ending, killAfter: killAfter)
        }
        let ended = held.filter { runs.contains($0.attempt.run) }
        held.removeAll { runs.contains($0.attempt.run) }
        for run in ended {
            found.insert(run.attempt.run)
            await tell(run.attempt, ending.outcome, startedAt: nil, run.reporter)
        }
        return found
    }

    private func end(_ number: Int, as ending: RunEnding, killAfter: Duration?) {
        guard let run = going[number], !run.isAbandoned, !run.isOver else { return }
        if run.ending == nil { going[number]?.ending = ending }
        run.task?.cancel()
        let patience = clocks.monotonic + (killAfter ?? run.attempt.job.policies.values.killAfter)
        run.timeout?.cancel()
        going[number]?.timeout = alarm.ring(at: patience) { await self.abandon(number) }
    }

    /// It had its time: its outcome is told, and it goes on.
    private func abandon(_ number: Int) async {
        guard let run = going[number], !run.isAbandoned, !run.isOver, let ending = run.ending else { return }
        going[number]?.isAbandoned = true
        abandoned[run.attempt.job.id, default: 0] += 1
        let reason = "the handler ignores its cancellation, and still runs"
        await tell(run.attempt, ending.outcome, startedAt: run.startedAt, reason: reason, run.reporter)
        going[number]?.isTold = true
        wakeWaiting()
    }

    private func ended(_ number: Int, _ error: (any Error)?) async {
        guard let run = going[number] else { return }
        run.timeout?.cancel()
        going[number]?.isOver = true
        if run.isAbandoned {
            let left = (abandoned[run.attempt.job.id] ?? 1) - 1
            abandoned[run.attempt.job.id] = left > 0 ? left : nil
        } else {
            let outcome = run.ending?.outcome ?? (error == nil ? .succeeded : .failed(.exit(1)))
            await tell(run.attempt, outcome, startedAt: run.startedAt, reason: error.map { "\($0)" }, run.reporter)
        }
        await release(run.attempt.job.id)
        going[number] = nil
        wakeWaiting()
    }

    /// What waited for an abandoned run of its job starts, one at a time.
    private func release(_ job: JobID) async {
        guard let next = held.firstIndex(where: { $0.attempt.job.id == job }),
            !going.values.contains(where: { !$0.isOver && $0.attempt.job.id == job })
        else { return }
        await admit(held.remove(at: next))
    }

    private func tell(
        _ attempt: Attempt, _ outcome: Outcome, startedAt: WallTime?, reason: String? = nil, _ reporter: any RunReporter
    ) async {
        let tail = Array((reason ?? "").utf8.prefix(Self.mostBytesOfReason))
        await reporter.report([
            .finished(
                Finish(
                    run: attempt.run, attempt: attempt.number, fence: attempt.fence, outcome: outcome, startedAt: startedAt,
                    at: clocks.wall,
                    tail: tail, reason: reason))
        ])
    }

    /// What was thrown is kept in the run's row.
    private static let mostBytesOfReason = 4096

    // MARK: What there is

    public var runs: [RunID] { going.values.filter { !$0.isAbandoned }.map(\.attempt.run) + held.map(\.attempt.run) }

    /// Runs whose outcome was told and whose handlers still go on.
    public var abandonedCount: Int { going.values.count { $0.isAbandoned } }

    private var isIdle: Bool { held.isEmpty && !going.values.contains { !$0.isTold } }

    /// Returns once nothing goes on but what was abandoned.
    public func waitUntilIdle() async {
        while !isIdle { await withCheckedContinuation { waiting.append($0) } }
    }

    /// For tests: how many runs were ever started here.
    package var startedCount: Int { lastNumber }

    /// For tests: returns once no more runs go on than wait for the test.
    package func waitUntilQuiet(_ waitForTest: @Sendable () -> Int) async {
        while going.count > waitForTest() { await withCheckedContinuation { waiting.append($0) } }
    }

    /// For tests: what `waitUntilQuiet` asks has another answer now.
    package func lookAgain() { wakeWaiting() }

    private func wakeWaiting() {
        let ready = waiting
        waiting = []
        for continuation in ready { continuation.resume() }
    }

    // MARK: The end

    public func stop(patience: Duration, killAfter: Duration) async {
        isStopping = true
        let waited = held
        held = []
        for run in waited { await tell(run.attempt, .cancelled, startedAt: nil, run.reporter) }
        for (number, run) in going where run.attempt.job.policies.values.onStop == .cancel {
            end(number, as: .cancelled, killAfter: killAfter)
        }
        let end = clocks.monotonic + patience
        let impatience = alarm.ring(at: end) { await self.endAll(killAfter: killAfter) }
        await waitUntilIdle()
        impatience.cancel()
    }

    private func endAll(killAfter: Duration) {
        for number in Array(going.keys) { end(number, as: .cancelled, killAfter: killAfter) }
    }

    public func close() {}
}

/// Called around each run, with what it is about to do: it must call the body once, and throw what that throws.
public typealias RunWrapper = @Sendable (_ context: RunContext, _ body: Handlers.Body) async throws -> Void
