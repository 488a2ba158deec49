internal import CronExpressions
internal import CronJobs
internal import CronEngine

// What `SchedulerEngine` does around its machine, without waiting.

extension Simulation {
    /// Tells a machine what happened, and begins with what it wants.
    mutating func tell(_ node: Int, _ event: SchedulerMachine.Event, isLocked: Bool = false) {
        var moment = nodes[node].moment(time)
        if mutation == .clockAhead { moment.wall = moment.wall + .seconds(3) }
        let effects = nodes[node].machine.handle(event, at: moment)
        if effects.isEmpty, !isLocked { return resumeWaiting(node) }
        let fiber = newNumber()
        nodes[node].fibers[fiber] = .init(left: effects.reversed(), isLocked: isLocked)
        if isLocked {
            nodes[node].lockHolder = fiber
            nodes[node].knownSkew = nodes[node].skew(time)
        }
        go(node, fiber)
    }

    /// What looks at table and time comes one after another.
    mutating func tellLocked(_ node: Int, _ event: SchedulerMachine.Event) {
        guard nodes[node].lockHolder == nil else { return nodes[node].waitingForLock.append(event) }
        tell(node, event, isLocked: true)
    }

    /// An answer has come: what follows from it comes before what is left.
    mutating func resume(_ node: Int, _ fiber: Int, _ answer: SchedulerMachine.Answer) {
        guard nodes[node].fibers[fiber] != nil else { return }
        let effects = nodes[node].machine.handle(.answered(answer), at: nodes[node].moment(time))
        nodes[node].fibers[fiber]?.left += effects.reversed()
        go(node, fiber)
    }

    /// Does what is left, up to the next thing that must be waited for.
    private mutating func go(_ node: Int, _ fiber: Int) {
        let life = nodes[node].life
        while let effect = nodes[node].fibers[fiber]?.left.popLast() {
            if !perform(effect, node, fiber) { return resumeWaiting(node) }
            if nodes[node].life != life { return }
        }
        guard let ended = nodes[node].fibers.removeValue(forKey: fiber) else { return }
        if ended.isLocked { unlock(node) }
        if let (order, answer) = ended.answer { hear(answer, to: order, node) }
        if let (order, answer) = ended.cancelAnswer { hear(answer, to: order, node) }
        if nodes[node].life == life { resumeWaiting(node) }
    }

    private mutating func unlock(_ node: Int) {
        nodes[node].lockHolder = nil
        if nodes[node].isLooking {
            nodes[node].isLooking = false
            sleep(node)
        }
        guard !nodes[node].waitingForLock.isEmpty else { return }
        let event = nodes[node].waitingForLock.removeFirst()
        if case .time = event { nodes[node].isLooking = true }
        tell(node, event, isLocked: true)
    }

    /// Somebody waits until nothing is written any more.
    private mutating func resumeWaiting(_ node: Int) {
        guard !nodes[node].waitingForOutcomes.isEmpty, !nodes[node].machine.isWritingOutcomes else { return }
        let fibers = nodes[node].waitingForOutcomes
        nodes[node].waitingForOutcomes = []
        for fiber in fibers { resume(node, fiber, .outcomesSettled) }
    }

