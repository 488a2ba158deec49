internal import CronJobs
internal import CronTables
internal import CronProcesses
internal import CronEngine

// Runs that people ask for, and ask to end. The scheduler decides; here its answers become words, and who asked is handed on.

extension Service {
    /// A run of a job, now.
    func trigger(
        _ name: JobID, isForced: Bool, _ scheduler: SchedulerEngine, _ store: StoreOpening, _ asker: Asker
    ) async throws(ControlRefusal) -> SteeredRun {
        let jobs = await scheduler.jobs
        guard let job = jobs.first(where: { $0.id == name }) ?? jobs.first(where: { $0.id.withoutHost == name }) else {
            if side.elsewhere.contains(name) { return try await passOn(name, isForced: isForced, store, asker) }
            throw await refusal(.unknownJob, of: name, among: jobs)
        }
        let pauses = await within(.seconds(1)) { try? await store.ledger.pausedJobs() } ?? nil
        let answer = await scheduler.run(RunOrder(job.id, isForced: isForced, by: "\(asker)"))
        var run: SteeredRun
        switch answer {
        case .starts(let id): run = SteeredRun(run: id, state: .starts)
        case .waits(let id, let reason): run = SteeredRun(run: id, state: .waits, reason: reason.rawValue)
        case .refused(let reason): throw await refusal(reason, of: name, among: jobs)
        }
        run.host = configuration.host
        run.attempts = job.policies.values.retry.attempts
        run.isPaused = pauses.map { $0.contains(job.id) || $0.contains(job.id.withoutHost) } ?? false
        return run
    }

    private func refusal(_ reason: RunRefusal, of name: JobID, among jobs: [Job]) async -> ControlRefusal {
        switch reason {
        case .unknownJob: await desk.unknown([name], among: Set(jobs.map(\.id.withoutHost)).union(side.elsewhere), "")
        case .otherHost(let host): ControlRefusal("\(name) runs on \(host): ask there", code: 75)
        case .overlap(let count):
            ControlRefusal(
                "\(name) was not started: \(count == 1 ? "a run" : "\(count) runs") of it \(count == 1 ? "is" : "are") going or waiting, and its "
                    + "overlap or max-running allows no more (--force starts it beside)", code: 75)
        case .overlapElsewhere:
            ControlRefusal(
                "\(name) was not started: another host runs it, and its overlap or max-running allows no more (--force starts it beside)",
                code: 75)
        case .storeFails(let reason): ControlRefusal("\(name) was not started: the store fails: \(reason)")
        case .storeWaits:
            ControlRefusal("\(name) was not started: the store lost its memory, and decides nothing for a moment; ask again", code: 75)
        case .unconfirmed: ControlRefusal("\(name) was not started: too few replicas of the store have its entry")
        case .ending: ControlRefusal("\(name) was not started: the service ends")
        }
    }

    /// The end of a run, wherever it is.
    func cancel(_ run: RunID, _ scheduler: SchedulerEngine, _ asker: Asker) async throws(ControlRefusal) -> SteeredRun {
        let job = await scheduler.jobs.first { $0.id == run.job }
        let attempts = job?.policies.values.retry.attempts ?? side.others[run.job]?.attempts ?? 1
        if await withdraw(run) { return SteeredRun(run: run, state: .withdrawn, host: side.others[run.job]?.name, attempts: attempts) }
        switch await scheduler.cancel(run, by: "\(asker)") {
        case .isEnding: return SteeredRun(run: run, state: .ending, host: configuration.host, attempts: attempts)
        case .neverStarts: return SteeredRun(run: run, state: .withdrawn, host: configuration.host, attempts: attempts)
        case .passedOn: return SteeredRun(run: run, state: .passedOn, host: await host(of: run), attempts: attempts)
        case .refused(.unknownRun): throw ControlRefusal("there is no run \(run), or it is older than what is kept", code: 66)
        case .refused(.hasEnded(let outcome)):
            if let job = side.other(run.job), await withdrawAttempt(of: run, job, for: asker) {
                return SteeredRun(run: run, state: .withdrawn, host: job.namedHost, attempts: attempts)
            }
            throw ControlRefusal("\(run) has ended already: \(outcome)", code: 75)
        case .refused(.storeFails(let reason)): throw ControlRefusal("where \(run) is cannot be told: the store fails: \(reason)")
        }
    }

    /// Where the last attempt of a run is, as the store knows.
    private func host(of run: RunID) async -> String? {
        guard let ledger = store?.ledger else { return nil }
        return await within(.seconds(1)) {
            guard let last = try? await ledger.attempts(of: run).last else { return nil }
            return (try? await ledger.owners?.owner(of: run, attempt: last.attempt))?.host
        } ?? nil
    }
}

/// What is asked about single runs.
extension Service {
    private func runAnswers() async throws(ControlRefusal) -> RunAnswers {
        guard let scheduler, let store else { throw .starting }
        return RunAnswers(
            ledger: store.ledger, shelf: processes?.outputs, jobs: await scheduler.jobs.map(\.id), elsewhere: side.elsewhere,
            host: configuration.host)
    }

    func output(_ choice: RunChoice, follows: Bool) async throws(ControlRefusal) -> ControlAnswer {
        let answers = try await runAnswers()
        guard follows else { return .parts(try await answers.output(choice).ended) }
        return .feed(OutputFeed(answers, try await answers.find(choice)))
    }

    func detail(_ choice: RunChoice) async throws(ControlRefusal) -> [ControlPart] {
        var detail = try await runAnswers().detail(choice)
        let run = detail.run
        if let started = run.startedAt, run.attempt == 1, let fireTime = run.run.occasion.fireTime,
            let job = await scheduler?.jobs.first(where: { $0.id == run.run.job })
        {
            detail.lateMs = max(0, (started - WallTime(job.dueTime(of: fireTime))).wholeMilliseconds)
        }
        if let processes, let (environment, isOfRun) = await environment(of: run, processes) {
            detail.environment = secrets.names.shown(environment)
            detail.environmentOf = isOfRun ? .run : .table
        }
        return [.detail(detail)]
    }

    private func environment(of run: RunSnapshot, _ processes: ProcessRunner) async -> (lines: [String], isOfRun: Bool)? {
        if let lines = await processes.environment(of: run.run, attempt: run.attempt) { return (lines, true) }
        guard let job = await scheduler?.jobs.first(where: { $0.id == run.run.job }), let lines = await processes.environment(of: job)
        else {
            return nil
        }
        return (lines, false)
    }

    /// Hands out the output that others ask for, of runs that go on here.
    func shareOutputs(_ shared: any SharedOutputStore) async {
        guard let outputs = processes?.outputs, outputs.hasRunning, let asked = try? await shared.outputsAskedFor() else { return }
        for (run, attempt) in asked {
            guard let output = outputs.output(of: run, attempt: attempt), !output.isEnded else { continue }
            try? await shared.shareOutput(of: run, attempt: attempt, output.excerpt)
        }
    }
}
