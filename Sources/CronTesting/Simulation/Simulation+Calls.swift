internal import CronExpressions
internal import CronJobs
internal import CronEngine

// A request goes out, arrives and is answered: three happenings. On the way it meets what the scenario has laid there.

extension Simulation {
    mutating func send(_ question: LedgerCall.Question, _ node: Int, _ waiter: LedgerCall.Waiter) {
        let number = newNumber(), point = question.point
        var call = LedgerCall(
            node: node, life: nodes[node].life, question: question, waiter: waiter, caller: nodes[node].memory.caller,
            sent: nodes[node].monotonic(time), wall: nodes[node].wall(time))
        if case .claim = question { call.token = nodes[node].memory.newToken() }
        calls[number] = call
        if isHit(node, at: point, .before) { return }
        let isLost = nodes[node].spring(point) { if case .loseRequest = $0 { true } else { false } }
        if let isLost { report.tally.count(isLost) }
        if let isLost { say(node, "meets \(isLost)") }
        guard isLost == nil, !isAway(node) else {
            nodes[node].memory.isTold = false
            return add(.fail(call: number), after: dice.number(1_000_000...1_500_000_000))
        }
        add(.arrive(call: number), after: latency())
    }

    private mutating func latency() -> Int64 {
        dice.once(in: 50) ? dice.number(5_000_000...400_000_000) : dice.number(100_000...3_000_000)
    }

    private func isAway(_ node: Int) -> Bool { awayUntil > time || nodes[node].cutUntil > time }

    /// Whether a crash falls on this side of a step; it may freeze the node instead, and go on.
    mutating func isHit(_ node: Int, at point: Fault.Point, _ side: Fault.Side) -> Bool {
        let fault = nodes[node].spring(point) { fault in
            switch fault {
            case .crash(_, _, side), .kill(_, _, side), .freeze(_, _, side, _): true
            default: false
            }
        }
        guard let fault else { return false }
        report.tally.count(fault)
        say(node, "meets \(fault)")
        if case .freeze(_, _, _, let duration) = fault {
            nodes[node].frozenUntil = time &+ duration * 1_000_000
            return false
        }
        if case .kill = fault { kill(node) } else { crash(node) }
        return true
    }

    mutating func arrive(_ number: Int) {
        guard var call = calls[number] else { return }
        let node = call.node, isAlive = nodes[node].life == call.life
        // A store of one's own goes with its service.
        if scenario.isAlone, !isAlive { return calls[number] = nil }
        if isAway(node) {
            if isAlive { nodes[node].memory.isTold = false }
            return add(.fail(call: number), after: dice.number(1_000_000...1_000_000_000))
        }
        // Each node has a consumer, and says so with each call.
        ledger.keepsFacts = true
        let reply = scenario.isAlone ? applyAlone(call) : apply(call, isAlive: isAlive)
        if mutation == .losesFacts || mutation == .repeatsFacts { spoilFacts() }
        invariants.readFacts(of: ledger)
        say(call, reply)
        call.reply = reply
        calls[number] = call
        guard isAlive else { return calls[number] = nil }
        if isHit(node, at: call.question.point, .after) { return }
        if let lost = nodes[node].spring(call.question.point, where: { if case .loseReply = $0 { true } else { false } }) {
            report.tally.count(lost)
            say(node, "meets \(lost)")
            nodes[node].memory.isTold = false
            return add(.fail(call: number), after: dice.number(1_000_000...2_000_000_000))
        }
        add(.answer(call: number), after: latency())
    }

    /// Two mutations.
    private mutating func spoilFacts() {
        guard let last = ledger.facts.last, dice.once(in: 50) else { return }
        if mutation == .repeatsFacts { ledger.facts.append(last) } else { ledger.facts.removeLast() }
    }

    // MARK: Answers

    mutating func takeAnswer(_ number: Int) {
        guard let call = calls.removeValue(forKey: number), let reply = call.reply else { return }
        let node = call.node
        switch reply {
        case .opened(let opening, let clock):
            hear(clock, of: call)
            opened(node, opening)
        case .marks(let marks): replaceTable(node, marks, isBoot: { if case .boot = call.waiter { true } else { false } }())
        case .done: resume(node, call, .skipped)
        case .quarantined: resume(node, call, .failed(StoreError(.quarantined, "it decides nothing yet"), .claim))
        case .claims(let answers, let clock, let settledAt): takeClaims(call, answers, clock: clock, settledAt: settledAt)
        case .finished(let recorded): takeFinishes(call, recorded)
        case .renewed(let renewal, let clock, let view):
            hear(clock, of: call)
            nodes[node].living = view.nodes
            nodes[node].quarantine = view.quarantine
            for run in renewal.lost { nodes[node].memory.lose(run) }
            for request in renewal.requests { nodes[node].memory.heard(request) }
            resume(node, call, .renewed(renewal))
            if nodes[node].life == call.life, nodes[node].stage == .up { heardOnce(node, view.storedJobs) }
        case .rewound(let jobs):
            // Its own memory is set back, too.
            if case .rewind(let limit, let mark) = call.question { nodes[node].memory.rewound(after: limit, to: mark) }
            resume(node, call, .rewound(jobs))
        case .found(let histories): resume(node, call, .found(histories))
        case .swept(let open): takeSwept(node, open, isBoot: { if case .sweep(isBoot: true) = call.waiter { true } else { false } }())
        case .gated(let answer): takeGate(call, answer)
        case .requested(let isOpen): if case .request(let run, _) = call.question { resume(node, call, .requested(run, isOpen: isOpen)) }
        case .once(let reply): if case .once(let question) = call.question { takeOnce(node, question, reply) }
        case .records(let records): if case .history(let run) = call.question { resume(node, call, .history(run, records)) }
        }
    }

