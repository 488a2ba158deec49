internal import CronExpressions
internal import CronJobs
internal import CronEngine

// The other end of a call: the ledger and its clock.

extension Simulation {
    /// Does what was asked, all at once. Who reached it anew tells it first what they remember.
    mutating func apply(_ call: LedgerCall, isAlive: Bool) -> LedgerCall.Reply {
        let clock = serverClock, node = call.node
        let now = ledger.hear(isAlive ? nodes[node].memory.caller : call.caller, server: server, at: clock)
        if isAlive, !nodes[node].memory.isTold { tellLedger(node, now) }
        switch call.question {
        case .open:
            if isAlive, let dead = nodes[node].killedName { ledger.abandon(dead, now: now) }
            return .opened(ledger.open(now: call.wall), clock: clock)
        case .marks: return .marks(ledger.watermarks)
        case .skip(let skips, let entered):
            if now < ledger.settledAt {
                if isAlive { nodes[node].memory.heard(quarantineUntil: ledger.settledAt) }
                return .quarantined
            }
            enter(skips, entered, call, isAlive: isAlive)
            return .done
        case .claim(let claims, let entered, let isSure):
            return .claims(
                decide(claims, entered, isSure: isSure, call, now: now), clock: clock, settledAt: ledger.settledAt)
        case .start(let starts):
            if isAlive { for start in starts { nodes[node].memory.started(start) } }
            ledger.note(starts, by: call.caller.node, now: now)
            return .done
        case .finish(let finishes):
            let recorded = record(finishes, call.caller.node, node, isAlive: isAlive, now)
            for (finish, isRecorded) in zip(finishes, recorded) { invariants.finished(finish, isRecorded: isRecorded) }
            return .finished(recorded)
        case .renew(let runs):
            if isAlive, nodes[node].memory.heard(quarantineUntil: ledger.settledAt) { tellLedger(node, now) }
            let lost = ledger.renew(runs, by: call.caller.node, now: now)
            if isAlive { nodes[node].memory.hear(ledger, now: now) }
            let view = SharedView(
                nodes: ledger.living(at: now), clockOffset: nil, quarantine: ledger.quarantine(at: now), storedJobs: ledger.once.mark)
            return .renewed(Renewal(lost: lost, requests: ledger.requests(of: runs)), clock: clock, view: view)
        case .rewind(let limit, let mark):
            let jobs = ledger.rewind(marksAfter: limit, to: mark, clock: clock)
            invariants.rewound(jobs, ledger)
            return .rewound(jobs)
        case .search(let jobs):
            return .found(Dictionary(uniqueKeysWithValues: jobs.map { ($0, history(of: $0)) }))
        case .sweep:
            if isAlive {
                let leases = nodes[node].memory.leases
                for run in ledger.renew(leases, by: call.caller.node, now: now) { nodes[node].memory.lose(run) }
                for request in ledger.requests(of: leases) { nodes[node].memory.heard(request) }
            }
            let swept = ledger.takeOver(by: call.caller.node, caller: call.wall, now: now, clock: clock)
            if isAlive { for run in swept { nodes[node].memory.saw(fence: run.fence) } }
            return .swept(swept)
        case .request(let run, let by): return .requested(isOpen: ledger.request(.cancel, of: run, by: by, now: call.wall))
        case .history(let run): return .records(ledger.history(of: run.job, limit: 1024))
        case .gate(let start): return .gated(pass(start, node, isAlive: isAlive, now))
        case .once(let question): return .once(apply(question, now: clock))
        }
    }

    private mutating func tellLedger(_ node: Int, _ now: WallTime) {
        if now < ledger.settledAt { invariants.told(by: nodes[node].memory) }
        sayMemory(of: node)
        if mutation == .tellsNothing { nodes[node].memory.isTold = true } else { nodes[node].memory.tell(&ledger, now: now) }
        invariants.told(ledger)
    }

    private func history(of job: JobID) -> [RunRecord] {
        var records = ledger.history(of: job, limit: 64)
        if mutation == .failsHistory {
            for place in records.indices { (records[place].outcome, records[place].finishedAt) = (.failed(.exit(1)), serverClock) }
        }
        return records
    }

    mutating func enter(_ skips: [Skip], _ entered: WallTime, _ call: LedgerCall, isAlive: Bool) {
        let runs = skips.map { RunID(job: $0.job, .scheduled($0.last)) }, existed = runs.map { ledger.row($0, 1) != nil }
        if mutation == .losesSkips {
            for skip in skips { _ = ledger.advance(skip.job, to: skip.last, since: skip.since) }
        } else {
            ledger.skip(skips, now: entered)
        }
        for (place, skip) in skips.enumerated() {
            let run = runs[place], isEntered = !existed[place] && ledger.row(run, 1) != nil
            if isEntered { report.fireTimes += skip.count }
            if isAlive {
                if skip.last > skip.since { nodes[call.node].memory.saw(skip.last, of: skip.job) }
                if isEntered, let row = ledger.row(run, 1) { nodes[call.node].memory.remember(row.record, fence: row.fence) }
            }
            invariants.moved(skip.job, ledger)
        }
    }

