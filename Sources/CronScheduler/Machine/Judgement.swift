internal import CronExpressions
internal import CronJobs

/// What follows from the answers to the claims of a round.
struct Judgement {
    /// What starts.
    private(set) var winners: [Attempt] = []
    /// Further attempts that were won, and for which the job's other runs leave no room: the time between was theirs.
    private(set) var crowded: [RunEvent] = []
    private(set) var events: [SchedulerEvent]
    /// The jobs about which a shared store decided nothing yet, or others a part, each with the first fire time that is still open.
    private(set) var open: [JobID: Instant] = [:]
    /// The candidates about which nothing was decided, by their place in the round.
    private(set) var undecided: [Int] = []
    /// How long the store wants not to be asked.
    private(set) var wait: Duration?
    /// The store wrote something down, as far as its answers tell.
    let isWrite: Bool

    /// - Parameter running: what starts is entered there.
    init(_ round: Round, _ answers: [ClaimAnswer], running: inout RunningAttempts, now: WallTime) {
        isWrite = answers.isEmpty || answers.contains(where: \.isDecision)
        events = round.missed.map(\.event)
        for (place, answer) in answers.enumerated() where place < round.candidates.count {
            judge(round.candidates[place], at: place, answer, running: &running, now: now)
        }
    }

    private mutating func judge(
        _ candidate: Candidate, at place: Int, _ answer: ClaimAnswer, running: inout RunningAttempts, now: WallTime
    ) {
        let claim = candidate.claim, job = claim.run.job
        switch answer {
        case .won(let fence): win(candidate.attempt, under: fence, running: &running, now: now)
        case .taken(let mark):
            if claim.isDecidedInPart(by: mark) {
                open[job] = candidate.attempt.job.nextFireTime(after: mark)
            } else {
                events.append(.taken(claim.run))
            }
        case .later(let wait):
            undecided.append(place)
            open[job] = min(open[job] ?? claim.first, claim.first)
            self.wait = max(self.wait ?? .zero, wait)
        case .skipped(let reason): events.append(.skipped(job, candidate.range, reason))
        case .late: events.append(.missed(job, candidate.range))
        case .unconfirmed: events.append(.unconfirmed(claim.run))
        }
    }

    private mutating func win(_ candidate: Attempt, under fence: Int64, running: inout RunningAttempts, now: WallTime) {
        var attempt = candidate
        attempt.fence = fence
        // Of a first attempt this was known before it was claimed.
        guard attempt.number == 1 || running.hasRoom(for: attempt.job) else {
            events.append(.skipped(attempt.run.job, FireRange(attempt.scheduledAt), .overlap))
            crowded.append(
                .finished(Finish(run: attempt.run, attempt: attempt.number, fence: fence, outcome: .skipped(.overlap), at: now)))
            return
        }
        running.enter(attempt)
        winners.append(attempt)
    }
}

extension ClaimAnswer {
    /// The store decided just now, and wrote that down.
    fileprivate var isDecision: Bool {
        switch self {
        case .won, .skipped, .late, .unconfirmed: true
        case .taken, .later: false
        }
    }
}
