internal import CronExpressions
internal import CronJobs

// Somebody wants a run to end. Where it is decides what that takes:
//
//    here: it runs ──────────────▶ the runner ends it
//          it waits ─────────────▶ it has its outcome at once
//          its next attempt waits ▶ that is claimed, and has its outcome at once: nobody starts it, after a crash neither
//          it has just ended ─────▶ refused, though the ledger has yet to hear of it
//    else ─▶ is it open? ── yes ─▶ its owner hears of it with its next renewal
//             └─ no ─▶ history ──▶ to be tried again: as above; ended; unknown

/// The wish that a run ends, while the store is asked where it is.
struct Cancelling {
    typealias Effect = SchedulerMachine.Effect

    /// What follows.
    struct Step {
        var effects: [Effect] = []
        /// A further attempt is to be claimed so that nobody starts it.
        var withdraws = false
    }

    /// At most one: whoever asks about a run that is not here does so under the scheduler's lock.
    private var asked: CancelOrder?
    /// Whose further attempt is being claimed so that nobody starts it.
    private var withdrawing: CancelOrder?

    var isWithdrawing: Bool { withdrawing != nil }

    mutating func begin(_ order: CancelOrder, _ agenda: inout Agenda, _ situation: inout Situation, _ now: Moment) -> Step {
        if let (effects, answer) = situation.cancel(order.run, by: order.by, now) {
            // Who asked is kept with the run, if the store takes it.
            return Step(effects: effects + [.ask(.request(order.run, by: order.by, now: now.wall)), .answerCancel(order, answer)])
        }
        if agenda.cancelRetry(of: order.run, by: order.by, now: now.wall) { return withdraw(order) }
        if let outcome = situation.outcomes.unwrittenOutcome(of: order.run) {
            return Step(effects: [.answerCancel(order, .refused(.hasEnded(outcome)))])
        }
        asked = order
        return Step(effects: [.ask(.request(order.run, by: order.by, now: now.wall))])
    }

    mutating func requested(_ run: RunID, isOpen: Bool) -> [Effect] {
        guard let order = asked, order.run == run else { return [] }
        if !isOpen { return [.ask(.history(run))] }
        asked = nil
        return [.answerCancel(order, .passedOn)]
    }

    /// The history of its job.
    mutating func found(_ records: [RunRecord], of run: RunID, _ agenda: inout Agenda, _ now: Moment) -> Step {
        guard let order = asked, order.run == run else { return Step() }
        asked = nil
        guard let last = records.filter({ $0.run == run }).max(by: { $0.attempt < $1.attempt }) else {
            return Step(effects: [.answerCancel(order, .refused(.unknownRun))])
        }
        guard let outcome = last.outcome else { return Step(effects: [.answerCancel(order, .passedOn)]) }
        if let job = agenda.table.job(run.job), let retry = Retry(after: last, job: job), !retry.isTooLate(now.wall) {
            agenda.add(retry)
            if agenda.cancelRetry(of: run, by: order.by, now: now.wall) { return withdraw(order) }
        }
        return Step(effects: [.answerCancel(order, .refused(.hasEnded(outcome)))])
    }

    /// The store does not say where it is.
    mutating func failed(_ error: StoreError) -> [Effect] {
        guard let order = asked else { return [] }
        asked = nil
        return [.answerCancel(order, .refused(.storeFails(error.message)))]
    }

    private mutating func withdraw(_ order: CancelOrder) -> Step {
        withdrawing = order
        return Step(effects: [.tell([.cancelAsked(order.run, by: order.by)])], withdraws: true)
    }

    /// Its claim is decided, or was not: then it is claimed once that can be, and nobody can rely on it.
    mutating func withdrawn(_ agenda: Agenda, _ situation: Situation) -> [Effect] {
        guard let order = withdrawing else { return [] }
        withdrawing = nil
        if agenda.hasRetry(of: order.run) {
            let reason =
                situation.stage == .draining ? "the service ends" : situation.store.fails ? situation.store.reason : "it waits for a moment"
            return [.answerCancel(order, .refused(.storeFails(reason)))]
        }
        return [.answerCancel(order, .neverStarts)]
    }
}

extension Situation {
    func has(_ run: RunID) -> Bool { running[run] != nil || waiting[run] != nil }

    /// Ends a run that is here; nil if it is not.
    mutating func cancel(_ run: RunID, by: String, _ now: Moment) -> (effects: [SchedulerMachine.Effect], answer: CancelAnswer)? {
        let told = SchedulerMachine.Effect.tell([.cancelAsked(run, by: by)])
        let waiting = waiting.remove(run), isRunning = running[run] != nil
        guard waiting != nil || isRunning else { return nil }
        var effects = [told]
        if let waiting { effects += released(end([waiting], .cancelled, now), at: now) }
        guard isRunning else { return (effects, .neverStarts) }
        // Asked again, it is told again: the runner knows what it does already.
        _ = running.cancel([run])
        return (effects + [.cancel([run], as: .cancelled)], .isEnding)
    }

    /// What is asked of runs that are ours, told with each renewal until they end.
    mutating func cancel(_ requests: [Renewal.Request], _ now: Moment) -> [SchedulerMachine.Effect] {
        var effects: [SchedulerMachine.Effect] = []
        for request in requests where request.request.kind == .cancel && !running.isCancelled(request.run.run) {
            effects += cancel(request.run.run, by: request.request.by, now)?.effects ?? []
        }
        return effects
    }

    /// Attempts that are no longer ours.
    mutating func giveAway(_ renewal: Renewal, _ now: Moment) -> [SchedulerMachine.Effect] {
        var events: [SchedulerEvent] = [], gone = settledByWorkers(renewal.lost)
        // What has not started will not: whoever has it now decides.
        var lost = running.lose(renewal.lost)
        for run in renewal.lost {
            guard let waiting = waiting.remove(run.run, attempt: run.attempt) else { continue }
            lost.append(run.run)
            leave(waiting.attempt)
        }
        if !lost.isEmpty { events.append(.leasesLost(lost)) }
        for handed in renewal.handedOver {
            let run = handed.run
            guard let attempt = running.leave(run.run, attempt: run.attempt) ?? waiting.remove(run.run, attempt: run.attempt)?.attempt
            else { continue }
            leave(attempt)
            if attempt.job.isForWorkers { gone.append(attempt.run) }
            events.append(.handedOver(attempt.run, to: handed.to))
        }
        var effects: [SchedulerMachine.Effect] = []
        effects.tell(events)
        if !gone.isEmpty { effects.append(.letGo(gone)) }
        return effects + released(at: now)
    }

    /// Of what is lost, those that workers had: nothing of them goes on here. A worker may have started one and ended it since the last renewal.
    private mutating func settledByWorkers(_ lost: [OpenRun]) -> [RunID] {
        lost.compactMap { open in
            guard let attempt = running[open.run, open.attempt], attempt.job.isForWorkers, attempt.fence == open.fence else { return nil }
            _ = running.leave(open.run, attempt: open.attempt)
            leave(attempt)
            return open.run
        }
    }
}
