internal import CronExpressions
package import CronJobs

// What the scheduler decides, without a clock, a store or a thread: events in, effects out. Whoever drives it performs the effects in order, and
// hands each answer back before the next effect (`SchedulerEngine` does; a simulation may).
//
//      time, table, start-up ─┐                                            ┌─▶ skip, claim, start      one question at a time, each
//      answers of the store ──┤   ┌──────────┬───────────┬─────────────┐   │                           answered by one event
//      reports of the runner ─┼──▶│ Agenda   │ Claiming  │ Situation   │───┼─▶ gather, write           outcomes, beside that
//      what nodes said ───────┤   └──────────┴───────────┴─────────────┘   ├─▶ renew, look, rewind     answered at any time
//      settle, stop ──────────┘    what is to   the path by   what is so    └─▶ tell, wake             not answered
//                                  start, when  which it does
//
//    stage       running ──stop──▶ draining                         (Situation)
//    claiming    resting, awaiting outcomes, entering, skipping, claiming, starting     (Claiming)
//    outcomes    rests, gathers, writes                             (OutcomeQueue)
//    store       works, fails, recovered; held for a moment         (StoreState)
//
// Invariants
//  * Between a question of the claiming path and its answer comes no event of time, table, start-up or settling: a lock of whoever drives it. What
//    is reported or heard comes whenever it likes.
//  * A job is out of the agenda while its fire times are being decided, and comes back when its next fire time is due, or at the same place
//    where nothing was decided.
//  * Nothing is handed to the runner but won claims and what a job lets start from memory, and that is owed to the ledger.

