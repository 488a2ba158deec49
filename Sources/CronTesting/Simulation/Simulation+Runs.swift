internal import CronExpressions
internal import CronJobs
internal import CronEngine

// The runner: attempts start a moment after they were handed over, sometimes much later; they end well, fail, or hang until they are ended.

extension Simulation {
    /// Hands attempts to the runner; false if the node crashed over it.
    mutating func handOver(_ attempts: [Attempt], asked: MonotonicTime?, _ node: Int) -> Bool {
        if isHit(node, at: .handover, .before) { return false }
        for attempt in attempts { handOver(attempt, asked: asked, node) }
        if isHit(node, at: .handover, .after) { return false }
        guard !nodes[node].unheard.isEmpty else { return true }
        for attempt in attempts {
            if let ending = nodes[node].unheard.removeValue(forKey: attempt.run) { cancel([attempt.run], as: ending, node) }
        }
        return true
    }

    private mutating func handOver(_ attempt: Attempt, asked: MonotonicTime?, _ node: Int) {
        let run = newNumber(), name = ModelNode.Name(run: attempt.run, attempt: attempt.number)
        let isFromMemory = nodes[node].fromMemory.contains(name), reason = nodes[node].waiting.removeValue(forKey: name)
        // What waited may have been decided from memory, and be in the ledger by now.
        let decision = nodes[node].decidedFromMemory.removeValue(forKey: name)
        nodes[node].runs[run] = .init(
            attempt: attempt, openUntil: scenario.isAlone ? nil : asked.map { $0 + StartGate.trust }, isFromMemory: isFromMemory,
            wasFromMemory: decision != nil, decided: skews(of: attempt, node, isOwn: decision != nil || scenario.isAlone),
            isKnownPaused: decision ?? false,
            isForced: isForced(attempt), hasWaited: reason != nil,
            patience: attempt.job.policies.values.timeout?.wholeNanoseconds ?? 60_000_000_000)
        checkRoom(attempt, afterWait: reason, node)
        var delay = dice.once(in: 200) ? dice.number(1_000_000_000...45_000_000_000) : dice.number(50_000...20_000_000)
        if mutation == .shufflesQueues, case .queue? = original(attempt.run.job)?.policies.values.overlap {
            delay = dice.number(0...10_000_000_000)
        }
        add(.launch(node: node, life: nodes[node].life, run: run), after: delay)
    }

    /// Whether somebody wants an attempt beside whatever runs. Its further attempts wait like all others.
    func isForced(_ attempt: Attempt) -> Bool {
        guard attempt.number == 1, case .manual(_, let token) = attempt.run.occasion else { return false }
        return forced.contains(token)
    }

    // MARK: Claimed ahead

    /// How long until a node's clock shows a time: no longer than it may claim ahead, whatever is done to that clock.
    func untilTime(_ due: WallTime, _ node: Int) -> Int64 {
        if mutation == .startsAhead { return 0 }
        return max(0, min((due - nodes[node].wall(time)).wholeNanoseconds, SimulatedNode.lead.wholeNanoseconds))
    }

    mutating func reach(_ node: Int, _ fiber: Int) {
        guard let (attempts, _) = nodes[node].fibers[fiber]?.ahead else { return }
        if handOver(attempts, asked: nil, node) { resume(node, fiber, .handedOver) }
    }

    mutating func release(_ batch: Int, _ node: Int) {
        guard let attempts = nodes[node].ahead.removeValue(forKey: batch) else { return }
        _ = handOver(attempts, asked: nil, node)
    }

    // MARK: What holds a start

    /// The machine hands over no more than may go at once, and nothing that the load holds.
    private mutating func checkRoom(_ attempt: Attempt, afterWait reason: WaitReason?, _ node: Int) {
        if isForced(attempt) { return }
        if let limit = scenario.maxRunning {
            invariants.handOver(attempt, among: nodes[node].runs.values.count { !$0.isForced && !$0.isAdopted }, limit: limit)
        }
        if original(attempt.run.job)?.policies.values.loadGate != nil, reason == nil || reason == .load {
            invariants.passGate(attempt, isBusy: nodes[node].wasBusy)
        }
    }

