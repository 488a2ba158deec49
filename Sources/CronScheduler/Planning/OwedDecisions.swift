internal import CronExpressions
internal import CronJobs

// What was decided and is not in the ledger yet: the skips that follow a claim of the same pass, and, while the store cannot be reached, what
// jobs did that do without it (`store-down`). Entered in the order of the decisions, because a watermark only moves forward.
//
// Bounded: beyond it the oldest are given up. A skip that goes on where the job's last one ended becomes part of it, so that a long outage is
// one row a job.

/// Decisions that the ledger has yet to hear of.
struct OwedDecisions {
    static let bound = 10_000

    /// An attempt that was started from memory, with what is known of it.
    struct Run {
        var claim: Claim
        var start: Start?
        var finish: Finish?
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
        /// What another node decided, too.
        fileprivate(set) var elsewhere: [RunID] = []
        /// The store decides nothing yet.
        fileprivate(set) var isUndecided = false

        fileprivate mutating func enter(_ run: Run, under fence: Int64) {
            entered.append((run.claim.run, fence))
            if var start = run.start {
                start.fence = fence
                events.append(.started(start))
            }
            if var finish = run.finish {
                finish.fence = fence
                events.append(.finished(finish))
            }
        }
    }

    private var entries: [Entry] = []
    /// The place of the first entry among all that ever were.
    private var base = 0
    private var lastOfJob: [JobID: Int] = [:]
    private var places: [RunID: Int] = [:]

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }

    /// Up to where the jobs are decided by what is owed.
    var marks: [JobID: Instant] {
        var marks: [JobID: Instant] = [:]
        for entry in entries {
            switch entry {
            case .skip(let skip): marks[skip.job] = max(marks[skip.job] ?? skip.last, skip.last)
            case .run(let run):
                guard let fireTime = run.claim.run.occasion.fireTime else { continue }
                marks[run.claim.run.job] = max(marks[run.claim.run.job] ?? fireTime, fireTime)
            }
        }
        return marks
    }

    func contains(_ run: RunID) -> Bool { places[run] != nil }

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

    mutating func add(_ claim: Claim) {
        places[claim.run] = base + entries.count
        append(.run(Run(claim: claim)), of: claim.run.job)
    }

    private mutating func append(_ entry: Entry, of job: JobID) {
        lastOfJob[job] = base + entries.count
        entries.append(entry)
        if entries.count > Self.bound { removeFirst(entries.count - Self.bound) }
    }

    /// Takes an event of an attempt that is not entered yet; `false` for any other.
    mutating func note(_ event: RunEvent) -> Bool {
        let run =
            switch event {
            case .started(let start): start.run
            case .finished(let finish): finish.run
            }
        guard let place = places[run], case .run(var entry) = entries[place - base] else { return false }
        switch event {
        case .started(let start): entry.start = start
        case .finished(let finish): entry.finish = finish
        }
        entries[place - base] = .run(entry)
        return true
    }

    /// The oldest entries of one kind.
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
            }
            return .runs(runs)
        }
    }

    /// Takes out the runs that the answers to their claims settle; the first batch of them, in order.
    mutating func settle(_ runs: [Run], _ answers: [ClaimAnswer]) -> Settlement {
        var settlement = Settlement(), settled = 0
        loop: for (run, answer) in zip(runs, answers) {
            switch answer {
            case .later:
                settlement.isUndecided = true
                break loop
            case .taken(let mark) where run.claim.isDecidedInPart(by: mark): break loop
            default: settled += 1
            }
        }
        // In the form that they have by now: a run may have ended while it was claimed.
        for (entry, answer) in zip(removeFirst(settled), answers) {
            guard case .run(let run) = entry else { continue }
            if case .won(let fence) = answer { settlement.enter(run, under: fence) } else { settlement.elsewhere.append(run.claim.run) }
        }
        // The other end of the range is open: asked again, for that alone.
        if !settlement.isUndecided, settled < min(runs.count, answers.count) { narrowFirst() }
        return settlement
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

    /// The first entry, a run, stands for its own fire time only: others decided what it covered besides.
    private mutating func narrowFirst() {
        guard case .run(var run) = entries.first, let fireTime = run.claim.run.occasion.fireTime else { return }
        run.claim.first = fireTime
        run.claim.count = 1
        entries[0] = .run(run)
    }

    private mutating func forget(_ job: JobID) {
        if let place = lastOfJob[job], place < base { lastOfJob[job] = nil }
    }
}
