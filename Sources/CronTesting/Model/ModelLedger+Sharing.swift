internal import CronExpressions
internal import CronJobs

// What a shared ledger does at its own end. Each call brings along who calls, and the highest fence that they know; the server looks at its
// clock, and asks itself first whether it has lost something.

extension ModelLedger {
    /// Who calls.
    struct Caller {
        var node: String
        /// The highest fence that it knows.
        var fence: Int64
    }

    enum ClaimReply {
        /// The caller's clock is a second off or more: nothing was decided.
        case clock
        case answers([Answer])
    }

    enum Answer {
        case won(Int64)
        /// This very node has it claimed, under this fence and the token of that call.
        case mine(mark: Instant, fence: Int64, token: Int64)
        case taken(mark: Instant, isKnown: Bool)
        case later(Duration)
        case late
        case skipped(Outcome.SkipReason)
    }

    private var terms: Sharing { sharing ?? Sharing() }

    /// How long it decides nothing yet.
    func quarantine(at now: WallTime) -> Duration { max(.zero, settledAt - now) }

    // MARK: Before each call

    /// The server hears a caller: has it lost something? Answers what its clock is taken for.
    mutating func hear(_ caller: Caller, server life: Int, at clock: WallTime) -> WallTime {
        var now = WallTime(nanoseconds: clock.milliseconds * 1_000_000)
        let last = lastTime ?? WallTime(nanoseconds: 0)
        let isAlone = !nodes.contains { $0.key != caller.node && last - $0.value <= .seconds(15) }
        if last - now > .seconds(10) {
            nodes = nodes.filter { $0.value <= now }
            settledAt = now + max(.zero, settledAt - last)
            shortenLeases(now + terms.lease)
        } else {
            now = max(now, last)
        }
        let jump = max(now - last, last - now)
        let isBehind = caller.fence > lastFence && (now >= settledAt || isBriefly)
        if lastTime == nil || server != life || jump > terms.jump && !isAlone || isBehind {
            isBriefly = lastTime == nil && caller.fence == 0
            settledAt = now + (isBriefly ? min(terms.quarantine, .seconds(3)) : terms.quarantine)
            server = life
        }
        lastFence = max(lastFence, caller.fence)
        lastTime = now
        return now
    }

    private mutating func shortenLeases(_ end: WallTime) {
        for (job, state) in jobs {
            for (place, row) in state.rows.enumerated() where row.isOpen && row.leaseEnd > end { jobs[job]?.rows[place].leaseEnd = end }
        }
    }

    // MARK: Claims and skips

    /// - Parameters:
    ///   - now: by the server; `clock` is what it really shows, to the microsecond.
    ///   - caller: what the caller takes its clock for; nil is not sure.
    mutating func claim(
        _ claims: [Claim], by node: String, token: Int64, entered: WallTime, caller: WallTime?, now: WallTime, clock: WallTime
    ) -> ClaimReply {
        if terms.earliness != nil, let caller, abs((clock - caller).wholeNanoseconds) >= 1_000_000_000 { return .clock }
        return .answers(claims.map { claim($0, by: node, token: token, entered: entered, now: now, clock: clock) })
    }

    private mutating func claim(
        _ claim: Claim, by node: String, token: Int64, entered: WallTime, now: WallTime, clock: WallTime
    ) -> Answer {
        let job = claim.run.job, known = mark(of: job), mark = known ?? claim.since, fireTime = claim.run.occasion.fireTime
        func taken(_ mark: Instant, _ isKnown: Bool) -> Answer {
            guard let row = row(claim.run, claim.attempt), row.isOpen, row.node == node, !row.isRunning else {
                return .taken(mark: mark, isKnown: isKnown)
            }
            return .mine(mark: mark, fence: row.fence, token: row.token)
        }
        if fireTime != nil, now < settledAt { return .later(quarantine(at: now)) }
        if claim.attempt == 1, let fireTime {
            guard fireTime > mark else { return taken(mark, known != nil) }
            if let earliness = terms.earliness, WallTime(fireTime) > now + earliness { return .later(WallTime(fireTime) - now) }
            if let known, known >= claim.first { return .taken(mark: known, isKnown: true) }
            if isWithdrawn(job, fireTime) { return .taken(mark: mark, isKnown: known != nil) }
            _ = advance(job, to: fireTime, since: claim.since)
        } else if row(claim.run, claim.attempt - 1)?.record.request?.kind == .cancel {
            // Somebody asked that it ends while the attempt before was open: there is no other.
            return taken(mark, known != nil)
        }
        guard row(claim.run, claim.attempt) == nil else {
            return taken(self.mark(of: job) ?? claim.since, self.mark(of: job) != nil)
        }
        return decide(claim, by: node, token: token, entered: entered, now: now, clock: clock)
    }

