internal import CronExpressions
internal import CronJobs
internal import CronScheduler

// The runner: attempts start a moment after they were handed over, sometimes much later; they end well, fail, or hang until they are ended.

extension Simulation {
    /// Hands attempts to the runner; false if the node crashed over it.
    mutating func handOver(_ attempts: [Attempt], asked: MonotonicTime?, _ node: Int) -> Bool {
        if isHit(node, at: .handover, .before) { return false }
        for attempt in attempts {
            let run = newNumber()
            nodes[node].runs[run] = .init(
                attempt: attempt, openUntil: asked.map { $0 + StartGate.trust }, isFromMemory: asked == nil,
                decided: skews(of: attempt, node, isFromMemory: asked == nil),
                isKnownPaused: nodes[node].paused.contains(attempt.run.job))
            let delay = dice.once(in: 200) ? dice.number(1_000_000_000...45_000_000_000) : dice.number(50_000...20_000_000)
            add(.launch(node: node, life: nodes[node].life, run: run), after: delay)
        }
        return !isHit(node, at: .handover, .after)
    }

    /// How the clocks were set by which an attempt was found to be due. They may go back between that and the start: it is not early for it.
    private mutating func skews(of attempt: Attempt, _ node: Int, isFromMemory: Bool) -> SimulatedNode.Skews {
        let name = ModelNode.Name(run: attempt.run, attempt: attempt.number)
        let known = nodes[node].skews.removeValue(forKey: name) ?? nodes[node].knownSkew
        return .init(fireTime: isFromMemory ? known : invariants.skews[name] ?? serverSkew, due: known)
    }

    /// An attempt starts, unless it is too late or must ask first.
    mutating func launch(_ node: Int, _ run: Int) {
        guard let pending = nodes[node].runs[run], pending.startedAt == nil else { return }
        let now = nodes[node].wall(time)
        if let deadline = pending.attempt.startDeadline, deadline < now { return finish(node, run, .skipped(.load)) }
        if let open = pending.openUntil, nodes[node].monotonic(time) > open, mutation != .skipsGate {
            let start = Start(
                run: pending.attempt.run, attempt: pending.attempt.number, fence: pending.attempt.fence, at: now, process: nil)
            return send(.gate(start), node, .gate(run))
        }
        begin(node, run, now)
    }

    mutating func takeGate(_ call: LedgerCall, _ answer: StartAnswer) {
        guard case .gate(let run) = call.waiter, nodes[call.node].runs[run] != nil else { return }
        guard nodes[call.node].monotonic(time) - call.sent <= StartGate.trust else {
            // It was held up over the answer: that may be true no more.
            return add(.launch(node: call.node, life: call.life, run: run), after: 1_000_000_000)
        }
        let own = StartAnswer.duplicate(node: nodes[call.node].memory.name)
        guard answer == .go || answer == own else { return finish(call.node, run, .interrupted) }
        nodes[call.node].runs[run]?.openUntil = nil
        begin(call.node, run, nodes[call.node].wall(time))
    }

    /// By the job as the scenario has it.
    private func due(of attempt: Attempt) -> Instant? {
        guard let fireTime = attempt.run.occasion.fireTime, var job = allJobs.first(where: { $0.id == attempt.run.job }) else { return nil }
        job.timing = attempt.job.timing
        return job.dueTime(of: fireTime)
    }

    private func edit(behind attempt: Attempt) -> Instant? {
        guard let edit = rescheduled[attempt.run.job], let job = table.first(where: { $0.id == attempt.run.job }),
            job.timing == attempt.job.timing
        else { return nil }
        return edit
    }

    private func isGoing(_ run: RunID, _ number: Int) -> Bool {
        nodes.contains { node in
            node.runs.values.contains { $0.startedAt != nil && $0.attempt.number == number && $0.attempt.run == run }
        }
    }

    private mutating func begin(_ node: Int, _ run: Int, _ now: WallTime) {
        guard let pending = nodes[node].runs[run] else { return }
        if isHit(node, at: .launch, .before) { return }
        let attempt = pending.attempt, name = ModelNode.Name(run: attempt.run, attempt: attempt.number)
        let wasClaimed = nodes[node].claimed.contains(name)
        let situation = Invariants.Situation(
            node: node, now: clock(max(serverSkew, pending.decided.fireTime)),
            nowByNode: clock(max(serverSkew, pending.decided.fireTime, pending.decided.due)),
            isFromMemory: pending.isFromMemory, isKnownPaused: pending.isKnownPaused,
            wasClaimed: wasClaimed, isBeforeGoing: attempt.number > 1 && isGoing(attempt.run, attempt.number - 1),
            due: due(of: attempt), edited: edit(behind: attempt))
        say(node, "starts \(attempt.run)#\(attempt.number) under \(attempt.fence)")
        invariants.launch(attempt, situation, ledger)
        nodes[node].runs[run]?.startedAt = now
        let life = nodes[node].life
        if isHit(node, at: .launch, .after) { return }
        tell(node, .reported([.started(Start(run: attempt.run, attempt: attempt.number, fence: attempt.fence, at: now, process: nil))]))
        guard nodes[node].life == life else { return }
        add(.end(node: node, life: life, run: run), after: duration())
    }

    private mutating func duration() -> Int64 {
        switch dice.number(0...99) {
        case 0..<75: dice.number(10_000_000...1_500_000_000)
        case 75..<97: dice.number(1_000_000_000...12_000_000_000)
        default: 60_000_000_000
        }
    }

    mutating func end(_ node: Int, _ run: Int) {
        guard let ended = nodes[node].runs[run], let startedAt = ended.startedAt else { return }
        let isHung = nodes[node].wall(time) - startedAt >= .seconds(59)
        finish(node, run, isHung ? .timedOut : dice.once(in: 6) ? .failed(.exit(1)) : .succeeded)
    }

    /// Ends runs at once.
    mutating func cancel(_ runs: Set<RunID>, as ending: RunEnding, _ node: Int) {
        let life = nodes[node].life
        let concerned = nodes[node].runs.filter { runs.contains($0.value.attempt.run) }.keys.sorted()
        for run in concerned where nodes[node].life == life { finish(node, run, ending.outcome) }
    }

    private mutating func finish(_ node: Int, _ run: Int, _ outcome: Outcome) {
        if isHit(node, at: .report, .before) { return }
        guard let ended = nodes[node].runs.removeValue(forKey: run) else { return }
        let attempt = ended.attempt
        say(node, "reports \(attempt.run)#\(attempt.number) as \(outcome)")
        tell(
            node,
            .reported([
                .finished(
                    Finish(
                        run: attempt.run, attempt: attempt.number, fence: attempt.fence, outcome: outcome, startedAt: ended.startedAt,
                        at: nodes[node].wall(time)))
            ]))
        if nodes[node].stage == .draining, nodes[node].runs.isEmpty { add(.gone(node: node, life: nodes[node].life), after: 500_000_000) }
        _ = isHit(node, at: .report, .after)
    }
}