    private mutating func resume(_ node: Int, _ call: LedgerCall, _ answer: SchedulerMachine.Answer) {
        switch call.waiter {
        case .fiber(let fiber, _): resume(node, fiber, answer)
        case .outcomes(let fiber, let finishes):
            if finishes.isEmpty { return resume(node, fiber, .outcomesWritten(refused: [])) }
            send(.finish(finishes), node, .fiber(fiber, .outcome))
        case .sweep, .gate, .boot, .table, .nobody: break
        }
    }

    private mutating func takeClaims(
        _ call: LedgerCall, _ reply: ModelLedger.ClaimReply, clock: WallTime, settledAt: WallTime
    ) {
        guard case .claim(let claims, let entered, _) = call.question else { return }
        let node = call.node
        guard case .answers(let replies) = reply else {
            let roundTrip = nodes[node].monotonic(time) - call.sent
            hear(clock, of: call)
            let early = call.wall - clock, late = (clock - call.wall) - roundTrip
            if max(early, late) > ClockEstimate.tolerance {
                return resume(node, call, .claimed(claims.map { _ in .later(.milliseconds(1)) }))
            }
            return send(.claim(claims, entered, isSure: true), node, call.waiter)
        }
        let answers = zip(claims, replies).map { claim, reply -> ClaimAnswer in
            let answer = nodes[node].memory.take(claim, reply, token: call.token, entered: entered, settledAt: settledAt)
            guard case .won = answer else { return answer }
            let name = ModelNode.Name(run: claim.run, attempt: claim.attempt)
            nodes[node].claimed.insert(name)
            nodes[node].fromMemory.remove(name)
            return answer
        }
        resume(node, call, .claimed(answers))
    }

    private mutating func takeFinishes(_ call: LedgerCall, _ recorded: [Bool]) {
        guard case .finish(let finishes) = call.question else { return }
        for (finish, isRecorded) in zip(finishes, recorded) {
            nodes[call.node].memory.settled(finish, isRecorded: isRecorded)
        }
        resume(call.node, call, .outcomesWritten(refused: zip(finishes, recorded).filter { !$1 }.map(\.0)))
    }

    private mutating func hear(_ clock: WallTime, of call: LedgerCall) {
        if scenario.isAlone { return }
        let node = call.node
        let answer = ClockEstimate.Answer(theirs: clock, sent: call.sent, received: nodes[node].monotonic(time))
        if let jump = nodes[node].estimate.add(answer), jump < .zero { nodes[node].memory.clockWasSetBack() }
        nodes[node].knownSkew = max(nodes[node].knownSkew, nodes[node].skew(time))
    }

    mutating func takeFailure(_ number: Int) {
        guard let call = calls.removeValue(forKey: number) else { return }
        let node = call.node, error = StoreError(.unavailable, "no answer")
        switch call.question {
        case .claim(let claims, _, _):
            nodes[node].memory.noAnswer(to: call.token)
            if mutation == .startsUnclaimed { startUnclaimed(claims, node) }
        case .finish(let finishes): nodes[node].memory.noAnswer(about: finishes.map { .init(run: $0.run, attempt: $0.attempt) })
        case .gate(let start): nodes[node].memory.noAnswer(about: [.init(run: start.run, attempt: start.attempt)])
        case .once(.list), .once(.putBack):
            nodes[node].once.isLooking = false
            nodes[node].once.isLookDue = true
        default: break
        }
        say(node, "has no answer to \(call.question.point)")
        switch call.waiter {
        case .fiber(let fiber, let kind): fail(node, fiber, error, kind)
        case .outcomes(let fiber, _): fail(node, fiber, error, .outcome)
        case .sweep(let isBoot):
            nodes[node].isSweeping = false
            if isBoot, scenario.isAlone { crash(node) } else if isBoot { begin(node) }
        case .nobody: break
        case .gate(let run): add(.launch(node: node, life: nodes[node].life, run: run), after: 1_000_000_000)
        case .boot: crash(node)
        case .table: add(.table(node: node, life: nodes[node].life), after: 1_000_000_000)
        }
    }

    /// A mutation: what could not be claimed starts all the same.
    private mutating func startUnclaimed(_ claims: [Claim], _ node: Int) {
        for claim in claims {
            guard let job = tables[node].first(where: { $0.id == claim.run.job }), let fireTime = claim.run.occasion.fireTime else {
                continue
            }
            _ = handOver([Attempt(run: claim.run, fence: 1, trigger: .scheduled, job: job, scheduledAt: fireTime)], asked: nil, node)
        }
    }

    private mutating func fail(_ node: Int, _ fiber: Int, _ error: StoreError, _ kind: Outage.Call) {
        resume(node, fiber, .failed(error, kind))
    }
}
