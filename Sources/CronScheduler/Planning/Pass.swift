internal import CronExpressions
internal import CronJobs

// One look at what is due: the decisions about the fire times of some jobs, before they are in the ledger. The lists keep what belongs to a job
// in the order in which it must be entered: what is missed, then the claims, then what those leave no room for. A watermark only moves forward.

/// What one look decided.
struct Pass {
    struct Advance {
        /// The job, by its index in the table.
        var index: Int
        var watermark: Instant
        var nextDue: Instant?
        var firstDue: Instant
    }

    struct OwnedSkip {
        var owner: Int
        var skip: Skip
    }

    private(set) var advances: [Advance] = []
    private(set) var claims: [Claim] = []
    /// Whose each claim is.
    private(set) var owners: [Int] = []
    private(set) var attempts: [Attempt] = []
    private(set) var missed: [OwnedSkip] = []
    private(set) var overlaps: [OwnedSkip] = []
    private var planned: [JobID: Int] = [:]

    var isEmpty: Bool { advances.isEmpty }

    /// Decides about a job that is due.
    ///
    /// - Parameter running: how many runs of it are going.
    mutating func decide(_ index: Int, _ job: Job, watermark: Instant, dueAt instant: Instant, running: Int, now: WallTime) {
        let decision = Planner.decide(job, after: watermark, now: now)
        advances.append(.init(index: index, watermark: decision.watermark, nextDue: decision.next.map(job.dueTime), firstDue: instant))
        if let range = decision.missed {
            missed.append(.init(owner: index, skip: Skip(job.id, range, .missed(range.count), since: watermark)))
        }
        let limit = job.settings.values.concurrencyLimit
        for range in decision.starts {
            guard running + planned[job.id, default: 0] < limit else {
                overlaps.append(.init(owner: index, skip: Skip(job.id, range, .skipped(.overlap), since: watermark)))
                continue
            }
            let late = now - WallTime(job.dueTime(of: range.last)) > Planner.punctuality
            claims.append(
                Claim(
                    run: RunID(job: job.id, .scheduled(range.last)), trigger: late ? .catchUp : .scheduled, first: range.first,
                    count: range.count, since: watermark, startDeadline: job.startDeadline(of: range), concurrencyLimit: limit))
            owners.append(index)
            attempts.append(Attempt(job, range, late: late))
            planned[job.id, default: 0] += 1
        }
    }

    /// The part that concerns some of the jobs, and the rest.
    func divided(_ belongs: (Int) -> Bool) -> (theirs: Pass, rest: Pass) {
        var theirs = Pass(), rest = Pass()
        for advance in advances { if belongs(advance.index) { theirs.advances.append(advance) } else { rest.advances.append(advance) } }
        for skip in missed { if belongs(skip.owner) { theirs.missed.append(skip) } else { rest.missed.append(skip) } }
        for skip in overlaps { if belongs(skip.owner) { theirs.overlaps.append(skip) } else { rest.overlaps.append(skip) } }
        for (index, owner) in owners.enumerated() {
            if belongs(owner) {
                theirs.add(claims[index], owner, attempts[index])
            } else {
                rest.add(claims[index], owner, attempts[index])
            }
        }
        return (theirs, rest)
    }

    private mutating func add(_ claim: Claim, _ owner: Int, _ attempt: Attempt) {
        claims.append(claim)
        owners.append(owner)
        attempts.append(attempt)
    }
}

extension Skip {
    init(_ job: JobID, _ range: FireRange, _ outcome: Outcome, since: Instant) {
        self.init(job: job, first: range.first, last: range.last, count: range.count, outcome: outcome, since: since)
    }
}
