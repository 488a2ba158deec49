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

    /// An outcome that the scheduler has yet to hear of.
    private struct Untold {
        var number: Int
        var event: RunEvent
        var reporter: any RunReporter

        /// In their order, each part for one and the same reporter.
        static func parts(of batch: [Untold]) -> [[Untold]] {
            var parts: [[Untold]] = []
            for end in batch {
                if let last = parts.last?.last, last.reporter as AnyObject === end.reporter as AnyObject {
                    parts[parts.count - 1].append(end)
                } else {
                    parts.append([end])
                }
            }
            return parts
        }
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
    private var untold: [Untold] = []
    private var isTelling = false
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
        var begun: [Int] = [], ends: [RunEvent] = []
        for attempt in attempts {
            do throws(ParameterFault) {
                guard let body = try body(of: attempt) else {
                    let reason = "this program has no handler for \(attempt.job.action)"
                    ends.append(finished(attempt, .launchFailed(stage: "handler"), reason: reason))
                    continue
                }
                let run = Going(attempt: attempt, reporter: reporter, body: body)
                // Those that the store must be asked about hold up nobody else.
                guard attempt.gate?.isOpen(at: clocks.monotonic) ?? true else {
                    Task { await admit(run) }
                    continue
                }
                switch place(of: run) {
                case .begins: begun.append(take(run))
                case .waits: held.append(run)
                case .ends(let event): ends.append(event)
                }
            } catch {
                ends.append(finished(attempt, .launchFailed(stage: "parameters"), reason: error.description))
            }
        }
        await begin(begun, telling: ends, to: reporter)
    }

    private func body(of attempt: Attempt) throws(ParameterFault) -> Handlers.Body? {
        guard case .handler(let call) = attempt.job.action else { return nil }
        return call.name == Closures.handlerName ? closures[attempt.job.id] : try handlers.body(of: call)
    }

    private enum Place {
        case begins
        /// Abandoned runs of its job have its place.
        case waits
        case ends(RunEvent)
    }

    private func place(of run: Going) -> Place {
        let attempt = run.attempt, policies = attempt.job.policies.values
        let left = abandoned.isEmpty ? 0 : abandoned[attempt.job.id] ?? 0
        if isStopping { return .ends(finished(attempt, .cancelled)) }
        if left > 0, policies.overlap.waits { return .waits }
        if left > 0, policies.overlap == .skip || left >= policies.maxRunning {
            let reason = "\(left == 1 ? "a run" : "\(left) runs") that ignored the end of its time still \(left == 1 ? "goes" : "go") on"
            return .ends(finished(attempt, .skipped(.overlap), reason: reason))
        }
        // Held for too long.
        if let deadline = attempt.startDeadline, clocks.wall > deadline {
            return .ends(finished(attempt, .skipped(.load), reason: "it could not start within its grace"))
        }
        return .begins
    }

    /// Starts one that comes late, unless the store says otherwise.
    private func admit(_ run: Going) async {
        switch place(of: run) {
        case .waits: held.append(run)
        case .ends(let event): await run.reporter.report([event])
        case .begins:
            guard await mayStart(run.attempt) else { return await run.reporter.report([finished(run.attempt, .interrupted)]) }
            await begin([take(run)], telling: [], to: run.reporter)
        }
    }

    private func take(_ run: Going) -> Int {
        lastNumber += 1
        going[lastNumber] = run
        going[lastNumber]?.startedAt = clocks.wall
        return lastNumber
    }

    /// Tells all of them at once: each report is a walk to the scheduler and back.
    private func begin(_ numbers: [Int], telling ends: [RunEvent], to reporter: any RunReporter) async {
        var events = ends
        for number in numbers {
            guard let run = going[number], let at = run.startedAt else { continue }
            let attempt = run.attempt
            events.append(.started(Start(run: attempt.run, attempt: attempt.number, fence: attempt.fence, at: at, process: nil)))
        }
        if events.isEmpty { return }
        await reporter.report(events)
        for number in numbers { launch(number) }
    }

    private func launch(_ number: Int) {
        guard let run = going[number], let startedAt = run.startedAt else { return }
        let context = RunContext(run.attempt, startedAt: startedAt, clocks: clocks)
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
        // Somebody asked for its end while its start was told.
        if run.ending != nil { return task.cancel() }
        guard let deadline = context.deadline else { return }
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
            await run.reporter.report([finished(run.attempt, ending.outcome)])
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
        await run.reporter.report([finished(run.attempt, ending.outcome, startedAt: run.startedAt, reason: reason)])
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
            await leave(number)
            return wakeWaiting()
        }
        let outcome = run.ending?.outcome ?? (error == nil ? .succeeded : .failed(.exit(1)))
        let event = finished(run.attempt, outcome, startedAt: run.startedAt, reason: error.map { "\($0)" })
        untold.append(Untold(number: number, event: event, reporter: run.reporter))
        if !isTelling { await tellEnds() }
    }

    /// What ends while an end is told is told with the next one.
    private func tellEnds() async {
        isTelling = true
        while !untold.isEmpty {
            let batch = untold
            untold = []
            for part in Untold.parts(of: batch) { await part[0].reporter.report(part.map(\.event)) }
            for end in batch { await leave(end.number) }
            wakeWaiting()
        }
        isTelling = false
    }

    /// What waited for an abandoned run of its job starts, one at a time.
    private func leave(_ number: Int) async {
        guard let job = going[number]?.attempt.job.id else { return }
        if !held.isEmpty, let next = held.firstIndex(where: { $0.attempt.job.id == job }),
            !going.values.contains(where: { !$0.isOver && $0.attempt.job.id == job })
        {
            await admit(held.remove(at: next))
        }
        going[number] = nil
    }

    private func finished(_ attempt: Attempt, _ outcome: Outcome, startedAt: WallTime? = nil, reason: String? = nil) -> RunEvent {
        let tail = Array((reason ?? "").utf8.prefix(Self.mostBytesOfReason))
        return .finished(
            Finish(
                run: attempt.run, attempt: attempt.number, fence: attempt.fence, outcome: outcome, startedAt: startedAt, at: clocks.wall,
                tail: tail, reason: reason))
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
        for run in waited { await run.reporter.report([finished(run.attempt, .cancelled)]) }
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
