internal import CronExpressions
internal import CronJobs
internal import CronProcesses
internal import CronEngine
internal import CronTables
internal import LinuxEvents

// What the last life of the service left open: attempts that were claimed and have no outcome.
//
// A process that still runs is adopted: watched to its end, counted as running. It is known by the ledger's record or, where the service was
// killed before it could write one, by the mark in its environment (`RunMark`). All others are `interrupted`, and tried again where their job asks for it (`attempts`).

extension Service {
    /// Decides about every open attempt, before anything is started.
    func recover(_ ledger: any Ledger, _ runner: any Runner, _ scheduler: SchedulerEngine) async {
        do {
            hasUnrecovered = false
            var open: [OpenRun] = []
            for run in try await ledger.sweep(now: clocks.wall) {
                // Sent to workers, and started by none: under its new fence it is sent again, also where it was ours before.
                if case .queued = run.state {
                    await scheduler.takeOver(run, job: scheduler.job(run.run.job))
                } else if await !scheduler.keeps(run) {
                    open.append(run)
                }
            }
            guard !open.isEmpty else { return }
            let marked = open.contains { $0.process == nil } ? await leaders() : [:]
            let jobs = Dictionary(await scheduler.jobs.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            var adopted: [OpenRun] = []
            for var run in open {
                if run.process == nil, let mark { run.process = marked[mark.of(run.run, attempt: run.attempt)] }
                let job = jobs[run.run.job]
                await scheduler.adopt(Attempt(adopting: run, job: job, now: clocks.wall))
                guard await runner.adopt(run, of: job, reportingTo: scheduler) else {
                    await scheduler.interrupt(run, job: job)
                    continue
                }
                log.warning("adopted a run of the service's last life", .text("job", "\(run.run.job)"), .text("run", "\(run.run)"))
                adopted.append(run)
                guard let process = run.process else { continue }
                try await ledger.start([
                    Start(run: run.run, attempt: run.attempt, fence: run.fence, at: run.startedAt ?? clocks.wall, process: process)
                ])
            }
            // What somebody asked to end before the last life did, ends.
            for asked in try await ledger.renewal(of: adopted, now: clocks.wall).requests {
                _ = await scheduler.cancel(asked.run.run, by: asked.request.by)
            }
        } catch {
            hasUnrecovered = ledger.shared == nil
            // Asked every few seconds of a shared store; that it fails is told by whoever asked it first.
            let isKnown = await scheduler.storeIsDown || unrecovered == "\(error)"
            if ledger.shared != nil, isKnown { return }
            unrecovered = "\(error)"
            log.error("open runs of the last life cannot be recovered", .text("reason", "\(error)"))
        }
    }

    private func leaders() async -> [String: ProcessIdentity] {
        if let found = await PatientLook.at(loop, within: .seconds(5), { ProcessTable.leaders() }) { return found }
        log.warning("processes of the service's last life that it had no time to record cannot be looked for: /proc does not answer")
        return [:]
    }

    /// The regular duties towards a shared ledger and the other nodes on it.
    func keepLeases(_ shared: any SharedLedger) {
        leaseTimer = loop.after(shared.renewalInterval) { [unowned self] in
            assumeIsolated { service in
                Task(executorPreference: service.loop) { await service.keepLeasesNow(shared) }
                service.followOthers()
                service.keepLeases(shared)
            }
        }
    }

    private func keepLeasesNow(_ shared: any SharedLedger) async {
        guard let scheduler, let runner, !keepingLeases else { return }
        keepingLeases = true
        await scheduler.keepLeases()
        if !isWorker { await compareZones(shared) }
        await sayRefused(shared)
        if let outputs = store?.ledger.sharedOutputs { await shareOutputs(outputs) }
        if isWorker {
            keepingLeases = false
            return
        }
        await once?.heard(await shared.view().storedJobs)
        await keepOrders(shared)
        if dispatcher != nil { await scheduler.findRetries(ofWorkers: true) }
        if !stopping, await !scheduler.storeIsDown { await recover(shared, runner, scheduler) }
        keepingLeases = false
    }

    /// Replicas of an older version start nothing on this store any more: said once, by name.
    private func sayRefused(_ shared: any SharedLedger) async {
        let new = await shared.view().refused.subtracting(saidRefused)
        guard !new.isEmpty else { return }
        saidRefused.formUnion(new)
        log.warning(
            "replicas of an older version are refused by the store since this version uses it",
            .text("nodes", new.sorted().joined(separator: " ")), .text("remedy", "update them; their open runs are taken over"))
    }

    /// Tells the others the zone, which a reload may have changed, and says where theirs is another.
    func compareZones(_ shared: any SharedLedger) async {
        guard let keeper else { return }
        await shared.announce(zone: ZoneAgreement.word(of: await keeper.zone, at: clocks.wall))
        guard let names = zoneAgreement.note(await shared.view().zones) else { return }
        log.warning(
            "replicas go by different zones: a time of day starts its jobs once in each", .text("zones", names.joined(separator: " ")),
            .text("remedy", "give all the same TZ or --tz, or the lines a CRON_TZ"))
    }
}
