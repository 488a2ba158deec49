internal import CronEngine
internal import CronExpressions
internal import CronJobs

// What there is, for whoever asks.
extension JobKeeper {
    func snapshots() async throws(SchedulerError) -> [ScheduledJob] {
        if parts.isShared { try await asking { () throws(StoreError) in try await load() } }
        let pauses = try await pauses()
        var snapshots: [ScheduledJob] = []
        for known in book.entries.sorted(by: { $0.id < $1.id }) { snapshots.append(await snapshot(known, pauses[known.id])) }
        return snapshots
    }

    func snapshot(_ id: JobID) async throws(SchedulerError) -> ScheduledJob? {
        guard let known = try await known(id) else { return nil }
        return await snapshot(known, try await pauses()[id])
    }

    func snapshot(_ known: KnownJob, _ pause: Pause?) async -> ScheduledJob {
        let job = known.job, mark = await parts.engine.watermark(of: job.id) ?? now
        return ScheduledJob(
            id: job.id, schedule: job.schedule, work: job.isClosure ? .closure : .handler(job.call), options: job.options,
            nextFireTime: job.job.nextFireTime(after: mark), pause: pause, runsHere: job.runsHere)
    }

    private func pauses() async throws(SchedulerError) -> [JobID: Pause] {
        try await asking { [parts] () throws(StoreError) in try await parts.ledger.pauses?.pauses(now: parts.clocks.wall) ?? [:] }
    }
}
