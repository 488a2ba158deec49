public import CronJobs

// From facts to events. What is told of an end depends on how the job's runs before it ended, and only on that: each job that is failing has a number,
// how many times in a row; a job without one is well. These numbers are noted in the store with the cursor, so that whoever goes on with the facts tells
// the same of them.
//
//      well ──failure──▶ failed ──failure──▶ still_failing (as notify= says) …
//        ▲                  │                      │
//        └──────────────────┴──────success─────────┘ fixed (or succeeded)
//
// A failure that its job lets be followed by another attempt is `retrying` and changes nothing. Neither does an end that is neither: cancelled, skipped,
// missed. Jobs that run once are never failing: there is no run after theirs.

/// What events facts are, and what is to be noted.
public struct Transitions: Sendable {
    /// Beyond so many failing jobs the further ones count as well.
    public static let bound = 100_000

    private var failures: [String: Int]
    /// Whatever `notify=` says.
    private let tellsEach: Bool

    /// - Parameters:
    ///   - notes: as noted before.
    ///   - tellsEach: each end is an event, whatever `notify=` says: who takes them decides.
    public init(notes: [String: String] = [:], tellsEach: Bool = false) {
        failures = notes.compactMapValues { Int($0).flatMap { $0 > 0 ? $0 : nil } }
        self.tellsEach = tellsEach
    }

    var failing: [JobID] { failures.keys.map { JobID($0) } }

    /// - Parameter jobs: what the table in use has; it decides how a job's runs are told.
    /// - Returns: the fact's events in their order, and the notes that it changes.
    public mutating func take(_ fact: Fact, jobs: FeedJobs) -> (events: [FeedEvent], notes: [String: String?]) {
        var events: [FeedEvent] = [], notes: [String: String?] = [:]
        switch fact.kind {
        case .started(let run, let attempt, let at): events = started(fact, run, attempt, at, jobs.job(run.job))
        case .ended(let run, let attempt, let outcome, let first, let count):
            var event = FeedEvent(.ended, of: fact, run, attempt)
            (event.outcome, event.first, event.count) = (outcome, first, count)
            if let told = ended(event, outcome, jobs.job(run.job), &notes) { events = [told] }
        case .takenOver: break
        case .tableChanged(let revision):
            var event = FeedEvent(.tableChanged, of: fact)
            event.revision = revision
            events = [event]
            // Of a job that is gone nobody hears any more.
            for name in failures.keys where !jobs.isThere(JobID(name)) { note(name, nil, &notes) }
        case .degraded(let what, let reason):
            var event = FeedEvent(.degraded, of: fact)
            (event.lack, event.reason) = (what, reason)
            events = [event]
        }
        for index in events.indices { events[index].place = index }
        return (events, notes)
    }

    /// Facts after the cursor are gone.
    public static func gap(_ lost: Int, before fact: Fact) -> FeedEvent {
        var event = FeedEvent(.gap, of: fact)
        event.lost = lost
        event.place = -1
        return event
    }

    private func started(_ fact: Fact, _ run: RunID, _ attempt: Int, _ start: WallTime, _ job: Job?) -> [FeedEvent] {
        var event = FeedEvent(.started, of: fact, run, attempt)
        event.startedAt = start
        guard attempt == 1, let fireTime = run.occasion.fireTime else { return [event] }
        let due = job?.dueTime(of: fireTime) ?? fireTime
        let lateness = max(.zero, start - WallTime(due))
        event.lateness = lateness
        guard let limit = job?.policies.values.lateAfter, lateness > limit else { return [event] }
        var late = event
        late.kind = .late
        return [event, late]
    }

    private mutating func ended(_ end: FeedEvent, _ outcome: Outcome, _ job: Job?, _ notes: inout [String: String?]) -> FeedEvent? {
        var event = end
        switch outcome {
        case .succeeded: return succeeded(event, job, &notes)
        case .missed: event.kind = .missed
        case .skipped: event.kind = .skipped
        case .cancelled, .replaced, .unknownAdopted: event.kind = .ended
        case .failed, .timedOut, .interrupted, .launchFailed, .undelivered, .unconfirmed: return failed(event, outcome, job, &notes)
        }
        return event
    }

    private mutating func succeeded(_ end: FeedEvent, _ job: Job?, _ notes: inout [String: String?]) -> FeedEvent {
        var event = end
        event.kind = .succeeded
        guard let name = end.run.map({ "\($0.job)" }), let before = failures[name] else { return event }
        note(name, nil, &notes)
        guard tellsEach || job?.policies.values.notify != .first else { return event }
        (event.kind, event.failures) = (.fixed, before)
        return event
    }

    private mutating func failed(_ end: FeedEvent, _ outcome: Outcome, _ job: Job?, _ notes: inout [String: String?]) -> FeedEvent? {
        var event = end
        guard let run = end.run else { return nil }
        if let job, outcome.invitesRetry(of: job.action), end.attempt ?? 1 < job.policies.values.retry.attempts {
            event.kind = .retrying
            return event
        }
        let name = "\(run.job)", count = (failures[name] ?? 0) + 1
        (event.kind, event.failures) = (count == 1 ? .failed : .stillFailing, count)
        if !run.job.isOnce, count > 1 || failures.count < Self.bound { note(name, count, &notes) }
        return tellsEach || count == 1 || (job?.policies.values.notify ?? .change).tells(count) ? event : nil
    }

    private mutating func note(_ name: String, _ count: Int?, _ notes: inout [String: String?]) {
        failures[name] = count
        notes.updateValue(count.map { "\($0)" }, forKey: name)
    }
}

extension NotifyPolicy {
    /// Whether the failure that is the `count`-th in a row, and not the first, is told.
    func tells(_ count: Int) -> Bool {
        switch self {
        case .every: true
        case .first, .change: false
        case .each(let number): count % number == 0
        }
    }
}
