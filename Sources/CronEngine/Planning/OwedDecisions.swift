internal import CronExpressions
internal import CronJobs

// What was decided and is not in the ledger yet: the skips that follow a claim of the same pass, and, while the store cannot be reached, what
// jobs did that do without it (`store-down`). Entered in the order of the decisions, because a watermark only moves forward.
//
// A run that comes only much later by the store's clock (that clock was set back, or this machine's was wrong while nobody could tell) is not
// entered before. What is owed of its job rests for a while, and so does the job; nothing else waits for it.
//
//     entries ── too early for the store: all of the job ──▶ resting ── the rest is over ──▶ entries, before all others
//
// Bounded: beyond it the oldest are given up. A skip that goes on where the job's last one ended becomes part of it, so that a long outage is
// one row a job.

/// Decisions that the ledger has yet to hear of.
struct OwedDecisions {
    static let bound = 10_000

    /// An attempt that was started from memory, with what is known of it.
    struct Run {
        var claim: Claim
        let job: Job
        var start: Start?
        var finish: Finish?

        /// For what comes after `mark` only: up to there others decided.
        fileprivate func narrowed(after mark: Instant) -> Run {
            guard let fireTime = claim.run.occasion.fireTime else { return self }
            var run = self
            (run.claim.first, run.claim.count) = (fireTime, 1)
            guard let first = job.nextFireTime(after: mark), first < fireTime else { return run }
            (run.claim.first, run.claim.count) = (first, 0)
            var next = Optional(first)
            while let time = next, time <= fireTime, run.claim.count < claim.count {
                run.claim.count += 1
                next = job.nextFireTime(after: time)
            }
            return run
        }
    }

    enum Entry {
        case skip(Skip)
        case run(Run)
    }

    /// What can be entered in one call.
    enum Batch {
        case skips([Skip])
        case runs([Run])
    }

    /// What became of runs that the ledger was told of.
    struct Settlement {
        /// Their fences now.
        private(set) var entered: [(run: RunID, fence: Int64)] = []
        /// What happened to them before they were entered.
        private(set) var events: [RunEvent] = []
        /// What is to be tried again.
        private(set) var retries: [Retry] = []
        /// What another node decided, too.
        fileprivate(set) var elsewhere: [RunID] = []
        /// The store decides nothing yet.
        fileprivate(set) var isUndecided = false
        /// Something of these jobs comes only much later by the store's clock.
        fileprivate(set) var early: Set<JobID> = []

        fileprivate mutating func enter(_ run: Run, under fence: Int64) {
            entered.append((run.claim.run, fence))
            if var start = run.start {
                start.fence = fence
                events.append(.started(start))
            }
            if var finish = run.finish {
                finish.fence = fence
                events.append(.finished(finish))
                if let retry = Retry(after: finish, of: run.claim, run.job) { retries.append(retry) }
            }
        }
    }

    private var entries: [Entry] = []
    /// The place of the first entry among all that ever were.
    private var base = 0
    private var lastOfJob: [JobID: Int] = [:]
    private var places: [RunID: Int] = [:]

    private var resting: [Entry] = []
    private var restingJobs: Set<JobID> = []
    private var restEnd: WallTime?

    var isEmpty: Bool { entries.isEmpty && resting.isEmpty }
    var count: Int { entries.count + resting.count }

    /// Up to where the jobs are decided by what is owed.
    var marks: [JobID: Instant] {
        var marks: [JobID: Instant] = [:]
        for entry in entries + resting {
            switch entry {
            case .skip(let skip): marks[skip.job] = max(marks[skip.job] ?? skip.last, skip.last)
            case .run(let run):
                guard let fireTime = run.claim.run.occasion.fireTime else { continue }
                marks[run.claim.run.job] = max(marks[run.claim.run.job] ?? fireTime, fireTime)
            }
        }
        return marks
    }

    func contains(_ run: RunID) -> Bool { places[run] != nil || restingPlace(of: run) != nil }

    // MARK: What comes in

    mutating func add(_ skip: Skip) {
        if let place = lastOfJob[skip.job], case .skip(var last) = entries[place - base],
            case (.missed(let before), .missed(let more)) = (last.outcome, skip.outcome), last.last < skip.first
        {
            last.last = skip.last
            last.count += skip.count
            last.outcome = .missed(before + more)
            entries[place - base] = .skip(last)
        } else {
            append(.skip(skip), of: skip.job)
        }
    }

    mutating func add(_ claim: Claim, of job: Job) {
        if !restingJobs.contains(claim.run.job) { places[claim.run] = base + entries.count }
        append(.run(Run(claim: claim, job: job)), of: claim.run.job)
    }

    private mutating func append(_ entry: Entry, of job: JobID) {
        if restingJobs.contains(job) {
            resting.append(entry)
            return resting.removeFirst(max(0, resting.count - Self.bound))
        }
        lastOfJob[job] = base + entries.count
        entries.append(entry)
        if entries.count > Self.bound { removeFirst(entries.count - Self.bound) }
    }

    /// Takes an event of an attempt that is not entered yet; `false` for any other.
    mutating func note(_ event: RunEvent) -> Bool {
        let (run, number) =
            switch event {
            case .started(let start): (start.run, start.attempt)
            case .finished(let finish): (finish.run, finish.attempt)
            }
        if let place = places[run] { return entries[place - base].note(event, of: number) }
        return restingPlace(of: run).map { resting[$0].note(event, of: number) } ?? false
    }

