internal import CronExpressions
internal import CronJobs

// The one way by which anything is claimed: a fire time, a further attempt, a job of the service's start, a run that somebody asks for.
//
//    rests ─▶ round of a source ─▶ enters what is owed ─▶ skips what is missed ─▶ claims ─▶ starts the winners ─▶ next source … ─▶ rests
//               │ (further attempts: first what             │ the store failed                │ not decided:
//               │  ended is written)                        ▼                                 ▼ put back
//               └──────────────────────────────▶ put back, but for what may do without the store, which is owed
//
// The order is the promise. A fire time that was claimed and not started is a visible loss; one that was started and not claimed could start
// twice. Owed decisions are entered before anything new, because a watermark only moves forward.
//
// Each step is one question to the store; its answer leads to the next. A store that fails, or wants to be left alone, ends the rounds: the rest
// comes again once it may be asked.

/// Where the claiming path stands.
struct Claiming {
    typealias Effect = SchedulerMachine.Effect

    private static let owedAtOnce = 250

    private enum Phase {
        case resting
        /// A run that is over makes room for its next attempt only once the ledger knows that it is over.
        case awaitingOutcomes(Round)
        case entering(OwedDecisions.Batch, Round, asked: MonotonicTime)
        case skipping(Round)
        case claiming(Round, asked: MonotonicTime)
        case starting(Round.Source)
    }

    private var phase = Phase.resting

    var isResting: Bool { if case .resting = phase { true } else { false } }

    // MARK: Rounds

    /// Begins with a source, or with the first one after it that has something.
    mutating func begin(_ first: Round.Source?, _ agenda: inout Agenda, _ situation: inout Situation, _ now: Moment) -> [Effect] {
        var source = first, effects: [Effect] = []
        phase = .resting
        while let next = source, situation.stage == .running, !situation.store.isHeld(now.wall) {
            let (round, events) = agenda.take(next, at: now.wall, situation)
            effects.tell(events)
            if !round.retries.isEmpty {
                phase = .awaitingOutcomes(round)
                return effects + situation.settleOutcomes()
            }
            if !round.isEmpty || situation.owed.wants(at: now.wall) { return effects + proceed(round, &agenda, &situation, now) }
            source = next.following
        }
        return effects
    }

    /// Enters what is owed and nothing else, so that nothing is lost at the end.
    mutating func settle(_ agenda: inout Agenda, _ situation: inout Situation, _ now: Moment) -> [Effect] {
        proceed(Round(.settling, now: now.wall), &agenda, &situation, now)
    }

    private mutating func settled(_ situation: inout Situation) -> [Effect] {
        phase = .resting
        var effects: [Effect] = []
        if situation.stage == .draining, !situation.owed.isEmpty { effects.tell([.decisionsLost(situation.owed.count)]) }
        return effects + situation.settleOutcomes()
    }

    // MARK: Questions

    private mutating func proceed(_ round: Round, _ agenda: inout Agenda, _ situation: inout Situation, _ now: Moment) -> [Effect] {
        var round = round
        situation.owed.endRest(at: now.wall)
        if let batch = situation.owed.first(Self.owedAtOnce) {
            round.isAsked = true
            phase = .entering(batch, round, asked: now.monotonic)
            switch batch {
            case .skips(let skips): return [.ask(.skip(skips, now: round.now))]
            case .runs(let runs): return [.ask(.claim(runs.map(\.claim), now: round.now))]
            }
        }
        if round.missed.isEmpty { return claim(round, &agenda, &situation, now) }
        round.isAsked = true
        phase = .skipping(round)
        return [.ask(.skip(round.missed, now: round.now))]
    }

    private mutating func claim(_ round: Round, _ agenda: inout Agenda, _ situation: inout Situation, _ now: Moment) -> [Effect] {
        if round.candidates.isEmpty { return finish(round, [], asked: now.monotonic, &agenda, &situation, now) }
        var round = round
        round.isAsked = true
        phase = .claiming(round, asked: now.monotonic)
        return [.ask(.claim(round.candidates.map(\.claim), now: round.now))]
    }

    // MARK: Answers

    mutating func outcomesSettled(_ agenda: inout Agenda, _ situation: inout Situation, _ now: Moment) -> [Effect] {
        guard case .awaitingOutcomes(var round) = phase else { return [] }
        // The write failed: an exclusive job's run would stand in the way of its own next attempt.
        for var retry in round.withdrawRetries(of: situation.outcomes.unwritten) {
            retry.due = max(retry.due, now.wall + StoreState.retryInterval)
            _ = agenda.add(retry)
        }
        if round.isEmpty && !situation.owed.wants(at: now.wall) { return begin(round.source.following, &agenda, &situation, now) }
        return proceed(round, &agenda, &situation, now)
    }

    mutating func skipped(_ agenda: inout Agenda, _ situation: inout Situation, _ now: Moment) -> [Effect] {
        switch phase {
        case .entering(.skips(let skips), let round, _):
            situation.owed.removeFirst(skips.count)
            var effects: [Effect] = []
            // What was missed was told when it was decided.
            effects.tell(skips.filter { if case .skipped = $0.outcome { true } else { false } }.map(\.event))
            return effects + proceed(round, &agenda, &situation, now)
        case .skipping(let round): return claim(round, &agenda, &situation, now)
        default: return []
        }
    }

