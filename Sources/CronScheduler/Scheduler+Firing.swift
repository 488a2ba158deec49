internal import CronExpressions
internal import CronJobs

// From what is due to what runs: decide, enter in the ledger, start the winners.

extension Scheduler {
    /// Whether the store asked not to be asked yet.
    func isHeldOff(_ now: WallTime) -> Bool {
        if let notBefore, now < notBefore, notBefore - now <= Self.longestSleep { return true }
        notBefore = nil
        return false
    }

    func fireDue() async {
        if isHeldOff(clocks.wall) { return }
        let now = lead.decisionTime(at: clocks.wall, next: table.queue.next)
        let pass = decideDue(now)
        guard !pass.isEmpty || !owed.isEmpty else { return }
        do {
            try await commit(pass, now: now)
        } catch {
            notBefore = WallTime(nanoseconds: now.nanoseconds &+ Self.storeRetry.wholeNanoseconds)
            if error.code != .settling { storeFailed(error, in: .claim) }
        }
    }

    private func decideDue(_ now: WallTime) -> Pass {
        var pass = Pass()
        for waiting in stagger.take(upTo: now) { decide(waiting.index, dueAt: waiting.due, now: now, into: &pass) }
        while let (instant, indices) = table.queue.popGroup(through: now.instant) {
            for index in indices { decide(index, dueAt: instant, now: now, into: &pass) }
        }
        return pass
    }

    /// Decides about a job that is due, or holds it until its turn.
    private func decide(_ index: Int, dueAt instant: Instant, now: WallTime, into pass: inout Pass) {
        let job = table.jobs[index]
        if let turn = turn(of: job, due: instant, now: now), turn > now { return stagger.hold(index, due: instant, until: turn) }
        pass.decide(
            index, job, watermark: table.watermarks[index], dueAt: instant, running: runningByJob[job.id, default: 0], now: now)
    }

    /// Enters a pass in the ledger and starts what it won. What throws before the claims are answered leaves everything as it was, but for
    /// the jobs that do without the store.
    private func commit(_ pass: Pass, now: WallTime) async throws(StoreError) {
        let asked = clocks.monotonic
        let isAsked = !owed.isEmpty || !pass.missed.isEmpty || !pass.claims.isEmpty
        var answers: [ClaimAnswer] = []
        do {
            try await writeOwed(now: now)
            if !pass.missed.isEmpty { try await ledger.skip(pass.missed.map(\.skip), now: now) }
            if !pass.claims.isEmpty { answers = try await claim(pass.claims, now: now) }
        } catch {
            for advance in await withoutStore(pass, error, now: now).advances {
                table.queue.insert(advance.index, at: advance.firstDue)
            }
            throw error
        }
        let held = heldBack(pass, answers, now: now)
        advance(pass, holdingBack: held)
        if isAsked { storeWorks(.claim, isWrite: answers.isEmpty || answers.contains(where: \.isDecision)) }
        report(pass.missed.map(\.skip))
        await start(pass.attempts, pass.claims, answers, asked, at: now)
        for skipped in pass.overlaps where held[skipped.owner] == nil { owed.add(skipped.skip) }
        try await writeOwed(now: now)
    }

    private func claim(_ claims: [Claim], now: WallTime) async throws(StoreError) -> [ClaimAnswer] {
        let began = clocks.monotonic
        let answers = try await ledger.claim(claims, now: now)
        lead.note(clocks.monotonic - began)
        return answers
    }

    /// The jobs about which a shared store decided nothing yet, or others a part, each with the first fire time that is still open. Nothing is
    /// asked again before the store wants it.
    private func heldBack(_ pass: Pass, _ answers: [ClaimAnswer], now: WallTime) -> [Int: Instant] {
        var held: [Int: Instant] = [:], longest: Duration?
        for (index, answer) in answers.enumerated() where index < pass.owners.count {
            let owner = pass.owners[index], claim = pass.claims[index]
            switch answer {
            case .later(let wait):
                held[owner] = min(held[owner] ?? claim.first, claim.first)
                longest = max(longest ?? .zero, wait)
            case .taken(let mark) where claim.isDecidedInPart(by: mark): held[owner] = table.jobs[owner].nextFireTime(after: mark)
            default: break
            }
        }
        if let longest { holdOff(longest, now: now) }
        return held
    }

    /// Asks the store nothing for this long.
    func holdOff(_ wait: Duration, now: WallTime) {
        let wait = min(max(wait, .milliseconds(1)), Self.longestSleep)
        notBefore = WallTime(nanoseconds: now.nanoseconds &+ wait.wholeNanoseconds)
    }

    func advance(_ pass: Pass, holdingBack held: [Int: Instant] = [:]) {
        for advance in pass.advances {
            if let first = held[advance.index] {
                table.setWatermark(max(table.watermarks[advance.index], Instant(first.seconds &- 1)), of: advance.index)
                table.queue.insert(advance.index, at: table.jobs[advance.index].dueTime(of: first))
                continue
            }
            table.setWatermark(advance.watermark, of: advance.index)
            if let due = advance.nextDue { table.queue.insert(advance.index, at: due) }
        }
    }

    /// Starts the attempts whose claims were won, at `time` if that is still to come.
    func start(
        _ candidates: [Attempt], _ claims: [Claim], _ answers: [ClaimAnswer], _ asked: MonotonicTime, at time: WallTime
    ) async {
        var winners: [Attempt] = []
        let gate = gate(askedAt: asked)
        for ((candidate, claim), answer) in zip(zip(candidates, claims), answers) {
            let range = FireRange(first: claim.first, last: candidate.scheduledAt, count: claim.count)
            switch answer {
            case .won(let fence):
                var attempt = candidate
                attempt.fence = fence
                attempt.gate = gate
                winners.append(attempt)
                enter(attempt)
            case .taken(let mark): if !claim.isDecidedInPart(by: mark) { observer.observe(.taken(candidate.run)) }
            case .later: break
            case .skipped(let reason): observer.observe(.skipped(candidate.run.job, range, reason))
            case .late: observer.observe(.missed(candidate.run.job, range))
            case .unconfirmed: observer.observe(.unconfirmed(candidate.run))
            }
        }
        if winners.isEmpty { return }
        await reach(time)
        await runner.start(winners, reportingTo: self)
    }
}
