internal import CronJobs

// Bodies are looked up when their jobs are claimed, beside the claim, so that a job starts when both are answered. A run that starts later (it
// waited for room) has its body looked up again when it starts: it may have changed. What is not answered yet holds only the runs that asked.
//
//    claim ──▶ look-up ──answered──▶ start with it
//                │ not yet: held ──answered, or failed: as last known──▶ start
//                └ cancel, stop ──▶ finished without a start
//
// A message whose body is there and cannot be had is not sent with another one: it is undelivered, and tried again where `attempts` allow.
//
// Bounds: what was last known, 16 MiB in all, beyond which all of it goes; look-ups that nobody used go after two seconds.

/// Gives each attempt the body that the legacy service's data has for its job.
actor BodyRunner: Runner {
    private static let limit = 16 << 20

    /// One question, for the jobs of one claim or start.
    private final class LookUp {
        let since: MonotonicTime
        var isDone = false
        var bodies: [JobID: [UInt8]] = [:]
        /// The store did not answer.
        var hasFailed = false
        var tooLong: Set<JobID> = []
        var task: Task<Void, Never>?

        init(since: MonotonicTime) { self.since = since }
    }

    private struct Held {
        var attempt: Attempt
        var reporter: any RunReporter
        var lookUp: LookUp
    }

    private let runner: any Runner
    private let data: any LegacyData
    private let executor: any SerialExecutor
    private let clocks: any Clocks
    private let log: Log
    /// The last look-up of each job that nobody used yet.
    private var lookUps: [JobID: LookUp] = [:]
    /// Attempts whose body is not there yet.
    private var held: [RunID: Held] = [:]
    private var known: [JobID: [UInt8]] = [:]
    private var size = 0
    private var isFailing = false
    private var isStopping = false
    private var refused: Set<JobID> = []
    /// Jobs that send messages of which it is known whether they have a body.
    private var lookedUp: Set<JobID> = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ runner: any Runner, data: any LegacyData, executor: any SerialExecutor, clocks: any Clocks, log: Log) {
        self.runner = runner
        self.data = data
        self.executor = executor
        self.clocks = clocks
        self.log = log
    }

    func prepare(_ claims: [Claim]) async {
        let now = clocks.monotonic
        lookUps = lookUps.filter { isFresh($0.value, now) }
        begin(claims.map(\.run.job), now)
        await runner.prepare(claims)
    }

    func start(_ attempts: [Attempt], reportingTo reporter: any RunReporter) async {
        let now = clocks.monotonic
        begin(attempts.map(\.job.id).filter { job in lookUps[job].map { !isFresh($0, now) } ?? true }, now)
        var ready: [(Attempt, LookUp)] = [], waiting: [(run: RunID, attempt: Int, task: Task<Void, Never>?)] = []
        for attempt in attempts {
            guard let lookUp = lookUps[attempt.job.id] else { continue }
            if lookUp.isDone {
                ready.append((attempt, lookUp))
            } else {
                held[attempt.run] = Held(attempt: attempt, reporter: reporter, lookUp: lookUp)
                waiting.append((attempt.run, attempt.number, lookUp.task))
            }
        }
        for attempt in attempts { lookUps[attempt.job.id] = nil }
        if !waiting.isEmpty {
            // Nobody who has not asked waits for the answer.
            Task { [waiting] in
                for wait in waiting { await wait.task?.value }
                await release(waiting.map { ($0.run, $0.attempt) }, reporter)
            }
        }
        await handOver(ready, reporter)
    }

    private func handOver(_ attempts: [(Attempt, LookUp)], _ reporter: any RunReporter) async {
        var ready: [Attempt] = [], ends: [RunEvent] = []
        for (var attempt, lookUp) in attempts {
            attempt.body = lookUp.bodies[attempt.job.id]
            guard let lack = lack(of: attempt, lookUp) else {
                ready.append(attempt)
                continue
            }
            ends.append(
                .finished(
                    Finish(run: attempt.run, attempt: attempt.number, fence: attempt.fence, outcome: .undelivered(lack), at: clocks.wall)))
        }
        if !ends.isEmpty { await reporter.report(ends) }
        if !ready.isEmpty { await runner.start(ready, reportingTo: reporter) }
    }

    /// Why a message cannot have its body; `nil` where it has it, or has none.
    private func lack(of attempt: Attempt, _ lookUp: LookUp) -> String? {
        guard case .publish = attempt.job.action, attempt.body == nil else { return nil }
        if lookUp.tooLong.contains(attempt.job.id) { return "body too long" }
        if lookUp.hasFailed { return lookedUp.contains(attempt.job.id) ? nil : "body unreadable" }
        lookedUp.insert(attempt.job.id)
        return nil
    }

    /// Starts those of the attempts that are still wanted.
    private func release(_ runs: [(run: RunID, attempt: Int)], _ reporter: any RunReporter) async {
        var ready: [(Attempt, LookUp)] = []
        for (run, number) in runs {
            guard let one = held[run], one.attempt.number == number else { continue }
            held[run] = nil
            ready.append((one.attempt, one.lookUp))
        }
        await handOver(ready, reporter)
    }

    private func isFresh(_ lookUp: LookUp, _ now: MonotonicTime) -> Bool { now - lookUp.since <= StartGate.trust }

    // MARK: Ends

    @discardableResult
    func cancel(_ runs: Set<RunID>, as ending: RunEnding, killAfter: Duration?) async -> Set<RunID> {
        let ended = await end(runs.filter { held[$0] != nil }, as: ending.outcome)
        return ended.union(await runner.cancel(runs.subtracting(ended), as: ending, killAfter: killAfter))
    }

    /// Ends what has not started.
    private func end(_ runs: Set<RunID>, as outcome: Outcome) async -> Set<RunID> {
        let ended = runs.sorted { "\($0)" < "\($1)" }.compactMap { held.removeValue(forKey: $0) }
        for one in ended {
            let finish = Finish(
                run: one.attempt.run, attempt: one.attempt.number, fence: one.attempt.fence, outcome: outcome, at: clocks.wall)
            await one.reporter.report([.finished(finish)])
        }
        return Set(ended.map(\.attempt.run))
    }

    func adopt(_ run: OpenRun, of job: Job?, reportingTo reporter: any RunReporter) async -> Bool {
        await runner.adopt(run, of: job, reportingTo: reporter)
    }

    func letGo(_ runs: Set<RunID>) async {
        for run in runs { held[run] = nil }
        await runner.letGo(runs)
    }

    var runs: [RunID] {
        get async { await Array(held.keys) + runner.runs }
    }

    func stop(patience: Duration, killAfter: Duration) async {
        isStopping = true
        _ = await end(Set(held.keys), as: .cancelled)
        await runner.stop(patience: patience, killAfter: killAfter)
    }

    func close() async { await runner.close() }

    // MARK: Look-ups

    private func begin(_ jobs: some Sequence<JobID>, _ now: MonotonicTime) {
        let jobs = Array(Set(jobs))
        if jobs.isEmpty { return }
        let lookUp = LookUp(since: now)
        for job in jobs { lookUps[job] = lookUp }
        // A service that ends has no time for it.
        if isStopping { lookUp.isDone = true } else { lookUp.task = Task { await fetch(jobs, lookUp) } }
    }

    private func fetch(_ jobs: [JobID], _ lookUp: LookUp) async {
        do {
            let found = try await data.bodies(of: jobs)
            isFailing = false
            for job in jobs {
                learn(job, found[job])
                if case .tooLong = found[job] { lookUp.tooLong.insert(job) }
            }
        } catch {
            // Keys that are not for us are nobody's bodies.
            lookUp.hasFailed = error.code != .corrupt
            if !isFailing {
                log.warning("the bodies of jobs cannot be read; those last known are used", .text("reason", error.message))
            }
            isFailing = true
        }
        if !known.isEmpty { for job in jobs { lookUp.bodies[job] = known[job] } }
        lookUp.isDone = true
        if size > Self.limit { (known, size) = ([:], 0) }
    }

    private func learn(_ job: JobID, _ body: LegacyBody?) {
        size -= known[job]?.count ?? 0
        known[job] = nil
        switch body {
        case .bytes(let bytes):
            known[job] = bytes
            size += bytes.count
        case .tooLong(let count):
            guard refused.insert(job).inserted else { return }
            log.warning(
                "a body is too long and is not used: a job gets at most 1 MiB", .text("job", "\(job)"), .number("bytes", Int64(count)))
        case nil: break
        }
    }
}
