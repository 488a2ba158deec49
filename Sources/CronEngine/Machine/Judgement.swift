internal import CronExpressions
internal import CronJobs

/// What follows from the answers to the claims of a round.
struct Judgement {
    /// What was won, each with its fence.
    private(set) var winners: [Candidate] = []
    private(set) var events: [SchedulerEvent]
    /// What of a job is still open.
    struct Open {
        /// The first fire time.
        var first: Instant
        /// Up to where others decided it, if they did.
        var mark: Instant?
    }

    /// The jobs about which a shared store decided nothing yet, or others a part.
    private(set) var open: [JobID: Open] = [:]
    /// The candidates about which nothing was decided, by their place in the round.
    private(set) var undecided: [Int] = []
    /// How long the store wants not to be asked.
    private(set) var wait: Duration?
    /// The store wrote something down, as far as its answers tell.
    let isWrite: Bool

    init(_ round: Round, _ answers: [ClaimAnswer]) {
        isWrite = answers.isEmpty || answers.contains(where: \.isDecision)
        events = round.missed.map(\.event)
        for (place, answer) in answers.enumerated() where place < round.candidates.count {
            judge(round.candidates[place], at: place, answer)
        }
    }

    private mutating func judge(_ candidate: Candidate, at place: Int, _ answer: ClaimAnswer) {
        let claim = candidate.claim, job = claim.run.job
        switch answer {
        case .won(let fence):
            winners.append(candidate)
            winners[winners.count - 1].attempt.fence = fence
        case .taken(let mark):
            if claim.isDecidedInPart(by: mark) {
                open[job] = candidate.attempt.job.nextFireTime(after: mark).map { Open(first: $0, mark: mark) }
            } else {
                events.append(.taken(claim.run))
            }
        case .later(let wait):
            undecided.append(place)
            let before = open[job]
            open[job] = Open(first: min(before?.first ?? claim.first, claim.first), mark: before?.mark)
            self.wait = max(self.wait ?? .zero, wait)
        case .skipped(let reason): events.append(.skipped(job, candidate.range, reason))
        case .late: events.append(.missed(job, candidate.range))
        case .unconfirmed: events.append(.unconfirmed(claim.run))
        }
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