    private mutating func decide(
        _ claims: [Claim], _ entered: WallTime, isSure: Bool, _ call: LedgerCall, now: WallTime
    ) -> ModelLedger.ClaimReply {
        let pauses = ledger.pauses
        if mutation == .ignoresPauses { ledger.pauses = [:] }
        let once = ledger.once
        if mutation == .startsWithdrawn {
            for claim in claims where claim.run.job.isOnce {
                ledger.once.jobs[claim.run.job] = claim.run.occasion.fireTime.map { .init(time: $0, revision: 0) }
            }
        }
        if mutation == .repeatsFences { ledger.lastFence = 0 }
        var reply = ledger.claim(
            claims, by: call.caller.node, token: call.token, entered: entered, caller: isSure ? nil : call.wall, now: now,
            clock: mutation == .repeatsFences ? WallTime(nanoseconds: 1_000_000) : serverClock)
        if mutation == .ignoresPauses { ledger.pauses = pauses }
        ledger.once = once
        guard case .answers(var answers) = reply else { return reply }
        for place in claims.indices {
            let claim = claims[place]
            if mutation == .winsTwice, case .taken = answers[place], let row = ledger.row(claim.run, claim.attempt) {
                answers[place] = .won(row.fence + 1_000_000)
            }
            if answers[place].isDecision, claim.attempt == 1 { report.fireTimes += claim.count }
            if case .won(let fence) = answers[place] {
                // A server whose clock is set back by little goes by the old one until the new one has caught up.
                let skew = max(serverSkew, now.nanoseconds &- Self.beginning.nanoseconds &- time)
                invariants.won(.init(run: claim.run, attempt: claim.attempt), fence: fence, skew: skew, now: now)
            }
            if case .skipped(.paused) = answers[place] { invariants.held(claim.run, now: now) }
            if mutation == .setsMarksBack, let mark = ledger.mark(of: claim.run.job), dice.once(in: 50) {
                ledger.jobs[claim.run.job]?.mark = mark - 1
            }
            invariants.moved(claim.run.job, ledger)
        }
        reply = .answers(answers)
        return reply
    }

    private mutating func record(_ finishes: [Finish], _ caller: String, _ node: Int, isAlive: Bool, _ now: WallTime) -> [Bool] {
        if mutation == .losesOutcomes { return finishes.map { _ in true } }
        if mutation == .overwritesOutcomes { reopen(finishes) }
        return finishes.map { finish in
            if ledger.finish([finish], by: caller)[0] { return true }
            guard isAlive else { return false }
            let name = ModelNode.Name(run: finish.run, attempt: finish.attempt)
            if nodes[node].memory.wasUnsure(name) {
                // The answer to an earlier call was lost: is it this outcome that stands there?
                let record = ledger.row(finish.run, finish.attempt)?.record
                return record?.finishedAt == finish.at && record?.outcome == finish.outcome
            }
            guard nodes[node].memory.holds(name, finish.fence) else { return false }
            if nodes[node].memory.heard(quarantineUntil: ledger.settledAt) { tellLedger(node, now) }
            return ledger.finish([finish], by: caller)[0]
        }
    }

    /// A mutation: what has an outcome may have another.
    private mutating func reopen(_ finishes: [Finish]) {
        for finish in finishes {
            guard let state = ledger.jobs[finish.run.job], let place = state.rows.lastIndex(where: { !$0.isOpen && $0.isRunning }) else {
                continue
            }
            ledger.jobs[finish.run.job]?.rows[place].record.outcome = .timedOut
        }
    }

    private mutating func pass(_ start: Start, _ node: Int, isAlive: Bool, _ now: WallTime) -> StartAnswer? {
        if ledger.quarantine(at: now) > .zero { return nil }
        let answer = ledger.gate([start], by: isAlive ? nodes[node].memory.name : "", now: now)[0]
        guard isAlive else { return answer }
        let name = ModelNode.Name(run: start.run, attempt: start.attempt), wasUnsure = nodes[node].memory.wasUnsure(name)
        switch answer {
        case .go: nodes[node].memory.passed(start, ledger)
        case .duplicate(let owner) where wasUnsure && owner == nodes[node].memory.name:
            nodes[node].memory.passed(start, ledger)
            return .go
        default: break
        }
        return answer
    }
}