    private mutating func decide(
        _ claim: Claim, by node: String, token: Int64, entered: WallTime, now: WallTime, clock: WallTime
    ) -> Answer {
        let fence = nextFence(clock), isScheduled = claim.run.occasion.fireTime != nil
        func isManual() -> Bool { if case .manual = claim.run.occasion { true } else { false } }
        if !isManual(), isPaused(claim.run.job, now) {
            enter(RunRecord(claim, now: entered, outcome: .skipped(.paused)), fence: fence)
            return .skipped(.paused)
        }
        if claim.attempt == 1, isScheduled, let deadline = claim.startDeadline, now.milliseconds > deadline.milliseconds {
            enter(RunRecord(claim, now: entered, trigger: .scheduled, outcome: .missed(claim.count)), fence: fence)
            return .late
        }
        if let limit = claim.concurrencyLimit, jobs[claim.run.job]?.open ?? 0 >= limit {
            let trigger = isScheduled ? .scheduled : claim.trigger
            enter(RunRecord(claim, now: entered, trigger: trigger, outcome: .skipped(.overlap)), fence: fence)
            return .skipped(.overlap)
        }
        enter(RunRecord(claim, now: entered), fence: fence, by: node, token: token, leaseEnd: now + terms.lease)
        return .won(fence)
    }

    // MARK: Owners

    /// Whether attempts may be started now.
    mutating func gate(_ starts: [Start], by node: String, now: WallTime) -> [StartAnswer] {
        starts.map { start in
            guard let row = row(start.run, start.attempt), row.isOpen else { return .gone }
            guard row.fence == start.fence else { return .stale }
            guard !row.isRunning else { return .duplicate(node: row.node) }
            run(start, by: node, now: now, isNoted: false)
            return .go
        }
    }

    /// Notes what runs, whoever asked the gate.
    mutating func note(_ starts: [Start], by node: String, now: WallTime) {
        for start in starts where openPlace(start.run, start.attempt, start.fence) != nil { run(start, by: node, now: now, isNoted: true) }
    }

    private mutating func run(_ start: Start, by node: String, now: WallTime, isNoted: Bool) {
        guard let place = openPlace(start.run, start.attempt, start.fence), var row = jobs[start.run.job]?.rows[place] else { return }
        row.isRunning = true
        row.node = node
        row.leaseEnd = now + terms.lease
        if isNoted {
            tellStart(of: row.record, at: start.at)
            row.record.startedAt = start.at
        }
        jobs[start.run.job]?.rows[place] = row
    }

    /// A node lives, and keeps what is its own; answers what is not.
    mutating func renew(_ runs: [OpenRun], by node: String, now: WallTime) -> [OpenRun] {
        nodes[node] = now
        return runs.filter { run in
            guard let place = openPlace(run.run, run.attempt, run.fence) else { return true }
            // Whom it was handed over to keeps it.
            guard jobs[run.run.job]?.rows[place].node == node else { return false }
            let end = now + terms.lease
            jobs[run.run.job]?.rows[place].leaseEnd = end
            return false
        }
    }

    /// Records outcomes of what is the node's own.
    mutating func finish(_ finishes: [Finish], by node: String) -> [Bool] {
        finishes.map { row($0.run, $0.attempt)?.node == node && finish([$0])[0] }
    }

    func living(at now: WallTime) -> [String] { nodes.filter { now - $0.value <= .seconds(15) }.keys.sorted() }

    /// Attempts whose lease is over become the caller's.
    mutating func takeOver(by node: String, caller: WallTime, now: WallTime, clock: WallTime) -> [OpenRun] {
        if now < settledAt { return [] }
        let end = now + terms.lease
        var over: [Row] = []
        for state in jobs.values {
            for place in state.rows.indices where state.rows[place].isOpen && state.rows[place].leaseEnd < now {
                over.append(state.rows[place])
            }
        }
        over.sort { ($0.leaseEnd, $0.order) < ($1.leaseEnd, $1.order) }
        return over.map { row in
            var swept = OpenRun(row, fence: nextFence(clock))
            swept.ownerSeenAt = caller - (terms.lease + (now - row.leaseEnd))
            guard let place = jobs[swept.run.job]?.place(swept.run, swept.attempt) else { return swept }
            jobs[swept.run.job]?.rows[place].fence = swept.fence
            jobs[swept.run.job]?.rows[place].node = node
            jobs[swept.run.job]?.rows[place].leaseEnd = end
            tellTakeover(of: swept)
            return swept
        }
    }

    /// A node goes: what it holds may be taken over at once.
    mutating func release(_ node: String, at caller: WallTime, now: WallTime) {
        abandon(node, now: now)
        lastSeen = caller
    }

    /// A node is gone: what it holds may be taken over at once.
    mutating func abandon(_ node: String, now: WallTime) {
        for (job, state) in jobs {
            for (place, row) in state.rows.enumerated() where row.isOpen && row.node == node {
                jobs[job]?.rows[place].leaseEnd = now - .milliseconds(1)
            }
        }
        nodes[node] = nil
    }

    /// As `rewind`, but a node whose clock is behind takes nothing back that has come by the server's.
    mutating func rewind(marksAfter limit: Instant, to mark: Instant, clock: WallTime) -> [JobID] {
        if terms.earliness == nil { return rewind(marksAfter: limit, to: mark) }
        return rewind(marksAfter: max(limit, clock.instant), to: max(mark, clock.instant))
    }
}