    /// How the clocks were set by which an attempt was found to be due. They may go back between that and the start: it is not early for it.
    private mutating func skews(of attempt: Attempt, _ node: Int, isOwn: Bool) -> SimulatedNode.Skews {
        let name = ModelNode.Name(run: attempt.run, attempt: attempt.number)
        let known = nodes[node].skews.removeValue(forKey: name) ?? nodes[node].knownSkew
        return .init(fireTime: isOwn ? known : invariants.skews[name] ?? serverSkew, due: known)
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

    mutating func takeGate(_ call: LedgerCall, _ answer: StartAnswer?) {
        guard case .gate(let run) = call.waiter, nodes[call.node].runs[run] != nil else { return }
        guard let answer, nodes[call.node].monotonic(time) - call.sent <= StartGate.trust else {
            // Nobody can tell yet; or it was held up over the answer, and that may be true no more.
            return add(.launch(node: call.node, life: call.life, run: run), after: 1_000_000_000)
        }
        let own = StartAnswer.duplicate(node: nodes[call.node].memory.name)
        guard answer == .go || answer == own else { return finish(call.node, run, .interrupted) }
        nodes[call.node].runs[run]?.openUntil = nil
        begin(call.node, run, nodes[call.node].wall(time))
    }

    /// By the job as the scenario has it.
    private func due(of attempt: Attempt) -> Instant? {
        guard let fireTime = attempt.run.occasion.fireTime, var job = original(attempt.run.job) else { return nil }
        job.timing = attempt.job.timing
        // Jitter goes by the id, the host included.
        job.id = attempt.run.job
        return job.dueTime(of: fireTime)
    }

    private func edit(behind attempt: Attempt, on node: Int) -> Instant? {
        if nodes[node].edits.isEmpty { return nil }
        guard let id = original(attempt.run.job)?.id, let edit = nodes[node].edits[id], let job = table.first(where: { $0.id == id }),
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
            node: node, skew: serverSkew, tolerance: scenario.isAlone ? .zero : .milliseconds(500),
            now: clock(max(serverSkew, pending.decided.fireTime)),
            nowByNode: clock(max(serverSkew, pending.decided.fireTime, pending.decided.due)),
            isFromMemory: pending.isFromMemory, wasFromMemory: pending.wasFromMemory, isKnownPaused: pending.isKnownPaused,
            wasClaimed: wasClaimed, isBeforeGoing: attempt.number > 1 && isGoing(attempt.run, attempt.number - 1),
            due: pending.hasWaited ? nil : due(of: attempt), edited: pending.hasWaited ? nil : edit(behind: attempt, on: node),
            policies: original(attempt.run.job)?.policies.values ?? attempt.job.policies.values,
            isForced: pending.isForced, rivals: rivals(of: attempt, run, node), lastOfQueue: nodes[node].lastOfQueue[attempt.run.job])
        say(node, "starts \(attempt.run)#\(attempt.number) under \(attempt.fence)")
        invariants.launch(attempt, situation, ledger)
        if let fireTime = attempt.run.occasion.fireTime, attempt.number == 1 { nodes[node].lastOfQueue[attempt.run.job] = fireTime }
        nodes[node].runs[run]?.startedAt = now
        nodes[node].runs[run]?.begunAt = time
        let life = nodes[node].life
        if isHit(node, at: .launch, .after) { return }
        tell(node, .reported([.started(Start(run: attempt.run, attempt: attempt.number, fence: attempt.fence, at: now, process: nil))]))
        guard nodes[node].life == life else { return }
        let duration = min(duration(), pending.patience)
        nodes[node].runs[run]?.endsAt = time &+ duration
        add(.end(node: node, life: life, run: run), after: duration)
    }

