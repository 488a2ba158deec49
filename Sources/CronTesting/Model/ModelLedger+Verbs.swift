public import CronExpressions
public import CronJobs

// The verbs that a ledger of one node and a shared one have in common, and what only the first does otherwise.

extension ModelLedger {
    /// Claims on a ledger of one node.
    public mutating func claim(_ claims: [Claim], now: WallTime) -> [ClaimAnswer] { claims.map { claim($0, now) } }

    private mutating func claim(_ claim: Claim, _ now: WallTime) -> ClaimAnswer {
        let job = claim.run.job
        if claim.attempt == 1, let fireTime = claim.run.occasion.fireTime, !advance(job, to: fireTime, since: claim.since) {
            return .taken(watermark: mark(of: job) ?? claim.since)
        }
        guard row(claim.run, claim.attempt) == nil else { return .taken(watermark: mark(of: job) ?? claim.since) }
        let fence = nextFence(now), isPaused = claim.isStopped(by: pausedJobs(now: now))
        enter(RunRecord(claim, now: now, outcome: isPaused ? .skipped(.paused) : nil), fence: fence)
        return isPaused ? .skipped(.paused) : .won(fence: fence)
    }

    /// Notes what runs.
    public mutating func start(_ starts: [Start]) {
        for start in starts {
            guard let place = openPlace(start.run, start.attempt, start.fence), let row = jobs[start.run.job]?.rows[place] else { continue }
            tellStart(of: row.record, at: start.at)
            jobs[start.run.job]?.rows[place].record.startedAt = start.at
            jobs[start.run.job]?.rows[place].isRunning = true
        }
    }

    /// Records outcomes.
    public mutating func finish(_ finishes: [Finish]) -> [Bool] {
        finishes.map { finish in
            guard let place = openPlace(finish.run, finish.attempt, finish.fence), var row = jobs[finish.run.job]?.rows[place] else {
                return false
            }
            tellStart(of: row.record, at: finish.startedAt)
            row.record.startedAt = finish.startedAt ?? row.record.startedAt
            row.record.finishedAt = finish.at
            row.record.outcome = finish.outcome
            row.record.resources = finish.resources
            row.record.tail = finish.tail
            jobs[finish.run.job]?.rows[place] = row
            tellEnd(of: row.record)
            return true
        }
    }

    /// Asks something of the last attempt of a run that is open; false where none is. Who asked first is kept.
    public mutating func request(_ kind: RunRequest.Kind, of run: RunID, by: String, now: WallTime) -> Bool {
        guard let place = jobs[run.job]?.rows.lastIndex(where: { $0.isOpen && $0.record.run == run }) else { return false }
        if jobs[run.job]?.rows[place].record.request == nil {
            jobs[run.job]?.rows[place].record.request = RunRequest(kind, by: by, at: now)
        }
        return true
    }

    /// What is asked of attempts that are the caller's.
    public func requests(of runs: [OpenRun]) -> [Renewal.Request] {
        runs.compactMap { run in
            guard let row = row(run.run, run.attempt), row.isOpen, row.fence == run.fence, let request = row.record.request else {
                return nil
            }
            return Renewal.Request(run: run, request: request)
        }
    }

    /// Decides ranges without a start.
    public mutating func skip(_ skips: [Skip], now: WallTime) {
        for skip in skips where advance(skip.job, to: skip.last, since: skip.since) {
            let run = RunID(job: skip.job, .scheduled(skip.last))
            guard row(run, 1) == nil else { continue }
            let record = RunRecord(
                run: run, attempt: 1, trigger: .scheduled, first: skip.first, count: skip.count, claimedAt: now, startedAt: nil,
                finishedAt: now, outcome: skip.outcome, resources: nil, tail: [], by: skip.by)
            enter(record, fence: nextFence(now))
        }
    }

    /// Takes over the open attempts of earlier lives.
    public mutating func sweep(now: WallTime) -> [OpenRun] {
        let open = jobs.values.flatMap(\.rows).filter { $0.isOpen && $0.life < incarnation }.sorted { $0.order < $1.order }
        return open.map { row in
            var swept = OpenRun(row, fence: nextFence(now))
            swept.ownerSeenAt = earlierSeen.map { max($0, row.record.startedAt ?? row.record.claimedAt) }
            guard let place = jobs[swept.run.job]?.place(swept.run, swept.attempt) else { return swept }
            jobs[swept.run.job]?.rows[place].fence = swept.fence
            jobs[swept.run.job]?.rows[place].life = incarnation
            tellTakeover(of: swept)
            return swept
        }
    }

    /// The attempts that are not the caller's any more.
    public func lost(_ runs: [OpenRun]) -> [OpenRun] { runs.filter { row($0.run, $0.attempt)?.fence != $0.fence } }

    public mutating func assert(_ marks: [JobID: Instant]) {
        for (job, mark) in marks where mark > self.mark(of: job) ?? Instant(.min) { jobs[job, default: JobState()].mark = mark }
    }

    public mutating func rewind(marksAfter limit: Instant, to mark: Instant) -> [JobID] {
        let touched = watermarks.filter { $0.value > limit && $0.value > mark }.keys.sorted()
        for job in touched { jobs[job]?.mark = mark }
        return touched
    }

    /// - Parameter end: when a pause ends by itself.
    public mutating func setPaused(_ isPaused: Bool, until end: WallTime? = nil, _ jobs: Set<JobID>, now: WallTime) {
        for job in jobs.sorted() {
            let count = nextFence(now)
            pauses[job] = PauseWord(count: isPaused ? count : -count, until: isPaused ? end : nil)
        }
    }

    public mutating func retain(_ present: Set<JobID>, now: WallTime) {
        for (job, state) in jobs where state.mark != nil { jobs[job]?.gone = present.contains(job) ? nil : state.gone ?? now }
        forget(now)
    }

    public mutating func prune(_ retention: Retention, now: WallTime) {
        lastSeen = now
        forget(now)
        let oldest = now - retention.age
        for (job, state) in jobs {
            var kept: [Row] = [], finished = 0
            for row in state.rows.reversed() {
                if let end = row.record.finishedAt {
                    if end < oldest { continue }
                    finished += 1
                    if finished > max(0, retention.runsPerJob) { continue }
                }
                kept.append(row)
            }
            jobs[job]?.keep(kept.reversed())
        }
        dropOutputs()
    }

    /// A job that has been gone for 30 days has no watermark any more, unless it still runs.
    private mutating func forget(_ now: WallTime) {
        for (job, state) in jobs {
            guard let gone = state.gone, now - gone >= .seconds(30 * 86_400), !state.rows.contains(where: \.isOpen) else { continue }
            jobs[job]?.mark = nil
            jobs[job]?.gone = nil
        }
    }
}

extension RunRecord {
    /// What a claim enters.
    init(_ claim: Claim, now: WallTime, trigger: Trigger? = nil, outcome: Outcome? = nil) {
        self.init(
            run: claim.run, attempt: claim.attempt, trigger: trigger ?? claim.trigger, first: claim.first, count: claim.count,
            claimedAt: now, startedAt: nil, finishedAt: outcome == nil ? nil : now, outcome: outcome, resources: nil, tail: [],
            by: claim.by)
    }
}

extension OpenRun {
    /// An attempt that is taken over.
    init(_ row: ModelLedger.Row, fence: Int64) {
        let record = row.record
        self.init(
            run: record.run, attempt: record.attempt, fence: fence, startedAt: record.startedAt, process: nil,
            claim: .init(trigger: record.trigger, first: record.first, count: record.count, by: record.by),
            request: record.request)
    }
}
