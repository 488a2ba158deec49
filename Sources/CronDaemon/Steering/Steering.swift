internal import CronEngine
internal import CronJobs
internal import CronProcesses
internal import CronTables

// Runs that people ask for, and ask to end. The scheduler decides; here its answers become words, and who asked is handed on.

struct Steering: Sendable {
    let context: ServiceContext
    let ledger: any Ledger
    let scheduler: SchedulerEngine
    let view: TableView
    let desk: ControlDesk
    /// `nil` where nobody else uses the store.
    let orders: OrderKeeper?

    /// A run of a job, now.
    func trigger(_ name: JobID, isForced: Bool, _ asker: Asker) async throws(ControlRefusal) -> SteeredRun {
        let jobs = await scheduler.jobs
        guard let job = jobs.first(where: { $0.id == name }) ?? jobs.first(where: { $0.id.withoutHost == name }) else {
            if let other = view.side.others[name] { return try await passOn(name, to: other, isForced: isForced, asker) }
            throw await refusal(.unknownJob, of: name, among: jobs)
        }
        let pauses = await context.loop.within(.seconds(1)) { try? await ledger.pausedJobs() } ?? nil
        let answer = await scheduler.run(RunOrder(job.id, isForced: isForced, by: "\(asker)"))
        var run: SteeredRun
        switch answer {
        case .starts(let id): run = SteeredRun(run: id, state: .starts)
        case .waits(let id, let reason): run = SteeredRun(run: id, state: .waits, reason: reason.rawValue)
        case .refused(let reason): throw await refusal(reason, of: name, among: jobs)
        }
        run.host = context.configuration.host
        run.attempts = job.policies.values.retry.attempts
        run.isPaused = pauses.map { $0.contains(job.id) || $0.contains(job.id.withoutHost) } ?? false
        return run
    }

    private func passOn(_ name: JobID, to other: OtherHost, isForced: Bool, _ asker: Asker) async throws(ControlRefusal) -> SteeredRun {
        guard let orders else { throw ControlRefusal("\(name) runs on \(other.name): ask there", code: 75) }
        return try await orders.passOn(name, to: other, isForced: isForced, asker)
    }

    private func refusal(_ reason: RunRefusal, of name: JobID, among jobs: [Job]) async -> ControlRefusal {
        switch reason {
        case .unknownJob: await desk.unknown([name], among: Set(jobs.map(\.id.withoutHost)).union(view.side.elsewhere), "")
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
    func cancel(_ run: RunID, _ asker: Asker) async throws(ControlRefusal) -> SteeredRun {
        let job = await scheduler.jobs.first { $0.id == run.job }
        let side = view.side, host = context.configuration.host
        let attempts = job?.policies.values.retry.attempts ?? side.others[run.job]?.attempts ?? 1
        if await orders?.withdraw(run) == true {
            return SteeredRun(run: run, state: .withdrawn, host: side.others[run.job]?.name, attempts: attempts)
        }
        switch await scheduler.cancel(run, by: "\(asker)") {
        case .isEnding: return SteeredRun(run: run, state: .ending, host: host, attempts: attempts)
        case .neverStarts: return SteeredRun(run: run, state: .withdrawn, host: host, attempts: attempts)
        case .passedOn: return SteeredRun(run: run, state: .passedOn, host: await self.host(of: run), attempts: attempts)
        case .refused(.unknownRun): throw ControlRefusal("there is no run \(run), or it is older than what is kept", code: 66)
        case .refused(.hasEnded(let outcome)):
            if let job = side.other(run.job), await orders?.withdrawAttempt(of: run, job, for: asker) == true {
                return SteeredRun(run: run, state: .withdrawn, host: job.namedHost, attempts: attempts)
            }
            throw ControlRefusal("\(run) has ended already: \(outcome)", code: 75)
        case .refused(.storeFails(let reason)): throw ControlRefusal("where \(run) is cannot be told: the store fails: \(reason)")
        }
    }

    /// Where the last attempt of a run is, as the store knows.
    private func host(of run: RunID) async -> String? {
        await context.loop.within(.seconds(1)) {
            guard let last = try? await ledger.attempts(of: run).last else { return nil }
            return (try? await ledger.owners?.owner(of: run, attempt: last.attempt))?.host
        } ?? nil
    }
}
