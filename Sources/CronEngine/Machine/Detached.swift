internal import CronExpressions
internal import CronJobs

// A job waits while the store fails (`store-down=hold`), unless it was said otherwise: then it is decided from memory, and the decision is owed
// to the ledger.

/// A round that the store could not be asked about, by what becomes of its jobs.
struct Detached {
    /// Comes again.
    let waiting: Round
    /// Missed, now and later.
    private let skipped: Round
    private let started: Round

    init(_ round: Round, _ table: JobTable, _ peers: Peers) {
        var skips: Set<JobID> = [], starts: Set<JobID> = []
        func sort(_ job: Job) {
            switch peers.fallback(of: job) {
            case .waits: break
            case .isSkipped: skips.insert(job.id)
            case .startsFromMemory: starts.insert(job.id)
            }
        }
        switch round.source {
        case .due: for advance in round.advances { sort(table[advance.index]) }
        case .startups:
            for candidate in round.candidates { sort(candidate.attempt.job) }
            // They have no later fire time: they wait.
            skips = []
        case .retries, .order, .owed, .settling: break
        }
        if skips.isEmpty && starts.isEmpty {
            waiting = round
            (skipped, started) = (Round(round.source, now: round.now), Round(round.source, now: round.now))
        } else {
            let (skipped, others) = round.divided(skips.contains)
            self.skipped = skipped
            (started, waiting) = others.divided(starts.contains)
        }
    }

    /// Decides what does not wait: what is to start, and what is to be told.
    func decide(_ agenda: inout Agenda, _ situation: inout Situation) -> (winners: [Candidate], events: [SchedulerEvent]) {
        agenda.putBack(waiting)
        agenda.advance(skipped)
        agenda.advance(started)
        var events = skip(in: &situation.owed)
        for skip in started.missed { situation.owed.add(skip) }
        events += started.missed.map(\.event)
        let winners = start(in: &situation)
        for skip in started.overlaps { situation.owed.add(skip) }
        if !winners.isEmpty { events.append(.startedFromMemory(winners.map(\.attempt.run))) }
        return (winners, events)
    }

    private func skip(in owed: inout OwedDecisions) -> [SchedulerEvent] {
        let missed =
            skipped.missed
            + skipped.candidates.map {
                Skip($0.claim.run.job, $0.range, .missed($0.claim.count), since: $0.claim.since, by: $0.claim.by)
            }
        for skip in missed + skipped.overlaps { owed.add(skip) }
        return missed.map(\.event)
    }

    private func start(in situation: inout Situation) -> [Candidate] {
        started.candidates.enumerated().map { place, candidate in
            // What has started cannot be late or one too many any more.
            var winner = candidate
            winner.claim.startDeadline = nil
            winner.claim.concurrencyLimit = nil
            situation.owed.add(winner.claim, of: winner.attempt.job)
            // As a store makes them: they grow with the clock.
            winner.attempt.fence = started.now.nanoseconds / 1000 &+ Int64(place)
            return winner
        }
    }
}
