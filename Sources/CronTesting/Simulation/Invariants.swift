internal import CronExpressions
internal import CronJobs

// The promises of docs/promises.md as far as scheduler and ledger keep them, looked at after every step of a simulation. Where the document
// admits a loss (a ledger that was set back while nobody who knew better was there, `store-down=local`) the step is let pass, and nowhere else.

/// What was promised and broken.
public struct Violation: Hashable, Sendable, CustomStringConvertible {
    public enum Promise: String, Hashable, Sendable, CaseIterable {
        case oneStart, neverEarly, oneOutcome, nothingLost, marksForward, pausedRest, claimedFirst, takenStaysAway, fencesGrow
        /// A pause holds nothing after its end, nor after somebody ended it.
        case pausesEnd
        /// A further attempt starts only after one that ended, and not well.
        case retriesFollow
        /// An edit starts nothing for times before it.
        case editsLookAhead
        /// `overlap` and `max-running` of a job are never exceeded: over all nodes, or on each where its runs wait for each other.
        case limitsKept
        /// No more wait than may, and what waits starts in order.
        case queuesKept
        /// No more goes at once than the service lets.
        case roomKept
        /// What is held while the machine is short of something does not start then.
        case loadHeeded
        /// What somebody was told is cancelled does not start any more.
        case cancelledRest
        /// What somebody was told does not run, does not run.
        case refusedRest
        /// Consumers are told what was decided, and each of it once.
        case factsTold
    }

    public var promise: Promise
    public var what: String
    /// Milliseconds after the beginning.
    public var at: Int64

    public var description: String { "\(promise.rawValue): \(what), after \(at) ms" }
}

/// Keeps watch over the promises.
struct Invariants {
    typealias Name = ModelNode.Name

    private struct Launch {
        var node: Int
        var isFromMemory: Bool
    }

    private(set) var violation: Violation?
    var time: Int64 = 0
    private var launches: [Name: Launch] = [:]
    /// Outcomes that a node was told are recorded.
    private var confirmed: [Name: Outcome] = [:]
    private var marks: [JobID: Instant] = [:]
    /// Attempts that a set-back ledger forgot, and whether somebody who knew told it in time.
    private var lost: [Name: Bool] = [:]
    /// Attempts that are over in a past to which the ledger was set back, and were not in the present before.
    private var revived: Set<Name> = []
    /// Attempts whose outcome a set-back ledger forgot.
    private var reopened: Set<Name> = []
    private var highestFence: Int64 = 0
    /// Fire times up to there are not asked for: their job is newer, or their decisions may have been lost.
    private(set) var beginnings: [JobID: Instant] = [:]
    /// The server's clock went back, so its fences may, too.
    private var fencesMayFall = false
    /// How the ledger's clock was set when it gave attempts.
    private(set) var skews: [Name: Int64] = [:]
    private(set) var starts = 0
    var asked = Asked()
    var pauses = Pauses()
    var once = Once()
    var facts = Facts()

    mutating func broken(_ promise: Violation.Promise, _ what: @autoclosure () -> String) {
        if violation == nil { violation = Violation(promise: promise, what: what(), at: time / 1_000_000) }
    }

    /// A ledger that was set back forgot it.
    func isLost(_ name: Name) -> Bool { lost[name] != nil }

    /// A ledger that was set back forgot something of it.
    func isDoubted(_ run: RunID) -> Bool {
        lost.keys.contains { $0.run == run } || reopened.contains { $0.run == run }
    }

    mutating func begins(_ job: JobID, after instant: Instant) { beginnings[job] = max(beginnings[job] ?? instant, instant) }

    // MARK: Starts

    struct Situation {
        var node: Int
        /// How the ledger's clock is set.
        var skew: Int64
        /// How much earlier than its time a run may start.
        var tolerance: Duration
        /// What the ledger's clock shows, or would if nobody had set it back since it decided; without the ledger, what the node takes it for.
        var now: WallTime
        /// The same, where the node took it for later: of jitter it alone knows.
        var nowByNode: WallTime
        var isFromMemory: Bool
        /// It was decided so, and may be in the ledger by now.
        var wasFromMemory: Bool
        /// The node had heard that the job is paused when it decided without the ledger.
        var isKnownPaused: Bool
        var wasClaimed: Bool
        /// A process of the attempt before is there.
        var isBeforeGoing: Bool
        /// When it is meant to start.
        var due: Instant?
        /// When the job got the times by which this was planned.
        var edited: Instant?
        /// As the scenario has them, whatever the machine was told.
        var policies: JobPolicies.Values
        /// Somebody wants it beside whatever goes.
        var isForced: Bool
        var rivals: [Rival]
        /// The last fire time of its job that began here.
        var lastOfQueue: Instant?
    }

