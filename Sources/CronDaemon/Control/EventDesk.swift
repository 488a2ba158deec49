internal import CronExpressions
internal import CronJobs
internal import CronEngine
internal import LinuxEvents

/// Tells listeners what happens, and lets them wait for it.
final class EventDesk: Sendable {
    private struct State {
        var hub = EventHub()
        var waiting: [EventHub.Listener: CheckedContinuation<[ControlPart]?, Never>] = [:]
        var isClosed = false
    }

    private let state = Locked(State())

    func publish(_ event: ControlEvent) {
        state.withLock { state in
            for listener in state.hub.publish(event) {
                guard let waiting = state.waiting.removeValue(forKey: listener) else { continue }
                waiting.resume(returning: state.hub.take(listener))
            }
        }
    }

    /// `nil` where too many listen already.
    func open(_ query: EventQuery) -> (any ControlFeed)? {
        state.withLock { $0.isClosed ? nil : $0.hub.add(query.filter, recent: query.recent) }.map { Feed(desk: self, listener: $0) }
    }

    func recent(_ query: EventQuery) -> [ControlEvent] { state.withLock { $0.hub.recent(query.filter, most: query.recent) } }

    /// Nothing more will happen. What is not taken yet still can be.
    func close() {
        state.withLock { state in
            state.isClosed = true
            for waiting in state.waiting.values { waiting.resume(returning: nil) }
            state.waiting = [:]
        }
    }

    private struct Feed: ControlFeed {
        let desk: EventDesk
        let listener: EventHub.Listener

        func next() async -> [ControlPart]? {
            await withCheckedContinuation { continuation in
                desk.state.withLock { state in
                    let parts = state.hub.take(listener)
                    if !parts.isEmpty || state.isClosed || !state.hub.has(listener) {
                        continuation.resume(returning: parts.isEmpty ? nil : parts)
                    } else {
                        state.waiting[listener] = continuation
                    }
                }
            }
        }

        func end() {
            desk.state.withLock { state in
                state.hub.remove(listener)
                state.waiting.removeValue(forKey: listener)?.resume(returning: nil)
            }
        }
    }
}

/// Makes events of what the scheduler tells, after the log has it.
struct EventObserver: SchedulerObserver {
    let log: ServiceLog
    let desk: EventDesk
    let clocks: any Clocks
    let secrets: Secrets
    let keeper: OutputKeeper
    let outages: OutageHistory
    let feeds: Locked<Feeds>
    let mail: MailDesk

    func observe(_ event: SchedulerEvent) {
        log.observe(event)
        let feeds = feeds.withLock { $0 }
        if case .storeRecovered(let length) = event { feeds.events?.note("store", "it failed for \(length.wholeSeconds) s") }
        feeds.wake()
        if case .finished(let attempt, let finish) = event { mail.note(attempt, finish.outcome) }
        guard var event = translated(event) else { return }
        if let mask = secrets.mask { event.reason = event.reason.map(mask.masked) }
        outages.note(event)
        desk.publish(event)
    }

    func recorded(_ finishes: [Finish]) {
        keeper.recorded(finishes)
        feeds.withLock { $0 }.wake()
    }

    private func translated(_ event: SchedulerEvent) -> ControlEvent? {
        let now = clocks.wall
        switch event {
        case .started(let attempt, let start): return ControlEvent(.started, at: start.at, run: attempt.run, attempt: attempt.number)
        case .finished(let attempt, let finish):
            var event = ControlEvent(.finished, at: finish.at, run: attempt.run, attempt: attempt.number)
            (event.outcome, event.reason) = (finish.outcome, finish.reason)
            return event
        case .overtaken(let attempt, let finish):
            var event = ControlEvent(.finished, at: finish.at, run: attempt.run, attempt: attempt.number)
            event.reason = "given up to another host"
            return event
        case .missed(let job, let range): return decided(.missed, job, range, .missed(range.count), now)
        case .skipped(let job, let range, let reason): return decided(.skipped, job, range, .skipped(reason), now)
        case .unconfirmed(let run): return ControlEvent(.unconfirmed, at: now, run: run)
        case .retryScheduled(let run, let attempt, let due):
            var event = ControlEvent(.retry, at: now, run: run, attempt: attempt)
            event.due = due
            return event
        case .storeFailed(let error, _):
            var event = ControlEvent(.storeFailed, at: now)
            event.reason = error.message
            return event
        case .storeRecovered: return ControlEvent(.storeRecovered, at: now)
        case .runAsked(let run, let by, _): return asked(.triggered, run, by, now)
        case .cancelAsked(let run, let by): return asked(.cancelling, run, by, now)
        case .taken, .leasesLost, .retryTooLate, .startedFromMemory, .decisionsLost, .alsoElsewhere, .storeStillFails, .clockJumped,
            .clocksDiffer, .storeInQuarantine, .rewound, .waits, .overlapBegan, .overlapEnded, .loadUnknown,
            .handedOver:
            return nil
        }
    }

    /// Who asked may have done so at another node, which hands on a text.
    private func asked(_ kind: ControlEvent.Kind, _ run: RunID, _ by: String, _ now: WallTime) -> ControlEvent {
        var event = ControlEvent(kind, at: now, run: run)
        event.by = Asker(by)
        if event.by == nil, !by.isEmpty { event.reason = "asked by \(by)" }
        return event
    }

    private func decided(_ kind: ControlEvent.Kind, _ job: JobID, _ range: FireRange, _ outcome: Outcome, _ now: WallTime) -> ControlEvent {
        var event = ControlEvent(kind, at: now, run: RunID(job: job, .scheduled(range.last)))
        (event.outcome, event.count) = (outcome, range.count)
        return event
    }
}