    /// Does one effect; false if its answer comes later.
    private mutating func perform(_ effect: SchedulerMachine.Effect, _ node: Int, _ fiber: Int) -> Bool {
        switch effect {
        case .tell(let events): for event in events { hear(event, node) }
        case .answer(let order, let answer): nodes[node].fibers[fiber]?.answer = (order, answer)
        case .answerCancel(let order, let answer): nodes[node].fibers[fiber]?.cancelAnswer = (order, answer)
        case .readLoad: add(.load(node: node, life: nodes[node].life), after: dice.number(20_000...3_000_000))
        case .wake: poke(node)
        case .release(let attempts, let due, let asked):
            let wait = scenario.isAlone ? untilTime(due, node) : 0
            if wait == 0 {
                _ = handOver(attempts, asked: asked, node)
            } else {
                let batch = newNumber()
                nodes[node].ahead[batch] = attempts
                add(.released(node: node, life: nodes[node].life, batch: batch), after: wait)
            }
        case .cancel(let runs, let ending): cancel(runs, as: ending, node)
        case .letGo, .recorded: break
        case .start(let attempts, let due, let asked):
            let wait = scenario.isAlone ? untilTime(due, node) : 0
            if wait > 0 {
                nodes[node].fibers[fiber]?.ahead = (attempts, due)
                add(.reached(node: node, life: nodes[node].life, fiber: fiber), after: wait)
                return false
            }
            if handOver(attempts, asked: asked, node) { resume(node, fiber, .handedOver) }
            return false
        case .gatherOutcomes: add(.gathered(node: node, life: nodes[node].life), after: dice.number(0...3_000_000))
        case .awaitOutcomes:
            nodes[node].waitingForOutcomes.append(fiber)
            return false
        case .askPeers:
            let view = view(of: node)
            nodes[node].paused = view.paused
            resume(node, fiber, .heard(view))
            return false
        case .ask(let question):
            ask(question, node, fiber)
            return false
        }
        return true
    }

    /// How the clock is set by which it is found to be due; of what was decided from memory that is known already.
    private mutating func note(_ claim: Claim, _ node: Int) {
        let name = ModelNode.Name(run: claim.run, attempt: claim.attempt)
        if nodes[node].decidedFromMemory[name] == nil { nodes[node].skews[name] = nodes[node].knownSkew }
    }

    private mutating func ask(_ question: SchedulerMachine.Question, _ node: Int, _ fiber: Int) {
        let waiter = LedgerCall.Waiter.fiber(fiber, question.call)
        switch question {
        case .skip(let skips, let now): send(.skip(skips, now), node, waiter)
        case .claim(let claims, let now):
            for claim in claims { note(claim, node) }
            send(.claim(claims, now, isSure: false), node, waiter)
        case .write(let group):
            if group.starts.isEmpty { return send(.finish(group.finishes), node, waiter) }
            send(.start(group.starts), node, .outcomes(fiber, group.finishes))
        case .renew(let open, _): send(.renew(open), node, waiter)
        case .rewind(let limit, let mark): send(.rewind(limit, mark), node, waiter)
        case .search(let jobs): send(.search(jobs), node, waiter)
        case .request(let run, let by, _): send(.request(run, by: by), node, waiter)
        case .history(let run): send(.history(run), node, waiter)
        }
    }

    // MARK: The loop

    /// The loop looks at the clock.
    mutating func look(_ node: Int) {
        guard nodes[node].stage == .up else { return }
        guard nodes[node].lockHolder == nil else { return nodes[node].waitingForLock.append(.time) }
        nodes[node].isLooking = true
        tell(node, .time, isLocked: true)
    }

    private mutating func sleep(_ node: Int) {
        guard nodes[node].stage == .up else { return }
        if mutation == .neverAsks, time > 60_000_000_000 { return }
        let now = nodes[node].wall(time)
        var delay = max(0, (nodes[node].machine.nextWake(now) - now).wholeNanoseconds)
        if nodes[node].isPoked { delay = 0 }
        nodes[node].isPoked = false
        wake(node, after: delay &+ dice.number(20_000...1_000_000))
    }

    private mutating func poke(_ node: Int) {
        guard !nodes[node].isLooking else { return nodes[node].isPoked = true }
        if nodes[node].stage == .up { wake(node, after: dice.number(10_000...200_000)) }
    }

    private mutating func wake(_ node: Int, after delay: Int64) {
        nodes[node].wakeNumber += 1
        add(.wake(node: node, life: nodes[node].life, number: nodes[node].wakeNumber), after: delay)
    }

    func view(of node: Int) -> SharedView {
        let offset = nodes[node].estimate.reading(at: nodes[node].monotonic(time)).map {
            $0 - WallTime(nanoseconds: time &+ Self.beginning.nanoseconds &+ nodes[node].wallSkew)
        }
        return SharedView(
            nodes: nodes[node].living, clockOffset: offset, quarantine: nodes[node].quarantine,
            paused: nodes[node].memory.paused(nodes[node].wall(time)))
    }
}
