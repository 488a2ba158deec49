internal import CronExpressions
internal import CronJobs

// One round of the claiming path: what wants to start, and what was decided besides. The lists keep what belongs to a job in the order in which
// it must be entered: what is missed, then the claims, then what those leave no room for. A watermark only moves forward.

/// What one look decided, before it is in the ledger.
struct Round {
    /// What is looked at, in this order.
    enum Source {
        /// Fire times.
        case due
        /// Further attempts of runs that failed.
        case retries
        /// `@reboot` jobs.
        case startups
        /// A run that somebody asked for.
        case order
        /// Nothing new: only what the ledger has yet to hear of.
        case owed
        /// The same, because somebody waits for it.
        case settling

        var following: Source? {
            switch self {
            case .due: .retries
            case .retries: .startups
            case .startups: .owed
            case .order, .owed, .settling: nil
            }
        }
    }

    /// A job of the table whose fire times are decided.
    struct Advance {
        var index: Int
        var job: JobID
        var watermark: Instant
        var nextDue: Instant?
        /// Where it goes back to when nothing was decided after all.
        var firstDue: Instant
    }

    let source: Source
    /// The time as of which it is decided: that of its fire times, where it is claimed ahead.
    let now: WallTime
    /// Whether the store was asked anything for it.
    var isAsked = false
    private(set) var advances: [Advance] = []
    private(set) var missed: [Skip] = []
    private(set) var candidates: [Candidate] = []
    private(set) var overlaps: [Skip] = []
    /// What the candidate of `.order` was made of.
    private(set) var order: RunOrder?
    /// What the candidates of `.retries` were made of.
    private(set) var retries: [Retry] = []
    private var planned: [JobID: Int] = [:]

    init(_ source: Source, now: WallTime) {
        self.source = source
        self.now = now
    }

    init(_ order: RunOrder, _ job: Job, now: WallTime) {
        self.init(.order, now: now)
        self.order = order
        candidates = [Candidate(order, job, now: now)]
    }

    var isEmpty: Bool { advances.isEmpty && candidates.isEmpty }

    /// Decides about a job that is due.
    ///
    /// - Parameters:
    ///   - open: how many runs of it go on or wait.
    ///   - by: who asked for it, where no table has it.
    mutating func decide(_ index: Int, _ job: Job, watermark: Instant, dueAt instant: Instant, open: Int, by: String? = nil) {
        let decision = Planner.decide(job, after: watermark, now: now)
        advances.append(
            .init(
                index: index, job: job.id, watermark: decision.watermark, nextDue: decision.next.map(job.dueTime), firstDue: instant))
        if let range = decision.missed { missed.append(Skip(job.id, range, .missed(range.count), since: watermark, by: by)) }
        let limit = job.policies.values.openLimit
        for range in decision.starts {
            guard open + planned[job.id, default: 0] < limit else {
                overlaps.append(Skip(job.id, range, .skipped(.overlap), since: watermark, by: by))
                continue
            }
            candidates.append(Candidate(job, range, since: watermark, now: now, by: by))
            candidates[candidates.count - 1].index = index
            planned[job.id, default: 0] += 1
        }
    }

    /// Everything starts in the order of fire times, what is due at once in that of the table.
    mutating func sortStarts() {
        func key(_ place: Int) -> (Instant, Int) { (candidates[place].attempt.scheduledAt, candidates[place].index) }
        // Nearly always they are.
        for place in candidates.indices.dropFirst() where key(place) < key(place - 1) {
            return candidates.sort { ($0.attempt.scheduledAt, $0.index) < ($1.attempt.scheduledAt, $1.index) }
        }
    }

    mutating func add(_ retry: Retry, _ job: Job) {
        retries.append(retry)
        candidates.append(Candidate(retry, job))
    }

    /// Takes out the further attempts of some runs.
    mutating func withdrawRetries(of runs: Set<RunID>) -> [Retry] {
        if runs.isEmpty { return [] }
        let withdrawn = retries.filter { runs.contains($0.run) }
        retries.removeAll { runs.contains($0.run) }
        candidates.removeAll { runs.contains($0.claim.run) }
        return withdrawn
    }

    /// The last fire times that are decided in it before what is open.
    func marks(before open: [JobID: Judgement.Open]) -> [JobID: Instant] {
        var marks: [JobID: Instant] = [:]
        if open.isEmpty { return marks }
        func note(_ job: JobID, _ last: Instant) {
            guard let first = open[job]?.first, last < first else { return }
            marks[job] = max(marks[job] ?? last, last)
        }
        for skip in missed { note(skip.job, skip.last) }
        for candidate in candidates { note(candidate.claim.run.job, candidate.range.last) }
        return marks
    }

    mutating func add(_ startups: [Candidate]) { candidates += startups }

    /// The part that concerns some of the jobs, and the rest. Not for further attempts, which always wait for the store.
    func divided(_ belongs: (JobID) -> Bool) -> (theirs: Round, rest: Round) {
        var theirs = Round(source, now: now), rest = theirs
        for advance in advances { if belongs(advance.job) { theirs.advances.append(advance) } else { rest.advances.append(advance) } }
        for skip in missed { if belongs(skip.job) { theirs.missed.append(skip) } else { rest.missed.append(skip) } }
        for skip in overlaps { if belongs(skip.job) { theirs.overlaps.append(skip) } else { rest.overlaps.append(skip) } }
        for candidate in candidates {
            if belongs(candidate.attempt.job.id) { theirs.candidates.append(candidate) } else { rest.candidates.append(candidate) }
        }
        return (theirs, rest)
    }
}

extension Skip {
    init(_ job: JobID, _ range: FireRange, _ outcome: Outcome, since: Instant, by: String? = nil) {
        self.init(job: job, first: range.first, last: range.last, count: range.count, outcome: outcome, since: since, by: by)
    }

    /// What is told of it.
    var event: SchedulerEvent {
        let range = FireRange(first: first, last: last, count: count)
        return switch outcome {
        case .skipped(let reason): .skipped(job, range, reason)
        default: .missed(job, range)
        }
    }
}