/// The scheduler's decisions.
package struct SchedulerMachine {
    /// Longest sleep: whatever the waker has not told, such as a wrong clock of a shared store, is noticed after this at the latest. A waker tells
    /// at once that this machine's clock was set.
    private let longestSleep: Duration
    private let leavesRetries: Bool

    private(set) var agenda: Agenda
    private(set) var situation: Situation
    private var claiming = Claiming()
    private var cancelling = Cancelling()
    private var clock = ClockWatch()

    /// - Parameters:
    ///   - node: this node's name in a ledger that others use; nil where it is nobody else's.
    ///   - claimsAhead: how long before their fire time jobs may be claimed.
    ///   - maxRunning: how many runs may go at once; what is more waits in order within its grace. Nil leaves that to the runner.
    ///   - leavesRetries: further attempts are for other nodes to begin.
    ///   - longestSleep: after so long it looks at the clock; nil is as long as is usual.
    ///   - lease: how long after a renewal nobody else takes over what this node has; nil where nobody does.
    package init(
        node: String?, claimsAhead: Duration = .zero, maxRunning: Int? = nil, leavesRetries: Bool = false, longestSleep: Duration? = nil,
        lease: Duration? = nil
    ) {
        self.leavesRetries = leavesRetries
        agenda = Agenda(lead: Lead(longest: claimsAhead))
        situation = Situation(node: node, maxRunning: maxRunning, lease: lease)
        self.longestSleep = longestSleep ?? .seconds(node == nil ? 60 : 15)
    }

    /// Takes in what happened, and answers what is to be done, in order.
    package mutating func handle(_ event: Event, at now: Moment) -> [Effect] {
        let effects = decide(event, now)
        // Who wants a further attempt withdrawn is answered once that is claimed, or cannot be.
        guard cancelling.isWithdrawing, claiming.isResting else { return effects }
        return effects + cancelling.withdrawn(agenda, situation)
    }

    private mutating func decide(_ event: Event, _ now: Moment) -> [Effect] {
        switch event {
        case .time: return look(now)
        case .tableReplaced(let table): return replaceTable(table, now)
        case .storedChanged(let added, let removed, let askers):
            let before = agenda.nextWake
            agenda.change(adding: added, removing: removed, askedBy: askers)
            // Only what is due sooner needs a look before the next one.
            guard let after = agenda.nextWake else { return [] }
            return before.map { after < $0 } ?? true ? [.wake] : []
        case .serviceStarted(let incarnation):
            agenda.addStartups(incarnation: incarnation, now: now.wall)
            return claiming.begin(.startups, &agenda, &situation, now)
        case .settle: return claiming.settle(&agenda, &situation, now)
        case .stop:
            situation.stage = .draining
            return situation.released(situation.end(situation.waiting.takeAll(), .cancelled, now), at: now) + [.wake]
        case .adopted(let attempt):
            situation.running.adopt(attempt)
            return []
        case .interrupted(let open, let job): return interrupt(open, job, now)
        case .reported(let events): return report(events, now)
        case .leasesDue: return renewLeases(now)
        case .retriesWanted(let ofWorkers): return searchRetries(ofWorkers: ofWorkers)
        case .takenOver(let open, let job): return takeOver(open, job, now)
        case .runWanted(let order): return run(order, now)
        case .cancelWanted(let order): return withdraw(cancelling.begin(order, &agenda, &situation, now), now)
        case .loadRead(let reading): return situation.released(situation.measured(reading, now), at: now)
        case .answered(let answer): return handle(answer, now)
        }
    }

    private mutating func handle(_ answer: Answer, _ now: Moment) -> [Effect] {
        switch answer {
        case .skipped: return claiming.skipped(&agenda, &situation, now)
        case .claimed(let answers): return claiming.claimed(answers, &agenda, &situation, now)
        case .handedOver: return claiming.handedOver(&agenda, &situation, now)
        case .failed(let error, .claim): return claiming.failed(error, &agenda, &situation, now)
        case .failed(let error, let call):
            return situation.failed(error, in: call, now) + (call == .look ? cancelling.failed(error) : [])
                + (call == .outcome ? tellWhatIsEnding(now) : [])
        case .outcomesGathered: return situation.outcomesGathered()
        case .outcomesWritten(let refused): return outcomesWritten(refused, now)
        case .outcomesSettled: return claiming.outcomesSettled(&agenda, &situation, now)
        case .renewed(let renewal):
            situation.doubtful.renewed()
            return situation.giveAway(renewal, now) + situation.cancel(renewal.requests, now) + situation.worked(.renewal, now)
        case .heard(let view): return hear(view, now)
        case .rewound(let jobs): return [.tell([.rewound(jobs)])]
        case .found(let histories): return findRetries(in: histories, now)
        case .requested(let run, let isOpen): return cancelling.requested(run, isOpen: isOpen)
        case .history(let run, let records): return withdraw(cancelling.found(records, of: run, &agenda, now), now)
        }
    }

    /// Whether an attempt that the ledger handed over under a new fence runs here already.
    package mutating func keeps(_ open: OpenRun) -> Bool { situation.running.keeps(open) || situation.waiting.keeps(open) }

    /// Whether a run goes on here, or waits for its start.
    package func has(_ run: RunID) -> Bool { situation.has(run) }

    /// When to look at the clock next, if nothing else happens before.
    package func nextWake(_ now: WallTime) -> WallTime {
        let longest = now + longestSleep
        var next = agenda.nextWake ?? longest
        if !situation.owed.isEmpty || agenda.hasStartups { next = min(next, now + StoreState.retryInterval) }
        if let held = situation.store.heldUntil { next = max(next, held) }
        // What waits needs no store.
        if let overdue = situation.waiting.nextDeadline { next = min(next, overdue + .milliseconds(1)) }
        if situation.waiting.waitsForLoad { next = min(next, now + LoadReadings.interval) }
        return min(next, longest)
    }

    // MARK: What is so

    package var jobs: [Job] { agenda.table.present }
    /// Outcomes are gathered or written.
    package var isWritingOutcomes: Bool { situation.outcomes.isBusy }
    package var storeFails: Bool { situation.store.fails }
    /// It may start something.
    package var isRunning: Bool { situation.stage == .running }

    /// What another table would change.
    package func difference(to jobs: [Job]) -> TableDifference { agenda.table.difference(to: jobs) }

    // MARK: Time and table

    private mutating func look(_ now: Moment) -> [Effect] {
        guard situation.stage == .running, claiming.isResting else { return [] }
        let effects = observeClock(now) + situation.released(situation.giveUp(now), at: now)
        return effects + claiming.begin(.due, &agenda, &situation, now)
    }

    private mutating func observeClock(_ now: Moment) -> [Effect] {
        guard let jump = clock.observe(wall: now.wall, monotonic: now.monotonic) else { return [] }
        situation.store.clockWasSet()
        let waits = jump < .zero && jump >= .seconds(-ClockWatch.farFuture)
        let told = Effect.tell([.clockJumped(jump, resumes: waits ? now.wall - jump : nil)])
        return jump < .zero ? [told] + rewind(now) : [told]
    }

    /// Sets back the marks that a clock which was far ahead has left, in this life or an earlier one.
    private mutating func rewind(_ now: Moment) -> [Effect] {
        let mark = now.wall.instant, limit = mark + ClockWatch.farFuture
        return agenda.rewind(marksAfter: limit, to: mark) ? [.ask(.rewind(marksAfter: limit, to: mark))] : []
    }

    private mutating func replaceTable(_ table: NewTable, _ now: Moment) -> [Effect] {
        // A job that comes back is decided as far as the ledger knows, or will know.
        let watermarks = table.watermarks.merging(situation.owed.marks) { max($0, $1) }
        agenda.replaceTable(with: table.jobs, rescheduled: table.rescheduled, watermarks: watermarks, since: table.since)
        // What waits for a job that is gone, never starts.
        let gone = situation.waiting.follow(agenda.table)
        return rewind(now) + situation.released(situation.end(gone, .cancelled, now), at: now) + [.wake]
    }

    // MARK: What somebody asks for

    private mutating func run(_ order: RunOrder, _ now: Moment) -> [Effect] {
        func refuse(_ reason: RunRefusal) -> [Effect] { [.answer(order, .refused(reason))] }
        guard situation.stage == .running else { return refuse(.ending) }
        guard let job = agenda.table.job(order.job) else { return refuse(.unknownJob) }
        let open = situation.count(of: job.id)
        guard order.isForced || open < job.policies.values.openLimit else { return refuse(.overlap(open)) }
        guard claiming.isResting, !situation.store.isHeld(now.wall) else {
            return refuse(situation.store.fails ? .storeFails(situation.store.reason) : .storeWaits)
        }
        return claiming.claim(order, job, &agenda, &situation, now)
    }

    private mutating func withdraw(_ step: Cancelling.Step, _ now: Moment) -> [Effect] {
        guard step.withdraws, claiming.isResting else { return step.effects }
        return step.effects + claiming.begin(.retries, &agenda, &situation, now)
    }

    // MARK: Runs

    private mutating func report(_ events: [RunEvent], _ now: Moment) -> [Effect] {
        var told: [SchedulerEvent] = [], hasRetry = false
        told.reserveCapacity(events.count)
        for event in events {
            switch event {
            case .started(var start):
                guard let attempt = situation.running[start.run, start.attempt] else { continue }
                start.fence = attempt.fence
                told.append(.started(attempt, start))
                situation.note(.started(start))
            case .finished(let finish):
                // Whatever it ended as in the meantime: somebody does not want it any more.
                let isCancelled = situation.running.isCancelled(finish.run)
                let isOwn = situation.running.isOwn(finish.run, attempt: finish.attempt)
                guard let attempt = situation.running.leave(finish.run, attempt: finish.attempt) else { continue }
                let end = DoubtfulEnds.End(
                    attempt: attempt, finish: outcome(of: attempt, finish, isCancelled: isCancelled), mayRetry: !isCancelled && isOwn)
                hasRetry = self.end(end, isDoubtful: !isOwn || situation.doubtful.mayBeLost(now.monotonic), telling: &told) || hasRetry
            }
        }
        return effects(of: told, hasRetry: hasRetry, now)
    }

    /// The outcome of an attempt that has ended, as it is to be recorded.
    ///
    /// - Parameter isCancelled: somebody asked for its end, which is no one else's to try again.
    private func outcome(of attempt: Attempt, _ finish: Finish, isCancelled: Bool) -> Finish {
        var finish = finish
        // The ledger may have entered or renewed the attempt under another fence while it ran; where its clock was set back, under a smaller one.
        finish.fence = attempt.fence
        if situation.stage == .draining, !isCancelled { finish.leaveToOthers(attempt) }
        return finish
    }

    /// An attempt whose owner is gone, adopted or not, has ended. It is tried again where that was asked for and is not too late.
    private mutating func interrupt(_ open: OpenRun, _ job: Job?, _ now: Moment) -> [Effect] {
        let finish = Finish(
            run: open.run, attempt: open.attempt, fence: open.fence, outcome: .interrupted, startedAt: open.startedAt, at: now.wall)
        let attempt =
            situation.running.leave(open.run, attempt: open.attempt) ?? situation.waiting.remove(open.run, attempt: open.attempt)?.attempt
            ?? Attempt(adopting: open, job: job, now: now.wall)
        var told: [SchedulerEvent] = []
        let isWanted = open.request?.kind != .cancel
        let end = DoubtfulEnds.End(attempt: attempt, finish: finish, mayRetry: isWanted && open.isRecent(job, now: now.wall))
        let hasRetry = self.end(end, telling: &told)
        return effects(of: told, hasRetry: hasRetry, now)
    }

    /// An attempt that waits for workers has no owner any more but us: it is sent again under its new fence, unless nobody here knows its job.
    private mutating func takeOver(_ open: OpenRun, _ job: Job?, _ now: Moment) -> [Effect] {
        guard case .queued(let pool) = open.state, situation.stage == .running else { return [] }
        var attempt = Attempt(adopting: open, job: job, now: now.wall)
        guard let job, job.policies.values.pool == pool else {
            var told: [SchedulerEvent] = []
            _ = situation.running.leave(open.run, attempt: open.attempt)
            let finish = Finish(run: open.run, attempt: open.attempt, fence: open.fence, outcome: .cancelled, at: now.wall)
            _ = end(.init(attempt: attempt, finish: finish, mayRetry: false), telling: &told)
            return effects(of: told, hasRetry: false, now)
        }
        // Of a further attempt nobody knows when it was due.
        let isFirst = open.attempt == 1 && open.run.occasion.fireTime != nil
        let range = FireRange(first: attempt.first, last: attempt.scheduledAt, count: attempt.missed + 1)
        attempt.startDeadline = isFirst ? job.startDeadline(of: range) : job.policies.values.grace.map { now.wall + $0 }
        situation.running.enter(attempt)
        return [.release([attempt], at: now.wall, asked: nil)]
    }

    /// True if the run is tried again.
    ///
    /// - Parameter isDoubtful: another node may have taken it over: told once the ledger has answered.
    private mutating func end(_ end: DoubtfulEnds.End, isDoubtful: Bool = false, telling told: inout [SchedulerEvent]) -> Bool {
        situation.leave(end.attempt)
        // What the ledger has not heard of may be another node's, too: what follows from it waits until it has.
        let isNoted = situation.note(.finished(end.finish))
        if isNoted, isDoubtful, !situation.store.fails {
            situation.doubtful.add(end)
            return false
        }
        told.append(.finished(end.attempt, end.finish))
        return isNoted && tryAgain(end, telling: &told)
    }

    /// True if the run is tried again.
    private mutating func tryAgain(_ end: DoubtfulEnds.End, telling told: inout [SchedulerEvent]) -> Bool {
        guard end.mayRetry, !leavesRetries, situation.stage == .running, let retry = Retry(after: end.finish, of: end.attempt),
            agenda.add(retry)
        else { return false }
        told.append(retry.event)
        return true
    }

    private mutating func outcomesWritten(_ refused: [Finish], _ now: Moment) -> [Effect] {
        let written = situation.outcomes.writing, refused = Set(refused)
        var told: [SchedulerEvent] = [], hasRetry = false
        for end in situation.doubtful.take(written) {
            if refused.contains(end.finish) {
                told.append(.overtaken(end.attempt, end.finish))
            } else {
                told.append(.finished(end.attempt, end.finish))
                hasRetry = tryAgain(end, telling: &told) || hasRetry
            }
        }
        var effects: [Effect] = []
        effects.tell(told)
        if !written.isEmpty { effects.append(.recorded(written)) }
        return effects + situation.outcomesWritten(now) + (hasRetry ? [.wake] : [])
    }

    /// Nobody waits for the store's answer at the end.
    private mutating func tellWhatIsEnding(_ now: Moment) -> [Effect] {
        guard situation.stage == .draining else { return [] }
        var effects: [Effect] = []
        effects.tell(situation.doubtful.takeAll().map { .finished($0.attempt, $0.finish) })
        return effects
    }

    private mutating func effects(of told: [SchedulerEvent], hasRetry: Bool, _ now: Moment) -> [Effect] {
        var effects: [Effect] = []
        effects.tell(told)
        effects += situation.released(at: now)
        return hasRetry ? effects + [.wake] : effects
    }

    /// Asks the history what is to be tried again and nobody does: after a start, and when another node has gone.
    ///
    /// - Parameter ofWorkers: only of jobs that workers run: they only write down how attempts end.
    private func searchRetries(ofWorkers: Bool = false) -> [Effect] {
        func isWanted(_ policies: JobPolicies) -> Bool {
            policies.values.retry.attempts > 1 && (!ofWorkers || policies.values.pool != nil)
        }
        let jobs = agenda.table.ids(where: isWanted)
        return jobs.isEmpty ? [] : [.ask(.search(jobs))]
    }

    private mutating func findRetries(in histories: [JobID: [RunRecord]], _ now: Moment) -> [Effect] {
        var told: [SchedulerEvent] = []
        for (id, job) in agenda.table.jobs(Set(histories.keys)).sorted(by: { $0.key < $1.key }) {
            let earliest = Stagger.time(of: now.wall, slot: situation.peers.slot(of: job))
            for retry in Retry.missing(in: histories[id] ?? [], job, now: now.wall, notBefore: earliest)
            where !situation.has(retry.run) && agenda.add(retry) {
                told.append(retry.event)
            }
        }
        return [.tell(told), .wake]
    }

    // MARK: Nodes

    private mutating func renewLeases(_ now: Moment) -> [Effect] {
        if situation.peers.node == nil { return [] }
        situation.doubtful.renewing(now.monotonic)
        return [.ask(.renew(situation.running.leases(and: situation.waiting, without: situation.owed), now: now.wall)), .askPeers]
    }

    private mutating func hear(_ view: SharedView, _ now: Moment) -> [Effect] {
        let (events, hasLostNode) = situation.peers.hear(view)
        var effects: [Effect] = []
        effects.tell(events)
        // What is planned goes by a clock that was set: looked at now, not at the next deadline.
        if clock.jump(wall: now.wall, monotonic: now.monotonic) != nil { effects.append(.wake) }
        return hasLostNode && situation.stage == .running ? effects + searchRetries() : effects
    }
}
