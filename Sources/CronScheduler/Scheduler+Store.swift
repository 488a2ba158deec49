internal import CronExpressions
internal import CronJobs

// What happens when the store fails, and when it works again.
//
// A job waits (`hold`) unless it was said otherwise: then it is decided from memory, and what was decided is owed to the ledger. Owed
// decisions are entered before anything new, so that the fire times of a job stay in order.

extension Scheduler {
    private static let owedAtOnce = 250
    /// How long the other replicas leave the fire times of `store-down=rank0` jobs to the one that may have run them.
    private static let quiet = Duration.seconds(3)

    func storeFailed(_ error: StoreError, in call: Outage.Call) {
        let now = clocks.monotonic
        guard outage != nil else {
            outage = Outage(error, in: call, now: now)
            return observer.observe(.storeFailed(error))
        }
        if let event = outage?.note(error, in: call, now: now) { observer.observe(event) }
    }

    /// A call succeeded. The store works again once the kind of call that failed does, and what waited is written.
    func storeWorks(_ call: Outage.Call, isWrite: Bool = true) {
        guard outage != nil else { return }
        outage?.worked(call, isWrite: isWrite, now: clocks.monotonic)
        if journal.isBehind {
            if call != .outcome { Task { await writeJournal() } }
        } else if !owed.isEmpty {
            waker.poke()
        } else if outage?.isOver == true {
            recover()
        }
    }

    private func recover() {
        guard let outage else { return }
        self.outage = nil
        quietUntil = WallTime(nanoseconds: clocks.wall.nanoseconds &+ Self.quiet.wholeNanoseconds)
        observer.observe(.storeRecovered(after: outage.length(clocks.monotonic)))
    }

    func writeJournal() async {
        if let error = await journal.write() { return storeFailed(error, in: .outcome) }
        if !journal.isBehind { storeWorks(.outcome) }
    }

    // MARK: Without the store

    /// Carries out what may be decided from memory while the store fails; answers the rest, which waits.
    func withoutStore(_ pass: Pass, _ error: StoreError, now: WallTime) async -> Pass {
        // A store that settles is there: it will decide in a moment.
        guard error.code != .settling else { return pass }
        let (skipped, others) = pass.divided { table.jobs[$0].settings.values.storeDown == .skip }
        for skip in skipped.missed { owed.add(skip.skip) }
        report(skipped.missed.map(\.skip))
        for claim in skipped.claims {
            let range = FireRange(first: claim.first, last: claim.run.occasion.fireTime ?? claim.first, count: claim.count)
            let skip = Skip(claim.run.job, range, .missed(claim.count), since: claim.since)
            owed.add(skip)
            report([skip])
        }
        for skip in skipped.overlaps { owed.add(skip.skip) }
        advance(skipped)
        let (local, waiting) = others.divided { runsFromMemory(table.jobs[$0]) }
        await startFromMemory(local, now: now)
        return waiting
    }

    func runsFromMemory(_ job: Job) -> Bool {
        // It waits, so that the ledger records why it was skipped.
        if paused.contains(job.id.withoutHost) { return false }
        return switch job.settings.values.storeDown {
        case .hold, .skip: false
        case .local: true
        case .rank0: rank(of: job) == 0
        }
    }

    private func startFromMemory(_ pass: Pass, now: WallTime) async {
        guard !pass.isEmpty else { return }
        for skip in pass.missed { owed.add(skip.skip) }
        let attempts = owe(pass.attempts, pass.claims, now: now)
        for skip in pass.overlaps { owed.add(skip.skip) }
        advance(pass)
        report(pass.missed.map(\.skip))
        await startOwed(attempts, now: now)
    }

    func startFromMemory(_ attempts: [Attempt], _ claims: [Claim], now: WallTime) async {
        await startOwed(owe(attempts, claims, now: now), now: now)
    }

    /// Notes that attempts are claimed later, and answers them as they are to be started.
    private func owe(_ candidates: [Attempt], _ claims: [Claim], now: WallTime) -> [Attempt] {
        var attempts = candidates
        for (index, claim) in claims.enumerated() where index < attempts.count {
            // What has started cannot be late or one too many any more.
            var claim = claim
            claim.startDeadline = nil
            claim.concurrencyLimit = nil
            owed.add(claim)
            // As a store makes them: they grow with the clock.
            attempts[index].fence = now.nanoseconds / 1000 &+ Int64(index)
            enter(attempts[index])
        }
        return attempts
    }

    private func startOwed(_ attempts: [Attempt], now: WallTime) async {
        if attempts.isEmpty { return }
        observer.observe(.startedFromMemory(attempts.map(\.run)))
        await reach(now)
        await runner.start(attempts, reportingTo: self)
    }

    // MARK: What is owed

    /// Enters what was decided without the ledger; throws where it cannot be entered yet.
    func writeOwed(now: WallTime) async throws(StoreError) {
        while let batch = owed.first(Self.owedAtOnce) {
            switch batch {
            case .skips(let skips):
                try await ledger.skip(skips, now: now)
                owed.removeFirst(skips.count)
                report(skips.filter { if case .skipped = $0.outcome { true } else { false } })
            case .runs(let runs):
                let answers = try await ledger.claim(runs.map(\.claim), now: now)
                try settle(runs, answers)
            }
        }
    }

    /// What ran from memory is in the ledger now, or another node decided it, too.
    private func settle(_ runs: [OwedDecisions.Run], _ answers: [ClaimAnswer]) throws(StoreError) {
        var events: [RunEvent] = []
        defer { write(events) }
        for (run, answer) in zip(runs, answers) {
            switch answer {
            case .later: throw StoreError(.settling, "the store decides nothing yet")
            case .taken(let mark) where run.claim.isDecidedInPart(by: mark):
                // The other end of the range is open: asked again, for that alone.
                return owed.narrowFirst()
            case .won(let fence): events += entered(owed.removeFirst(1), under: fence)
            default:
                owed.removeFirst(1)
                observer.observe(.alsoElsewhere(run.claim.run))
            }
        }
    }

    private func entered(_ entries: [OwedDecisions.Entry], under fence: Int64) -> [RunEvent] {
        guard case .run(let run) = entries.first else { return [] }
        running[run.claim.run]?.fence = fence
        var events: [RunEvent] = []
        if var start = run.start {
            start.fence = fence
            events.append(.started(start))
        }
        if var finish = run.finish {
            finish.fence = fence
            events.append(.finished(finish))
        }
        return events
    }

    private func write(_ events: [RunEvent]) {
        guard !events.isEmpty else { return }
        journal.note(events)
        Task { await writeJournal() }
    }

    func report(_ skips: [Skip]) {
        for skip in skips {
            let range = FireRange(first: skip.first, last: skip.last, count: skip.count)
            switch skip.outcome {
            case .skipped(let reason): observer.observe(.skipped(skip.job, range, reason))
            default: observer.observe(.missed(skip.job, range))
            }
        }
    }
}
