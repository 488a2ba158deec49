internal import CronJobs
internal import CronProcesses
internal import CronScheduler

/// What is asked about single runs.
extension Service {
    private func runAnswers() async throws(ControlRefusal) -> RunAnswers {
        guard let scheduler, let store else { throw .starting }
        return RunAnswers(
            ledger: store.ledger, shelf: processes?.outputs, jobs: await scheduler.jobs.map(\.id), host: configuration.host)
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
