internal import CronExpressions
internal import CronJobs

// What becomes of attempts that are claimed: they start, or wait until they may. The same questions are asked again, from where an attempt waits,
// whenever a run has ended, the load was read or somebody gave up.

/// What follows from attempts that were won, or from room that there is now.
struct Admission {
    /// What starts, in order; it counts as running.
    fileprivate(set) var starts: [Attempt] = []
    /// The earliest moment at which one of them was asked for.
    private var asked: MonotonicTime?
    /// Those that do without the store.
    private var unasked: Set<RunID> = []
    fileprivate(set) var events: [SchedulerEvent] = []
    /// The jobs whose runs make place for another.
    fileprivate var replaced: Set<JobID> = []
    fileprivate var hasWaiting = false
    /// What was claimed so that nobody starts it, with who asked for that: it is entered beside it, as with a run that goes on.
    fileprivate var withdrawn: [(run: RunID, by: String)] = []

    /// Those of one run.
    func isStarting(_ run: RunID) -> Bool { starts.contains { $0.run == run } }

    fileprivate mutating func start(_ attempt: Attempt, asked: MonotonicTime?) {
        starts.append(attempt)
        if let asked { self.asked = min(self.asked ?? asked, asked) } else { unasked.insert(attempt.run) }
    }

    /// What starts, apart by whether the store is to be asked again: of what it has yet to hear of it knows nothing.
    fileprivate var batches: [(attempts: [Attempt], asked: MonotonicTime?)] {
        if asked == nil || unasked.isEmpty { return [(starts, asked)] }
        return [(starts.filter { unasked.contains($0.run) }, nil), (starts.filter { !unasked.contains($0.run) }, asked)]
    }
}

extension Situation {
    /// How many runs of a job go on here or wait.
    func count(of job: JobID) -> Int { running.count(of: job) + waiting.count(of: job) }

    /// Takes attempts that were won.
    mutating func admit(_ winners: [Candidate], asked: MonotonicTime?, _ now: Moment) -> Admission {
        var admission = Admission()
        for winner in winners {
            let attempt = winner.attempt, policies = attempt.job.policies.values, open = count(of: attempt.run.job)
            if let by = winner.cancelledBy {
                end(attempt, .cancelled, now, &admission, isAskedFor: true)
                admission.withdrawn.append((attempt.run, by))
                continue
            }
            if open > 0, overlaps.note(attempt.run.job, now.monotonic) {
                admission.events.append(.overlapBegan(attempt.run.job, going: open))
            }
            // Of a first attempt this was known before it was claimed. The time between two attempts is the job's other runs'.
            if attempt.number > 1, !winner.isForced, open >= policies.limitOfFurtherAttempts {
                admission.events.append(.skipped(attempt.run.job, FireRange(attempt.scheduledAt), .overlap))
                note(.finished(Finish(skipping: attempt, .overlap, at: now.wall)))
                continue
            }
            let run = WaitingRuns.Run(attempt: attempt, asked: asked, reason: .load)
            if winner.isForced { start(run, &admission) } else { askLoad(run, now, &admission) }
        }
        return admission
    }

    /// Asks again for all that may start now.
    mutating func release(_ now: Moment) -> Admission {
        var admission = Admission()
        let left = left
        self.left = []
        for (job, policy) in left {
            if stage == .running, running.count(of: job) == 0, let run = waiting.takeNext(of: job) {
                askRoom(run.renewed(now.wall), now, &admission)
            }
            if let event = overlaps.left(job, count(of: job), policy, now.monotonic) { admission.events.append(event) }
        }
        while stage == .running, hasRoom, waiting.waitForRoom > 0, let run = waiting.takeNextForRoom() {
            takeRoom(run, now, &admission)
        }
        return admission
    }

    /// There is room for it. Meanwhile a process of an earlier life may have been adopted, for which its job's runs wait, too.
    private mutating func takeRoom(_ run: WaitingRuns.Run, _ now: Moment, _ admission: inout Admission) {
        let job = run.attempt.job, policy = job.policies.values.overlap
        guard policy.waits, running.count(of: job.id) > 0 else { return start(run, &admission) }
        if policy == .replace, run.attempt.number == 1 { admission.replaced.insert(job.id) }
        hold(run, for: .overlap, until: nil, now, &admission, isFirst: true)
    }

    /// Ends what has waited for too long.
    mutating func giveUp(_ now: Moment) -> Admission {
        var admission = Admission()
        for run in waiting.takeOverdue(now.wall) { end(run.attempt, .skipped(run.reason == .overlap ? .overlap : .load), now, &admission) }
        return admission
    }

    /// The load was read.
    mutating func measured(_ reading: [LoadGate.Resource: Double], _ now: Moment) -> Admission {
        var admission = Admission()
        admission.events += load.take(reading, now.monotonic).filter { waiting.isGated(by: $0) }.map { .loadUnknown($0) }
        for run in waiting.takeHeldByLoad(where: { load.isOpen($0, now.monotonic) }) { askJob(run.renewed(now.wall), now, &admission) }
        return admission
    }

    /// Ends some of what waits.
    mutating func end(_ runs: [WaitingRuns.Run], _ outcome: Outcome, _ now: Moment) -> Admission {
        var admission = Admission()
        for run in runs { end(run.attempt, outcome, now, &admission) }
        return admission
    }

    /// A run of a job has left; others of it may go on.
    mutating func leave(_ attempt: Attempt) {
        if waiting.isEmpty, overlaps.isEmpty { return }
        left.append((attempt.run.job, attempt.job.policies.values.overlap))
    }

    private var hasRoom: Bool { maxRunning.map { running.countHere < $0 } ?? true }

    // MARK: The questions

