internal import CronExpressions
internal import CronJobs

// Whatever wants to start lies in one of four places until its time has come; a round takes it out, and puts it back where nothing was decided.
//
//    table's queue   fire times, by when they are due ──┐
//    stagger         due, but other nodes come first ───┤
//    retries         further attempts of failed runs ───┼──▶ Round ──▶ decided: on to the next fire time
//    startups        @reboot jobs ──────────────────────┘      └────▶ not decided: back to its place
//
// Invariant: a job is in the queue or in the stagger, or in the round that is under way, or it has no next fire time.

/// What is to start, and when.
struct Agenda {
    private(set) var table = JobTable()
    private(set) var lead: Lead
    private var stagger = Stagger()
    private var retries = RetryQueue()
    private var startups: [Candidate] = []

    init(lead: Lead) { self.lead = lead }

    // MARK: What comes in

    mutating func replaceTable(with jobs: [Job], rescheduled: [JobID], watermarks: [JobID: Instant], since: Instant) {
        table.replace(with: jobs, rescheduled: rescheduled, watermarks: watermarks, since: since)
        // The queue has them all again.
        stagger.removeAll()
    }

    /// Jobs that no table has come and go, each with where it stands.
    mutating func change(adding new: [(job: any KeptJob, watermark: Instant)], removing old: [JobID], askedBy askers: [JobID: String]) {
        for id in old { table.remove(id) }
        for (job, watermark) in new { table.add(job, watermark: watermark, askedBy: askers[job.id]) }
        guard table.isUntidy else { return }
        // Those that wait for other nodes have old indices, too.
        for waiting in stagger.takeAll() { table.queue.insert(waiting.index, at: waiting.due) }
        table.tidy()
    }

    /// Sets back watermarks that lie after `limit`; false if there are none.
    mutating func rewind(marksAfter limit: Instant, to mark: Instant) -> Bool {
        guard table.rewind(marksAfter: limit, to: mark) else { return false }
        // The queue has them all again.
        stagger.removeAll()
        return true
    }

    mutating func addStartups(incarnation: Int64, now: WallTime) {
        for job in table.jobs where job.timing == .startup {
            startups.append(Candidate(startup: job, incarnation: incarnation, now: now))
        }
    }

    /// Notes the next attempt of a run; false if it waits already.
    @discardableResult
    mutating func add(_ retry: Retry) -> Bool { retries.insert(retry) }

    /// The next attempt of a run will be entered as cancelled, at once; false if none waits.
    mutating func cancelRetry(of run: RunID, by: String, now: WallTime) -> Bool { retries.cancel(run, by: by, now: now) }

    /// Whether the next attempt of a run waits.
    func hasRetry(of run: RunID) -> Bool { retries.has(run) }

    mutating func claimsTook(_ duration: Duration) { lead.note(duration) }

    // MARK: What is due

    /// Takes out what is to start.
    mutating func take(_ source: Round.Source, at now: WallTime, _ situation: Situation) -> (round: Round, events: [SchedulerEvent]) {
        switch source {
        case .due: return (takeDue(at: now, situation), [])
        case .retries: return takeRetries(at: now, situation)
        case .startups:
            var round = Round(.startups, now: now)
            round.add(startups)
            startups = []
            return (round, [])
        case .order, .owed, .settling: return (Round(source, now: now), [])
        }
    }

    private mutating func takeDue(at now: WallTime, _ situation: Situation) -> Round {
        var round = Round(.due, now: lead.decisionTime(at: now, next: table.queue.next))
        for waiting in stagger.take(upTo: round.now) { decide(waiting.index, dueAt: waiting.due, situation, into: &round) }
        while let (instant, indices) = table.queue.popGroup(through: round.now.instant) {
            for index in indices { decide(index, dueAt: instant, situation, into: &round) }
        }
        round.sortStarts()
        return round
    }

    /// Decides about a job that is due, or lets other nodes come first.
    private mutating func decide(_ index: Int, dueAt due: Instant, _ situation: Situation, into round: inout Round) {
        let job = table[index]
        if let time = situation.timeToAsk(for: job, due: due, now: round.now), time > round.now {
            return stagger.hold(index, due: due, until: time)
        }
        round.decide(
            index, job, watermark: table.watermarks[index], dueAt: due, open: situation.count(of: job.id), by: table.asker(of: job.id))
    }

    private mutating func takeRetries(at now: WallTime, _ situation: Situation) -> (Round, [SchedulerEvent]) {
        var round = Round(.retries, now: now), events: [SchedulerEvent] = []
        let due = retries.take(upTo: now)
        let jobs = table.jobs(Set(due.lazy.map(\.run.job)))
        for retry in due {
            guard let job = jobs[retry.run.job], retry.number <= job.policies.values.retry.attempts, !situation.has(retry.run)
            else { continue }
            if retry.isTooLate(now) {
                events.append(.retryTooLate(retry.run, attempt: retry.number))
            } else {
                round.add(retry, job)
            }
        }
        return (round, events)
    }

    // MARK: What became of it

    /// Nothing was decided: it comes again.
    mutating func putBack(_ round: Round) {
        for advance in round.advances { table.queue.insert(advance.index, at: advance.firstDue) }
        for retry in round.retries { retries.insert(retry) }
        if round.source == .startups { startups += round.candidates }
    }

    /// A round is decided, but for what is `open` of some jobs, and for the `undecided` of its candidates.
    mutating func advance(_ round: Round, open: [JobID: Judgement.Open] = [:], undecided: [Int] = []) {
        let marks = round.marks(before: open)
        for advance in round.advances {
            if let open = open[advance.job] {
                // No further: an edit may give the job times between what is decided and what is open.
                let known = table.watermarks[advance.index]
                let mark = max(known, open.mark ?? known, marks[advance.job] ?? known)
                table.setWatermark(mark, of: advance.index)
                table.queue.insert(advance.index, at: table[advance.index].dueTime(of: open.first))
            } else {
                table.setWatermark(advance.watermark, of: advance.index)
                if let due = advance.nextDue { table.queue.insert(advance.index, at: due) }
            }
        }
        for place in undecided {
            switch round.source {
            case .retries: retries.insert(round.retries[place])
            case .startups: startups.append(round.candidates[place])
            case .due, .order, .owed, .settling: break
            }
        }
    }

    var hasStartups: Bool { !startups.isEmpty }

    /// When something is to be looked at next; nil if nothing is.
    var nextWake: WallTime? { [table.queue.next.map(lead.wake), stagger.next, retries.next].compactMap(\.self).min() }
}
