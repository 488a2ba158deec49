internal import CronExpressions
package import CronJobs

/// A moment on both clocks.
package struct Moment: Hashable {
    package var wall: WallTime
    package var monotonic: MonotonicTime

    package init(wall: WallTime, monotonic: MonotonicTime) {
        self.wall = wall
        self.monotonic = monotonic
    }
}

/// What is so while something wants to start: what runs, what the ledger has yet to hear of, how it is, and who else uses it.
struct Situation {
    enum Stage {
        case running
        /// Nothing more starts; what runs goes on and is recorded.
        case draining
    }

    var stage = Stage.running
    var running = RunningAttempts()
    /// Claimed, and not to start yet.
    var waiting = WaitingRuns()
    /// How many runs may go at once; nil leaves it to the runner.
    let maxRunning: Int?
    var overlaps = OverlapWatch()
    var load = LoadReadings()
    /// The jobs of which a run ended since it was looked what may start in its place.
    var left: [(JobID, OverlapPolicy)] = []
    /// What was decided and is not in the ledger yet.
    var owed = OwedDecisions()
    var outcomes = OutcomeQueue()
    var doubtful: DoubtfulEnds
    var store = StoreState()
    var peers: Peers

    init(node: String?, maxRunning: Int?, lease: Duration?) {
        peers = Peers(node: node)
        doubtful = DoubtfulEnds(lease: lease)
        self.maxRunning = maxRunning
    }

    /// When this node asks for what is due; nil is at once.
    func timeToAsk(for job: Job, due: Instant, now: WallTime) -> WallTime? {
        if let rest = owed.rest(of: job.id, at: now) { return rest }
        let slot = peers.slot(of: job)
        guard slot > 0 else { return nil }
        let time = Stagger.time(of: WallTime(due), slot: slot)
        guard job.policies.values.storeDown == .rank0 else { return time }
        // The first node starts it from memory while the store fails, and tells it so when it works again.
        if store.fails { return now + StoreState.retryInterval }
        return store.quietUntil.map { max(time, $0) } ?? time
    }

    // MARK: What the store's answers tell

    mutating func failed(_ error: StoreError, in call: Outage.Call, _ now: Moment) -> [SchedulerMachine.Effect] {
        if call == .outcome { outcomes.failed() }
        return store.failed(error, in: call, now: now.monotonic).map { [.tell([$0])] } ?? []
    }

    /// A call succeeded. The store works again once the kind of call that failed does, and what waited is written.
    mutating func worked(_ call: Outage.Call, isWrite: Bool = true, _ now: Moment) -> [SchedulerMachine.Effect] {
        guard store.fails else { return [] }
        store.worked(call, isWrite: isWrite, now: now.monotonic)
        if outcomes.isBehind { return call == .outcome ? [] : writeOutcomes() }
        if owed.wants(at: now.wall) { return [.wake] }
        return store.recover(now).map { [.tell([$0])] } ?? []
    }

    // MARK: What happened to runs

    /// Fire times that were skipped because a run of their job goes on; answers what is to be told.
    mutating func overlaps(of round: Round, but open: [JobID: Judgement.Open], _ now: Moment) -> [SchedulerEvent] {
        round.overlaps.compactMap { skip in
            let going = count(of: skip.job)
            guard going > 0, open[skip.job] == nil, overlaps.note(skip.job, now.monotonic) else { return nil }
            return .overlapBegan(skip.job, going: going)
        }
    }

    /// Notes events for the ledger: with what it has yet to hear of their attempt (false then), or for the next write.
    @discardableResult
    mutating func note(_ event: RunEvent) -> Bool {
        if owed.note(event) { return false }
        outcomes.note(event)
        return true
    }

    mutating func writeOutcomes() -> [SchedulerMachine.Effect] { outcomes.begin() ? [.gatherOutcomes] : [] }

    /// Waits until what happened so far is in the ledger, or cannot be.
    mutating func settleOutcomes() -> [SchedulerMachine.Effect] {
        (outcomes.hurry() ? [.gatherOutcomes] : []) + [.awaitOutcomes]
    }

    mutating func outcomesGathered() -> [SchedulerMachine.Effect] { outcomes.next().map { [.ask(.write($0))] } ?? [] }

    mutating func outcomesWritten(_ now: Moment) -> [SchedulerMachine.Effect] {
        let (gathers, next) = outcomes.written()
        if let next { return [.ask(.write(next))] }
        return gathers ? [.gatherOutcomes] : worked(.outcome, now)
    }
}

extension [SchedulerMachine.Effect] {
    /// Adds what is to be told, if there is something.
    mutating func tell(_ events: [SchedulerEvent]) { if !events.isEmpty { append(.tell(events)) } }
}