    mutating func launch(_ attempt: Attempt, _ situation: Situation, _ ledger: ModelLedger) {
        starts += 1
        let name = Name(run: attempt.run, attempt: attempt.number)
        if attempt.number == 1, let fireTime = attempt.run.occasion.fireTime {
            if situation.now + situation.tolerance < WallTime(fireTime)
                || situation.nowByNode + situation.tolerance < WallTime(situation.due ?? fireTime)
            {
                broken(.neverEarly, "\(attempt.run) at \(situation.now)")
            }
            if let edit = situation.edited, fireTime <= edit { broken(.editsLookAhead, "\(attempt.run), edited at \(edit.seconds)") }
        }
        checkAsked(attempt, situation, ledger)
        checkOnce(attempt.run)
        checkLimits(attempt, situation)
        checkFirst(name, situation)
        checkPause(attempt, situation)
        checkClaim(attempt, situation)
        checkBefore(attempt, situation, ledger)
        guard !situation.isFromMemory, lost[name] != false, !revived.contains(name), let row = ledger.row(attempt.run, attempt.number)
        else { return }
        // A lease is over at once where the server's clock is set forward by its length; who has just claimed trusts it for two seconds.
        if let skew = skews[name], situation.skew - skew > 27_000_000_000 { return }
        if let outcome = row.record.outcome { broken(.takenStaysAway, "\(attempt.run)#\(attempt.number) starts and is \(outcome)") }
    }

    private mutating func checkFirst(_ name: Name, _ situation: Situation) {
        let before = launches.updateValue(Launch(node: situation.node, isFromMemory: situation.isFromMemory), forKey: name)
        guard let before, !before.isFromMemory, !situation.isFromMemory, lost[name] != false else { return }
        broken(.oneStart, "\(name.run) attempt \(name.attempt) on node \(before.node) and on node \(situation.node)")
    }

    private mutating func checkClaim(_ attempt: Attempt, _ situation: Situation) {
        if situation.isFromMemory {
            let policy = attempt.job.policies.values.storeDown
            if policy != .local, policy != .rank0 { broken(.claimedFirst, "\(attempt.run) starts without the store: \(policy)") }
        } else if !situation.wasClaimed {
            broken(.claimedFirst, "\(attempt.run) was not claimed")
        }
    }

    /// A further attempt follows from how the one before it ended.
    private mutating func checkBefore(_ attempt: Attempt, _ situation: Situation, _ ledger: ModelLedger) {
        let before = Name(run: attempt.run, attempt: attempt.number - 1)
        guard attempt.number > 1, !reopened.contains(before), lost[before] == nil,
            let record = ledger.row(before.run, before.attempt)?.record
        else { return }
        // Where its owner was not heard of for long, or could not say how it ended, it may be open; but it does not go on.
        if record.outcome?.invitesRetry ?? !situation.isBeforeGoing { return }
        broken(.retriesFollow, "\(attempt.run)#\(attempt.number) starts, and the one before is \(record.outcome?.description ?? "going")")
    }

    // MARK: The ledger

    /// A claim was won.
    ///
    /// - Parameters:
    ///   - skew: how the ledger's clock was set then.
    ///   - now: what it goes by.
    mutating func won(_ name: Name, fence: Int64, skew: Int64, now: WallTime) {
        skews[name] = skew
        checkPause(of: name, now)
        let highest = highestFence
        if fence <= highest, !fencesMayFall { broken(.fencesGrow, "\(name.run) has \(fence) after \(highest)") }
        // Nobody alive knew of the start that the ledger had forgotten: this is another one, whatever the ledger forgets next.
        if lost[name] == false { launches[name] = nil }
        highestFence = max(highestFence, fence)
    }

    /// A call was done that may move some marks.
    mutating func moved(_ job: JobID, _ ledger: ModelLedger) {
        guard let mark = ledger.mark(of: job) else { return }
        if let before = marks[job], mark < before { broken(.marksForward, "\(job) from \(before.seconds) to \(mark.seconds)") }
        marks[job] = mark
    }