    // MARK: Rest

    /// Leaves alone what is owed of some jobs.
    mutating func rest(_ jobs: Set<JobID>, until end: WallTime) {
        restingJobs.formUnion(jobs)
        restEnd = end
        resting += entries.filter { restingJobs.contains($0.job) }
        arrange(entries.filter { !restingJobs.contains($0.job) })
    }

    /// Until when what is owed of a job rests. A clock that was set back since makes nobody wait.
    func rest(of job: JobID, at now: WallTime) -> WallTime? {
        guard let restEnd, restingJobs.contains(job), now < restEnd, restEnd - now <= StoreState.longestHold else { return nil }
        return restEnd
    }

    /// Whether something is to be entered now.
    func wants(at now: WallTime) -> Bool {
        if !entries.isEmpty { return true }
        return restingJobs.first.map { rest(of: $0, at: now) == nil } ?? false
    }

    /// What has rested long enough comes first.
    mutating func endRest(at now: WallTime) {
        guard let job = restingJobs.first, rest(of: job, at: now) == nil else { return }
        let rested = resting
        (resting, restingJobs, restEnd) = ([], [], nil)
        arrange(rested + entries)
    }

    private func restingPlace(of run: RunID) -> Int? {
        if resting.isEmpty { return nil }
        return resting.firstIndex { if case .run(let other) = $0 { other.claim.run == run } else { false } }
    }

    private mutating func arrange(_ new: [Entry]) {
        (entries, base, lastOfJob, places) = (new, 0, [:], [:])
        for (place, entry) in new.enumerated() {
            lastOfJob[entry.job] = place
            if case .run(let run) = entry { places[run.claim.run] = place }
        }
    }

    // MARK: What is entered

    /// The oldest entries of one kind. A run that covers several fire times comes last: others may have decided a part of it, and what is left
    /// must be entered before anything later of its job.
    func first(_ limit: Int) -> Batch? {
        switch entries.first {
        case nil: return nil
        case .skip:
            var skips: [Skip] = []
            for case .skip(let skip) in entries.prefix(while: { if case .skip = $0 { true } else { false } }).prefix(limit) {
                skips.append(skip)
            }
            return .skips(skips)
        case .run:
            var runs: [Run] = []
            for case .run(let run) in entries.prefix(while: { if case .run = $0 { true } else { false } }).prefix(limit) {
                runs.append(run)
                if run.claim.count > 1 { break }
            }
            return .runs(runs)
        }
    }

    /// Takes out the runs that the answers to their claims settle. Of a batch some may be open still; what was won behind them is ours all the same.
    mutating func settle(_ runs: [Run], _ answers: [ClaimAnswer]) -> Settlement {
        var settlement = Settlement(), open: [Entry] = []
        // In the form that they have by now: a run may have ended while it was claimed.
        for (entry, answer) in zip(removeFirst(min(runs.count, answers.count)), answers) {
            guard case .run(let run) = entry else { continue }
            switch answer {
            // It is not the time yet, by far.
            case .later(let wait) where wait > StoreState.longestHold:
                settlement.early.insert(run.claim.run.job)
                open.append(entry)
            case .later:
                settlement.isUndecided = true
                open.append(entry)
            case .taken(let mark) where run.claim.isDecidedInPart(by: mark): open.append(.run(run.narrowed(after: mark)))
            case .won(let fence): settlement.enter(run, under: fence)
            default: settlement.elsewhere.append(run.claim.run)
            }
        }
        putBack(open)
        return settlement
    }

    /// What is still open comes first again, in its order.
    private mutating func putBack(_ open: [Entry]) {
        if open.isEmpty { return }
        entries = open + entries
        base -= open.count
        for (place, entry) in open.enumerated().reversed() {
            switch entry {
            case .skip(let skip): lastOfJob[skip.job] = lastOfJob[skip.job] ?? base + place
            case .run(let run):
                places[run.claim.run] = base + place
                lastOfJob[run.claim.run.job] = lastOfJob[run.claim.run.job] ?? base + place
            }
        }
    }

    /// Gives up the oldest entries, in the form that they have by now.
    @discardableResult
    mutating func removeFirst(_ count: Int) -> [Entry] {
        let removed = Array(entries.prefix(count))
        entries.removeFirst(removed.count)
        base += removed.count
        for entry in removed {
            switch entry {
            case .skip(let skip): forget(skip.job)
            case .run(let run):
                places[run.claim.run] = nil
                forget(run.claim.run.job)
            }
        }
        return removed
    }

    private mutating func forget(_ job: JobID) {
        if let place = lastOfJob[job], place < base { lastOfJob[job] = nil }
    }
}

extension OwedDecisions.Entry {
    fileprivate var job: JobID {
        switch self {
        case .skip(let skip): skip.job
        case .run(let run): run.claim.run.job
        }
    }

    /// Takes an event of one of its attempts; `false` for any other.
    fileprivate mutating func note(_ event: RunEvent, of attempt: Int) -> Bool {
        guard case .run(var run) = self, run.claim.attempt == attempt else { return false }
        switch event {
        case .started(let start): run.start = start
        case .finished(let finish): run.finish = finish
        }
        self = .run(run)
        return true
    }
}
