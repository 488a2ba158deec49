/// Hands each attempt to the runner of its action.
///
/// Attempts of one runner keep their order. A run that was started in an earlier life is offered to all of them.
public struct RunnerRouter: Runner {
    private let clocks: any Clocks
    private let commands: (any Runner)?
    private let publications: (any Runner)?
    private let handlers: (any Runner)?
    private let workers: (any Runner)?

    /// An attempt whose action has no runner here ends as `launchFailed(action)`.
    public init(
        clocks: any Clocks, commands: (any Runner)? = nil, publications: (any Runner)? = nil, handlers: (any Runner)? = nil,
        workers: (any Runner)? = nil
    ) {
        self.clocks = clocks
        self.commands = commands
        self.publications = publications
        self.handlers = handlers
        self.workers = workers
    }

    private var all: [any Runner] { [commands, publications, handlers, workers].compactMap(\.self) }

    /// All runners prepare, one after another: which of them takes a claim is not known yet.
    public func prepare(_ claims: [Claim]) async { for runner in all { await runner.prepare(claims) } }

    /// Those without a runner here end at once; the others are handed over, commands first.
    public func start(_ attempts: [Attempt], reportingTo reporter: any RunReporter) async {
        // Nearly always: a table of commands.
        if let commands, attempts.allSatisfy({ $0.job.command != nil && !$0.job.isForWorkers }) {
            return await commands.start(attempts, reportingTo: reporter)
        }
        var ofCommands: [Attempt] = [], ofPublications: [Attempt] = [], ofHandlers: [Attempt] = [], ofWorkers: [Attempt] = []
        for attempt in attempts {
            if attempt.job.isForWorkers {
                ofWorkers.append(attempt)
                continue
            }
            switch attempt.job.action {
            case .command: ofCommands.append(attempt)
            case .publish: ofPublications.append(attempt)
            case .handler: ofHandlers.append(attempt)
            }
        }
        let all = [(ofCommands, commands), (ofPublications, publications), (ofHandlers, handlers), (ofWorkers, workers)]
        for (attempts, runner) in all where !attempts.isEmpty {
            guard let runner else {
                await refuse(attempts, reporter)
                continue
            }
            await runner.start(attempts, reportingTo: reporter)
        }
    }

    private func refuse(_ attempts: [Attempt], _ reporter: any RunReporter) async {
        await reporter.report(
            attempts.map { attempt in
                .finished(
                    Finish(
                        run: attempt.run, attempt: attempt.number, fence: attempt.fence, outcome: .launchFailed(stage: "action"),
                        at: clocks.wall, reason: "this program cannot carry out: \(attempt.job.action)"))
            })
    }

    /// Asks every runner; answers the runs that one of them has.
    @discardableResult
    public func cancel(_ runs: Set<RunID>, as ending: RunEnding, killAfter: Duration?) async -> Set<RunID> {
        var found: Set<RunID> = []
        for runner in all { found.formUnion(await runner.cancel(runs, as: ending, killAfter: killAfter)) }
        return found
    }

    /// By the first runner that knows it; false where none does.
    public func adopt(_ run: OpenRun, of job: Job?, reportingTo reporter: any RunReporter) async -> Bool {
        for runner in all where await runner.adopt(run, of: job, reportingTo: reporter) { return true }
        return false
    }

    public func letGo(_ runs: Set<RunID>) async {
        for runner in all { await runner.letGo(runs) }
    }

    public var runs: [RunID] {
        get async {
            var runs: [RunID] = []
            for runner in all { runs += await runner.runs }
            return runs
        }
    }

    /// All runners stop side by side: the slowest says how long it takes.
    public func stop(patience: Duration, killAfter: Duration) async {
        let all = all
        if all.count == 1 { return await all[0].stop(patience: patience, killAfter: killAfter) }
        await withDiscardingTaskGroup { group in
            for runner in all { group.addTask { await runner.stop(patience: patience, killAfter: killAfter) } }
        }
    }

    /// Frees what the runners hold, one after another.
    public func close() async {
        for runner in all { await runner.close() }
    }
}