    /// Marks were set back on purpose: what the clock shows again may start again.
    mutating func rewound(_ jobs: [JobID], _ ledger: ModelLedger) {
        for job in jobs {
            if let before = marks[job] { begins(job, after: before) }
            marks[job] = ledger.mark(of: job)
            for name in launches.keys where name.run.job == job { launches[name] = nil }
            for run in asked.cancelled.keys where run.job == job { asked.cancelled[run] = nil }
        }
    }

    mutating func finished(_ finish: Finish, isRecorded: Bool) {
        guard isRecorded else { return }
        let name = Name(run: finish.run, attempt: finish.attempt)
        if let before = confirmed[name], before != finish.outcome, lost[name] == nil {
            broken(.oneOutcome, "\(finish.run) attempt \(finish.attempt) is \(before) and \(finish.outcome)")
        }
        confirmed[name] = finish.outcome
    }

    // MARK: Losses

    /// The ledger is another one now.
    mutating func setBack(from old: ModelLedger, to new: ModelLedger) {
        for name in launches.keys where old.isDecided(name.run, name.attempt) && !new.isDecided(name.run, name.attempt) {
            lost[name] = false
        }
        for (job, state) in old.jobs {
            for row in state.rows {
                let record = row.record, kept = new.row(record.run, record.attempt)
                guard kept?.record.outcome != record.outcome || kept == nil else { continue }
                let name = Name(run: record.run, attempt: record.attempt)
                confirmed[name] = nil
                if kept != nil { reopened.insert(name) }
                if kept == nil, !new.isDecided(record.run, record.attempt) { lost[name] = false }
            }
            if let mark = state.mark { begins(job, after: mark) }
            marks[job] = new.mark(of: job)
        }
        for state in new.jobs.values {
            for row in state.rows where row.record.outcome != nil && old.row(row.record.run, row.record.attempt)?.record.outcome == nil {
                revived.insert(Name(run: row.record.run, attempt: row.record.attempt))
            }
        }
        pauses.setBack(to: new)
        once.setBack()
        facts.setBack(to: new)
    }

    /// A node reaches the ledger that was set back, before it decides again.
    mutating func told(by node: ModelNode) {
        for (name, isTold) in lost where !isTold && node.knows(name) { lost[name] = true }
        pauses.told(node.pauses)
    }

    /// The server's clock was set back.
    mutating func clockWasSetBack() { fencesMayFall = true }

    // MARK: The end

    /// When all was well for a while.
    mutating func settle(_ ledger: ModelLedger, _ jobs: [Job], now: WallTime, running: Set<Name>) {
        for (name, outcome) in confirmed {
            guard let recorded = ledger.row(name.run, name.attempt)?.record.outcome else {
                broken(.oneOutcome, "\(name.run) attempt \(name.attempt) was confirmed as \(outcome), and nothing is recorded")
                continue
            }
            if recorded != outcome { broken(.oneOutcome, "\(name.run) was confirmed as \(outcome) and is \(recorded)") }
        }
        for state in ledger.jobs.values {
            for row in state.rows where row.isOpen && now - row.record.claimedAt > .seconds(120) {
                let name = Name(run: row.record.run, attempt: row.record.attempt)
                if !running.contains(name) { broken(.oneOutcome, "\(name.run) attempt \(name.attempt) has none") }
            }
        }
        for job in jobs { settle(job, ledger, now: now) }
        settleAsked(ledger)
        settleOnce(ledger, now: now)
        settleFacts(ledger)
    }

    /// Every fire time up to now is in a decision.
    private mutating func settle(_ job: Job, _ ledger: ModelLedger, now: WallTime) {
        guard case .other(let schedule) = job.timing, let beginning = beginnings[job.id] else { return }
        let mark = ledger.mark(of: job.id) ?? beginning
        if let next = schedule.next(after: max(mark, beginning)), WallTime(next) + .seconds(20) < now {
            broken(.nothingLost, "\(job.id) has not decided \(next.seconds), and it is \(now.instant.seconds)")
        }
        let ranges = (ledger.jobs[job.id]?.rows ?? []).compactMap { row -> (first: Instant, last: Instant)? in
            row.record.run.occasion.fireTime.map { (row.record.first, $0) }
        }.sorted { $0.first < $1.first }
        var place = 0, end = Instant(.min), fireTime = schedule.next(after: beginning)
        while let time = fireTime, time <= mark {
            while place < ranges.count, ranges[place].first <= time {
                end = max(end, ranges[place].last)
                place += 1
            }
            if end < time { return broken(.nothingLost, "\(job.id): nobody decided \(time.seconds)") }
            fireTime = schedule.next(after: time)
        }
    }
}