    mutating func claimed(_ answers: [ClaimAnswer], _ agenda: inout Agenda, _ situation: inout Situation, _ now: Moment) -> [Effect] {
        switch phase {
        case .entering(.runs(let runs), let round, let asked):
            let (settlement, effects) = enter(runs, answers, asked: asked, &agenda, &situation)
            if !settlement.early.isEmpty { situation.owed.rest(settlement.early, until: now.wall + StoreState.longestHold) }
            if settlement.isUndecided {
                return effects + failed(StoreError(.quarantined, "the store decides nothing yet"), &agenda, &situation, now)
            }
            if settlement.early.isEmpty || round.source != .due { return effects + proceed(round, &agenda, &situation, now) }
            // Without the jobs that rest now.
            agenda.putBack(round)
            return effects + begin(.due, &agenda, &situation, now)
        case .claiming(let round, let asked):
            agenda.claimsTook(now.monotonic - asked)
            return finish(round, answers, asked: asked, &agenda, &situation, now)
        default: return []
        }
    }

    /// What ran from memory is in the ledger now, or another node decided it, too.
    private func enter(
        _ runs: [OwedDecisions.Run], _ answers: [ClaimAnswer], asked: MonotonicTime, _ agenda: inout Agenda, _ situation: inout Situation
    ) -> (settlement: OwedDecisions.Settlement, effects: [Effect]) {
        let settlement = situation.owed.settle(runs, answers)
        for (run, fence) in settlement.entered {
            situation.running.setFence(fence, of: run)
            situation.waiting.enter(run, under: fence, asked: asked)
        }
        for run in settlement.elsewhere {
            situation.running.isElsewhere(run)
            // It has not started here: theirs is enough.
            if let waiting = situation.waiting.remove(run) { situation.leave(waiting.attempt) }
        }
        for event in settlement.events { situation.outcomes.note(event) }
        var effects = situation.writeOutcomes()
        effects.tell(settlement.elsewhere.map { .alsoElsewhere($0) })
        if situation.stage == .running { effects.tell(settlement.retries.filter { agenda.add($0) }.map(\.event)) }
        return (settlement, effects)
    }

    private mutating func finish(
        _ round: Round, _ answers: [ClaimAnswer], asked: MonotonicTime, _ agenda: inout Agenda, _ situation: inout Situation, _ now: Moment
    ) -> [Effect] {
        if round.source == .settling { return settled(&situation) }
        let judgement = Judgement(round, answers)
        if let wait = judgement.wait { situation.store.hold(for: wait, from: round.now) }
        agenda.advance(round, open: judgement.open, undecided: judgement.undecided)
        var effects = round.isAsked ? situation.worked(.claim, isWrite: judgement.isWrite, now) : []
        effects.tell(judgement.events)
        for skip in round.overlaps where judgement.open[skip.job] == nil { situation.owed.add(skip) }
        effects.tell(situation.overlaps(of: round, but: judgement.open, now))
        let admission = situation.admit(judgement.winners, asked: asked, now)
        if let order = round.order { effects += answer(order, round, answers, admission, situation) }
        effects += situation.effects(of: admission, now)
        if admission.starts.isEmpty { return effects + begin(round.source.following, &agenda, &situation, now) }
        phase = .starting(round.source)
        return effects + [.start(admission.starts, at: round.now, asked: asked)]
    }

    /// What somebody who asked for a run is told.
    private func answer(
        _ order: RunOrder, _ round: Round, _ answers: [ClaimAnswer], _ admission: Admission, _ situation: Situation
    ) -> [Effect] {
        guard let run = round.candidates.first?.attempt.run, let answer = answers.first else { return [] }
        switch answer {
        case .won:
            let told = Effect.tell([.runAsked(run, by: order.by, isForced: order.isForced)])
            if let reason = situation.waiting[run]?.reason { return [told, .answer(order, .waits(run, for: reason))] }
            return [told, .answer(order, .starts(run))]
        case .skipped: return [.answer(order, .refused(.overlapElsewhere))]
        case .unconfirmed: return [.answer(order, .refused(.unconfirmed))]
        case .taken, .later, .late: return [.answer(order, .refused(.storeWaits))]
        }
    }

    /// Somebody asks for a run, and waits for the answer.
    mutating func claim(_ order: RunOrder, _ job: Job, _ agenda: inout Agenda, _ situation: inout Situation, _ now: Moment) -> [Effect] {
        proceed(Round(order, job, now: now.wall), &agenda, &situation, now)
    }

    /// The runner has the winners.
    mutating func handedOver(_ agenda: inout Agenda, _ situation: inout Situation, _ now: Moment) -> [Effect] {
        guard case .starting(let source) = phase else { return [] }
        return begin(source.following, &agenda, &situation, now)
    }

    // MARK: Without the store

    /// A question failed: all is as it was before the round, but for what may do without the store.
    mutating func failed(_ error: StoreError, _ agenda: inout Agenda, _ situation: inout Situation, _ now: Moment) -> [Effect] {
        let round: Round
        switch phase {
        case .entering(_, let asked, _), .skipping(let asked), .claiming(let asked, _): round = asked
        case .resting, .awaitingOutcomes, .starting: return []
        }
        if round.source == .settling { return settled(&situation) }
        phase = .resting
        situation.store.hold(for: StoreState.retryInterval, from: round.now)
        // A store in quarantine is there: it will decide in a moment.
        guard error.code != .quarantined else {
            agenda.putBack(round)
            return round.order.map { [.answer($0, .refused(.storeWaits))] } ?? []
        }
        var effects = situation.failed(error, in: .claim, now)
        if let order = round.order { return effects + [.answer(order, .refused(.storeFails(error.message)))] }
        let (winners, events) = Detached(round, agenda.table, situation.peers).decide(&agenda, &situation)
        effects.tell(events)
        let admission = situation.admit(winners, asked: nil, now)
        effects += situation.effects(of: admission, now)
        if admission.starts.isEmpty { return effects }
        phase = .starting(round.source)
        return effects + [.start(admission.starts, at: round.now, asked: nil)]
    }
}