    private mutating func askLoad(_ run: WaitingRuns.Run, _ now: Moment, _ admission: inout Admission) {
        guard let gate = run.attempt.job.policies.values.loadGate, !load.isOpen(gate, now.monotonic) else {
            return askJob(run, now, &admission)
        }
        hold(run, for: .load, until: now.wall + gate.giveUp, now, &admission)
    }

    private mutating func askJob(_ run: WaitingRuns.Run, _ now: Moment, _ admission: inout Admission) {
        let job = run.attempt.job, policy = job.policies.values.overlap
        guard policy.waits else { return askRoom(run, now, &admission) }
        if policy == .replace, run.attempt.number == 1 {
            for other in waiting.takeReplaced(of: job.id) { end(other.attempt, .replaced, now, &admission) }
            if running.count(of: job.id) > 0 { admission.replaced.insert(job.id) }
        }
        // It is no lateness of ours that its own runs last: only so many may wait, but as long as they must.
        if count(of: job.id) > 0 { hold(run, for: .overlap, until: nil, now, &admission) } else { askRoom(run, now, &admission) }
    }

    private mutating func askRoom(_ run: WaitingRuns.Run, _ now: Moment, _ admission: inout Admission) {
        // What workers run takes no room here.
        if run.attempt.job.isForWorkers || hasRoom && waiting.waitForRoom == 0 { return start(run, &admission) }
        hold(run, for: .room, until: run.attempt.startDeadline, now, &admission)
    }

    private mutating func start(_ run: WaitingRuns.Run, _ admission: inout Admission) {
        running.enter(run.attempt)
        admission.start(run.attempt, asked: run.asked)
    }

    private mutating func hold(
        _ run: WaitingRuns.Run, for reason: WaitReason, until deadline: WallTime?, _ now: Moment, _ admission: inout Admission,
        isFirst: Bool = false
    ) {
        if waiting.isFull { return end(run.attempt, .skipped(.load), now, &admission) }
        var run = run
        (run.reason, run.deadline) = (reason, deadline)
        waiting.hold(run, isFirst: isFirst)
        admission.hasWaiting = true
        admission.events.append(.waits(run.attempt, reason))
    }

    /// An attempt that is claimed will not start.
    private mutating func end(
        _ attempt: Attempt, _ outcome: Outcome, _ now: Moment, _ admission: inout Admission, isAskedFor: Bool = false
    ) {
        var finish = Finish(run: attempt.run, attempt: attempt.number, fence: attempt.fence, outcome: outcome, at: now.wall)
        if stage == .draining, !isAskedFor { finish.leaveToOthers(attempt) }
        note(.finished(finish))
        admission.events.append(.finished(attempt, finish))
        leave(attempt)
    }

    // MARK: What is to be done

    /// All but the starts.
    mutating func effects(of admission: Admission, _ now: Moment) -> [SchedulerMachine.Effect] {
        var effects: [SchedulerMachine.Effect] = []
        effects.tell(admission.events)
        let ended = running.cancel(running.runs(of: admission.replaced))
        if !ended.isEmpty { effects.append(.cancel(ended, as: .replaced)) }
        effects += admission.withdrawn.map { .ask(.request($0.run, by: $0.by, now: now.wall)) }
        effects += writeOutcomes()
        if waiting.waitsForLoad, load.begin(now.monotonic) { effects.append(.readLoad) }
        return admission.hasWaiting ? effects + [.wake] : effects
    }

    /// What starts apart from the claiming path, because there is room for it now, and all else.
    mutating func released(_ admissions: Admission..., at now: Moment) -> [SchedulerMachine.Effect] {
        var effects: [SchedulerMachine.Effect] = []
        for admission in admissions + [release(now)] {
            effects += self.effects(of: admission, now)
            for (attempts, asked) in admission.batches {
                // What was claimed ahead may find room before its time has come.
                guard let last = attempts.lazy.map(\.dueAt).max() else { continue }
                effects.append(.release(attempts, at: max(WallTime(last), now.wall), asked: asked))
            }
        }
        return effects
    }
}

extension WaitingRuns {
    func isGated(by resource: LoadGate.Resource) -> Bool {
        waitsForLoad && attempts.contains { $0.job.policies.values.loadGate?.resource == resource }
    }
}

extension WaitingRuns.Run {
    /// Its grace begins anew: so far it was not ours to start it.
    fileprivate func renewed(_ now: WallTime) -> Self {
        var run = self
        if run.attempt.startDeadline != nil { run.attempt.startDeadline = run.attempt.job.policies.values.grace.map { now + $0 } }
        return run
    }
}

extension Finish {
    init(skipping attempt: Attempt, _ reason: Outcome.SkipReason, at now: WallTime) {
        self.init(run: attempt.run, attempt: attempt.number, fence: attempt.fence, outcome: .skipped(reason), at: now)
    }

    /// A run that was to be tried again was ended by the service's own end: another node, or the next start, goes on with it.
    mutating func leaveToOthers(_ attempt: Attempt) {
        if outcome == .cancelled, attempt.number < attempt.job.policies.values.retry.attempts { outcome = .interrupted }
    }
}

extension JobPolicies.Values {
    /// How many runs of the job may be open when a fire time comes for it to be claimed.
    var openLimit: Int {
        switch overlap {
        case .allow: maxRunning
        case .skip: 1
        case .queue(let limit): 1 + limit
        case .replace: .max
        }
    }

    /// The same over all nodes, which a shared store knows; nil where only this node is to know.
    var concurrencyLimit: Int? { overlap.waits ? nil : openLimit }

    /// A further attempt replaces nothing: it belongs to an older fire time.
    var limitOfFurtherAttempts: Int { overlap == .replace ? 1 : openLimit }
}