    private mutating func duration() -> Int64 {
        switch dice.number(0...99) {
        case 0..<75: dice.number(10_000_000...1_500_000_000)
        case 75..<97: dice.number(1_000_000_000...12_000_000_000)
        default: 60_000_000_000
        }
    }

    mutating func end(_ node: Int, _ run: Int) {
        guard let ended = nodes[node].runs[run], ended.startedAt != nil else { return }
        if let ending = ended.ending { return finish(node, run, ending.outcome) }
        // What is to end for its time takes a moment, too.
        if time &- ended.begunAt >= ended.patience { return endSoon(node, run, .timedOut) }
        finish(node, run, ended.isAdopted ? .unknownAdopted : dice.once(in: 6) ? .failed(.exit(1)) : .succeeded)
    }

    /// Asks runs to end: what has not started never does.
    mutating func cancel(_ runs: [RunID], as ending: RunEnding, _ node: Int) {
        if isHit(node, at: .cancel, .before) { return }
        let life = nodes[node].life
        for id in runs {
            let concerned = nodes[node].runs.filter { $0.value.attempt.run == id }
            if concerned.isEmpty, nodes[node].machine.has(id) { nodes[node].unheard[id] = ending }
            for (run, value) in concerned.sorted(by: { $0.key < $1.key }) where nodes[node].life == life {
                if value.startedAt == nil { finish(node, run, ending.outcome) } else { endSoon(node, run, ending) }
            }
        }
        if nodes[node].life == life { _ = isHit(node, at: .cancel, .after) }
    }

    /// Who asks first decides what it ends as.
    private mutating func endSoon(_ node: Int, _ run: Int, _ ending: RunEnding) {
        let wait = dice.once(in: 4) ? dice.number(1...10) * 1_000_000_000 : 5_000_000
        if nodes[node].runs[run]?.ending == nil { nodes[node].runs[run]?.ending = ending }
        nodes[node].runs[run]?.endsAt = time &+ wait
        add(.end(node: node, life: nodes[node].life, run: run), after: wait)
    }

    // MARK: Load

    mutating func readLoad(_ node: Int) {
        let isBusy = nodes[node].busyUntil > time
        nodes[node].wasBusy = isBusy
        tell(node, .loadRead([.cpu: isBusy && mutation != .hidesLoad ? 90 : 5]))
    }

    // MARK: Rivals

    /// The attempts of its job that go on by right: on this node, and where others have them in the ledger.
    private func rivals(of attempt: Attempt, _ number: Int, _ node: Int) -> [Invariants.Rival] {
        guard let policies = original(attempt.run.job)?.policies.values, policies.overlap != .allow || policies.maxRunning < 3000 else {
            return []
        }
        var rivals: [Invariants.Rival] = []
        for place in nodes.indices {
            for (other, run) in nodes[place].runs
            where run.startedAt != nil && run.attempt.run.job == attempt.run.job && !run.isForced {
                // Adopted since this one was handed over: while the store decided nothing, nobody knew of it.
                if run.isAdopted, place == node, other > number { continue }
                let name = ModelNode.Name(run: run.attempt.run, attempt: run.attempt.number)
                guard name.run != attempt.run || name.attempt != attempt.number else { continue }
                let row = ledger.row(name.run, name.attempt)
                var isEntered = !run.isFromMemory && row?.isOpen == true && (scenario.isAlone || row?.node == nodes[place].memory.name)
                // What went without the ledger counts there from when it was entered.
                if run.wasFromMemory, let row, row.fence > attempt.fence { isEntered = false }
                rivals.append(.init(name: name, isHere: place == node, isEntered: isEntered))
            }
        }
        return rivals
    }

    mutating func finish(_ node: Int, _ run: Int, _ outcome: Outcome) {
        if isHit(node, at: .report, .before) { return }
        guard let ended = nodes[node].runs.removeValue(forKey: run) else { return }
        let attempt = ended.attempt
        nodes[node].unheard[attempt.run] = nil
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
