internal import CronEngine
internal import CronExpressions
internal import CronJobs
internal import CronProcesses
internal import LinuxEvents

// What the last life of the service left open: attempts that were claimed and have no outcome.
//
// A process that still runs is adopted: watched to its end, counted as running. It is known by the ledger's record or, where the service was
// killed before it could write one, by the mark in its environment (`RunMark`). All others are `interrupted`, and tried again where their job asks for it (`attempts`).

actor RunRecovery {
    private let context: ServiceContext
    private let ledger: any Ledger
    private let runner: any Runner
    private let scheduler: SchedulerEngine
    private let mark: RunMark
    /// It is still to be decided about.
    private(set) var isDue = false
    /// Why, where it was said.
    private var obstacle: String?

    nonisolated var unownedExecutor: UnownedSerialExecutor { context.loop.asUnownedSerialExecutor() }

    init(_ context: ServiceContext, _ ledger: any Ledger, _ runner: any Runner, _ scheduler: SchedulerEngine, _ mark: RunMark) {
        self.context = context
        self.ledger = ledger
        self.runner = runner
        self.scheduler = scheduler
        self.mark = mark
    }

    /// Decides about every open attempt: at the start, before anything is started.
    func recover() async {
        do {
            isDue = false
            let open = try await openRuns()
            guard !open.isEmpty else { return }
            let adopted = try await adopt(open)
            // What somebody asked to end before the last life did, ends.
            for asked in try await ledger.renewal(of: adopted, now: context.clocks.wall).requests {
                _ = await scheduler.cancel(asked.run.run, by: asked.request.by)
            }
        } catch {
            isDue = ledger.shared == nil
            // Asked every few seconds of a shared store; that it fails is told by whoever asked it first.
            let isKnown = await scheduler.storeIsDown || obstacle == "\(error)"
            if ledger.shared != nil, isKnown { return }
            obstacle = "\(error)"
            context.log.error("open runs of the last life cannot be recovered", .text("reason", "\(error)"))
        }
    }

    private func openRuns() async throws(StoreError) -> [OpenRun] {
        var open: [OpenRun] = []
        for run in try await ledger.sweep(now: context.clocks.wall) {
            // Sent to workers, and started by none: under its new fence it is sent again, also where it was ours before.
            if case .queued = run.state {
                await scheduler.takeOver(run, job: scheduler.job(run.run.job))
            } else if await !scheduler.keeps(run) {
                open.append(run)
            }
        }
        return open
    }

    /// Answers those that go on.
    private func adopt(_ open: [OpenRun]) async throws(StoreError) -> [OpenRun] {
        let marked = open.contains { $0.process == nil } ? await leaders() : [:]
        let jobs = Dictionary(await scheduler.jobs.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var adopted: [OpenRun] = []
        for var run in open {
            if run.process == nil { run.process = marked[mark.of(run.run, attempt: run.attempt)] }
            let job = jobs[run.run.job]
            await scheduler.adopt(Attempt(adopting: run, job: job, now: context.clocks.wall))
            guard await runner.adopt(run, of: job, reportingTo: scheduler) else {
                await scheduler.interrupt(run, job: job)
                continue
            }
            context.log.warning(
                "adopted a run of the service's last life", .text("job", "\(run.run.job)"), .text("run", "\(run.run)"))
            adopted.append(run)
            guard let process = run.process else { continue }
            try await ledger.start([
                Start(run: run.run, attempt: run.attempt, fence: run.fence, at: run.startedAt ?? context.clocks.wall, process: process)
            ])
        }
        return adopted
    }

    private func leaders() async -> [String: ProcessIdentity] {
        if let found = await PatientLook.at(context.loop, within: .seconds(5), { ProcessTable.leaders() }) { return found }
        context.log.warning(
            "processes of the service's last life that it had no time to record cannot be looked for: /proc does not answer")
        return [:]
    }
}
