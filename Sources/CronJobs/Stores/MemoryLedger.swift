public import CronExpressions

/// A ledger that lasts as long as the process: the reference for the contract, and the store of a service without a volume.
///
/// History is bounded without anybody calling `prune`: oldest finished attempts go first. Open attempts and watermarks are always kept.
public actor MemoryLedger: Ledger, JobStore, OutputStore, OwnerStore, PauseStore, RequestStore, FactStore, ConsumerStore {
    private struct Key: Hashable {
        var run: RunID
        var attempt: Int
    }

    private struct Row {
        var record: RunRecord
        var fence: Int64
        var incarnation: Int64
        var sequence: Int
        var process: ProcessIdentity?
        var bootID = ""
    }

    private struct Mark {
        var at: Instant
        var gone: WallTime?
    }

    private var marks: [JobID: Mark] = [:]
    private var rows: [Key: Row] = [:]
    /// Each job's rows, oldest decision first.
    private var order: [JobID: [Key]] = [:]
    private var sequence = 0
    private var lastFence: Int64 = 0
    private var incarnation: Int64 = 0
    private let secret = LedgerOpening.newSecret()
    private var bootID = ""
    private var lastSeen: WallTime?
    /// The last time that a caller told, for those who tell none.
    private var heard = WallTime(nanoseconds: 0)
    /// When the life before this one was last seen.
    private var earlierSeen: WallTime?
    private var jobPauses = JobPauses()
    private var stored = StoredJobs()
    private var kept = KeptOutput<Key>()
    private var consumers = ConsumerPlaces()
    /// For the table's history of the same service, which says there what changed.
    public nonisolated let factLog = FactLog()
    private let rowsPerJob: Int
    private let rowsOverall: Int

    public init(rowsPerJob: Int = 1000, rowsOverall: Int = 100_000) {
        self.rowsPerJob = max(0, rowsPerJob)
        self.rowsOverall = max(0, rowsOverall)
    }

    /// Whoever opens it again is its next life; what was open stays open until a sweep.
    public func open(bootID: String, now: WallTime) -> LedgerOpening {
        defer { lastSeen = now }
        heard = now
        self.bootID = bootID
        earlierSeen = lastSeen
        incarnation = max(incarnation + 1, now.instant.seconds)
        return LedgerOpening(incarnation: incarnation, lastSeen: lastSeen, secret: secret)
    }

    /// Of all jobs that were ever decided here.
    public func watermarks() -> [JobID: Instant] { marks.mapValues(\.at) }

    /// Judges neither deadline nor limit: that is its only user's affair.
    public func claim(_ claims: [Claim], now: WallTime) -> [ClaimAnswer] {
        heard = now
        let paused = jobPauses.jobs(now: now)
        return claims.map { claim in
            let job = claim.run.job
            if claim.attempt == 1, let fireTime = claim.run.occasion.fireTime, !advance(job, to: fireTime, since: claim.since) {
                return .taken(watermark: marks[job]?.at ?? claim.since)
            }
            let key = Key(run: claim.run, attempt: claim.attempt)
            guard rows[key] == nil else { return .taken(watermark: marks[job]?.at ?? claim.since) }
            let fence = nextFence(now), isPaused = claim.isStopped(by: paused)
            let record = RunRecord(
                run: claim.run, attempt: claim.attempt, trigger: claim.trigger, first: claim.first, count: claim.count, claimedAt: now,
                startedAt: nil, finishedAt: isPaused ? now : nil, outcome: isPaused ? .skipped(.paused) : nil, resources: nil, tail: [],
                pool: isPaused ? nil : claim.pool, by: claim.by)
            enter(record, as: key, fence: fence)
            if isPaused { say(record) }
            return isPaused ? .skipped(.paused) : .won(fence: fence)
        }
    }

    /// Attempts that are unknown, ended or under another fence are passed over.
    public func start(_ starts: [Start]) {
        for start in starts {
            guard let key = openRow(start.run, start.attempt, start.fence) else { continue }
            sayStarted(key, at: start.at)
            rows[key]?.record.startedAt = start.at
            rows[key]?.record.pool = nil
            rows[key]?.process = start.process
            rows[key]?.bootID = bootID
        }
    }

    /// Loses nothing but what it does not know under that fence.
    public func renew(_ runs: [OpenRun], now: WallTime) -> [OpenRun] { renewal(of: runs, now: now).lost }

    /// What is asked of each is told until it ends.
    public func renewal(of runs: [OpenRun], now: WallTime) -> Renewal {
        var renewal = Renewal()
        for run in runs {
            let row = rows[Key(run: run.run, attempt: run.attempt)]
            if row?.fence != run.fence { renewal.lost.append(run) }
            guard let row, row.fence == run.fence, row.record.outcome == nil, let request = row.record.request else { continue }
            renewal.requests.append(.init(run: run, request: request))
        }
        return renewal
    }

    /// Of the last attempt that is open; who asked first is kept.
    public func request(_ kind: RunRequest.Kind, of run: RunID, by: String, now: WallTime) -> Bool {
        guard let key = order[run.job, default: []].last(where: { $0.run == run && rows[$0]?.record.outcome == nil }) else { return false }
        if rows[key]?.record.request == nil { rows[key]?.record.request = RunRequest(kind, by: by, at: now) }
        return true
    }

    /// Once: a second outcome of an attempt is refused.
    public func finish(_ finishes: [Finish]) -> [Bool] {
        finishes.map { finish in
            guard let key = openRow(finish.run, finish.attempt, finish.fence), var row = rows[key] else { return false }
            if let start = finish.startedAt { sayStarted(key, at: start) }
            row.record.startedAt = finish.startedAt ?? row.record.startedAt
            row.record.finishedAt = finish.at
            row.record.outcome = finish.outcome
            row.record.pool = nil
            row.record.resources = finish.resources
            row.record.tail = finish.tail
            rows[key] = row
            say(row.record)
            bound(finish.run.job)
            return true
        }
    }

    /// A range that ends at or before the watermark is passed over.
    public func skip(_ skips: [Skip], now: WallTime) {
        for skip in skips where advance(skip.job, to: skip.last, since: skip.since) {
            let key = Key(run: RunID(job: skip.job, .scheduled(skip.last)), attempt: 1)
            guard rows[key] == nil else { continue }
            let record = RunRecord(
                run: key.run, attempt: 1, trigger: .scheduled, first: skip.first, count: skip.count, claimedAt: now, startedAt: nil,
                finishedAt: now, outcome: skip.outcome, resources: nil, tail: [], by: skip.by)
            enter(record, as: key, fence: nextFence(now))
            say(record)
            bound(skip.job)
        }
    }

    /// What earlier lives left open, oldest decision first.
    public func sweep(now: WallTime) -> [OpenRun] {
        rows.filter { $0.value.record.outcome == nil && $0.value.incarnation < incarnation }
            .sorted { $0.value.sequence < $1.value.sequence }
            .map { key, row in
                let fence = nextFence(now)
                rows[key]?.fence = fence
                rows[key]?.incarnation = incarnation
                factLog.add(.takenOver(key.run, attempt: key.attempt), at: now)
                return OpenRun(
                    run: key.run, attempt: key.attempt, fence: fence, startedAt: row.record.startedAt,
                    process: row.bootID == bootID ? row.process : nil,
                    claim: .init(
                        trigger: row.record.trigger, first: row.record.first, count: row.record.count, by: row.record.by),
                    ownerSeenAt: earlierSeen.map { max($0, row.record.startedAt ?? row.record.claimedAt) },
                    state: row.record.startedAt == nil ? row.record.pool.map { .queued(pool: $0) } ?? .claimed : .running,
                    request: row.record.request)
            }
    }

    /// Never lowers one.
    public func assert(_ marks: [JobID: Instant]) {
        for (job, mark) in marks where mark > self.marks[job]?.at ?? Instant(.min) || self.marks[job] == nil {
            self.marks[job, default: Mark(at: mark)].at = mark
        }
    }

    /// The jobs whose marks it set back, in order.
    public func rewind(marksAfter limit: Instant, to mark: Instant) -> [JobID] {
        let jobs = marks.filter { $0.value.at > limit && $0.value.at > mark }.keys.sorted()
        for job in jobs { marks[job]?.at = mark }
        return jobs
    }

    /// By the time that it heard last, by nobody in particular.
    public func setPaused(_ isPaused: Bool, _ jobs: Set<JobID>) {
        jobPauses.add(PauseHistory.Word(isPause: isPaused, at: heard, by: ""), of: jobs)
    }

    /// As of the time that it heard last.
    public func pausedJobs() -> Set<JobID> { jobPauses.jobs(now: heard) }

    /// The last word counts, until its end.
    public func pause(_ jobs: Set<JobID>, until: WallTime?, by: String, now: WallTime) {
        heard = now
        jobPauses.add(PauseHistory.Word(isPause: true, at: now, until: until, by: by), of: jobs)
    }

    /// A word like any other: it stays in the history.
    public func resume(_ jobs: Set<JobID>, by: String, now: WallTime) {
        heard = now
        jobPauses.add(PauseHistory.Word(isPause: false, at: now, by: by), of: jobs)
    }

    /// Those that last at `now`.
    public func pauses(now: WallTime) -> [JobID: Pause] { jobPauses.pauses(now: now) }

    /// Empty where nothing was ever said.
    public func pauseHistory(of job: JobID) -> PauseHistory { jobPauses.histories[job] ?? PauseHistory() }

    /// Stored jobs count as present.
    public func retain(_ jobs: Set<JobID>, now: WallTime) {
        let standing = stored.standing
        for (job, mark) in marks {
            let isPresent = jobs.contains(job) || !standing.isEmpty && standing.contains(job.withoutHost)
            marks[job]?.gone = isPresent ? nil : mark.gone ?? now
        }
        forget(now)
    }

    /// Throws for what no store may take.
    public func put(_ job: StoredJob, replacing revision: Int64?, now: WallTime) throws(StoreError) -> PutAnswer {
        try put(WrittenJob(job), replacing: revision, now: now)
    }

    /// Keeps the form, and nothing of its bytes.
    public func put(_ form: any JobForm, replacing revision: Int64?, now: WallTime) throws(StoreError) -> PutAnswer {
        try form.stored.check()
        marks[form.id]?.gone = nil
        return stored.put(form, replacing: revision, now: now)
    }

    /// As it stands now.
    public func storedJob(_ id: JobID) -> StoredJob? { stored[id] }

    /// In the order of their ids' bytes.
    public func storedJobs(after id: JobID?, limit: Int) -> [StoredJob] { stored.list(after: id, limit: limit) }

    /// Of one origin.
    public func countOfStoredJobs(_ origin: StoredJob.Origin) -> Int { stored.count(origin) }

    /// False where another revision stands there, or none.
    public func removeStoredJob(_ id: JobID, revision: Int64?) -> Bool { stored.remove(id, revision: revision) }

    /// Open attempts stay, however old.
    public func prune(_ retention: Retention, now: WallTime) {
        lastSeen = now
        heard = now
        for job in jobPauses.over(now) { jobPauses.set(nil, of: job) }
        forget(now)
        for job in Array(order.keys) { trim(job, to: max(0, retention.runsPerJob), olderThan: now - retention.age) }
    }

    /// False where the attempt has no outcome.
    public func keepOutput(_ run: RunID, attempt: Int, _ output: OutputExcerpt) -> Bool {
        let key = Key(run: run, attempt: attempt)
        guard rows[key]?.record.outcome != nil else { return false }
        return kept.keep(output.shortened(to: OutputLimit.ofRun), of: key)
    }

    /// `nil` once it had to make room.
    public func output(of run: RunID, attempt: Int) -> OutputExcerpt? { kept[Key(run: run, attempt: attempt)] }

    /// Fence and process; the host is this one.
    public func owner(of run: RunID, attempt: Int) -> RunOwner? {
        rows[Key(run: run, attempt: attempt)].map { RunOwner(fence: $0.fence, process: $0.process?.pid) }
    }

    /// From the next output on.
    public func limitOutput(to bytes: Int) { kept.limit = bytes }

    /// Switched off, those that are there are dropped.
    public func keepFacts(_ isWanted: Bool) { factLog.keep(isWanted) }

    /// Behind the last there are none, and the cursor stays.
    public func facts(after cursor: Int64, limit: Int) -> FactPage { factLog.page(after: cursor, limit: limit) }

    /// 0 where there was none.
    public func lastFact() -> Int64 { factLog.last }

    public func noteDegraded(_ what: String, reason: String, now: WallTime) { factLog.add(.degraded(what, reason: reason), at: now) }

    public func attend(_ consumer: String, known: Int64?, now: WallTime) -> ConsumerPlace {
        let cursor = consumers.attend(consumer, otherwise: known ?? factLog.last)
        return .at(cursor, lost: factLog.lost(after: cursor))
    }

    public func notes(of consumer: String) -> [String: String] { consumers.notes(of: consumer) }

    public func advance(_ consumer: String, from: Int64, to: Int64, notes: [String: String?], now: WallTime) -> Bool {
        consumers.advance(consumer, from: from, to: to, notes: notes)
    }

    public func leave(_ consumer: String) {}

    /// Once for each attempt.
    private func sayStarted(_ key: Key, at time: WallTime) {
        guard let row = rows[key], row.record.startedAt == nil else { return }
        factLog.add(.started(key.run, attempt: key.attempt, at: time), at: time)
    }

    private func say(_ record: RunRecord) {
        guard let outcome = record.outcome, let end = record.finishedAt else { return }
        factLog.add(
            .ended(record.run, attempt: record.attempt, outcome: outcome, first: record.first, count: record.count), at: end)
    }

    /// Newest decision first.
    public func history(of job: JobID, limit: Int) -> [RunRecord] {
        order[job, default: []].reversed().prefix(max(0, limit)).compactMap { rows[$0]?.record }
    }

    /// All rows, each at the place of its decision.
    var decided: [HistoryPage.Row] { rows.values.map { HistoryPage.Row(place: Int64($0.sequence), record: $0.record) } }

    /// Of several ranges with the time in it, the one that ends first; of its attempts the last.
    public func record(of job: JobID, at fireTime: Instant) -> RunRecord? {
        order[job, default: []].compactMap { key -> (end: Instant, record: RunRecord)? in
            guard let end = key.run.occasion.fireTime, let record = rows[key]?.record, record.first <= fireTime, fireTime <= end
            else { return nil }
            return (end, record)
        }.min { ($0.end, -$0.record.attempt) < ($1.end, -$1.record.attempt) }?.record
    }

    /// Notes when that was; it may be opened again.
    public func close(now: WallTime) { lastSeen = now }

    /// Moves a watermark forward; `false` when it is at `fireTime` already or beyond.
    private func advance(_ job: JobID, to fireTime: Instant, since: Instant) -> Bool {
        guard fireTime > marks[job]?.at ?? since else { return false }
        marks[job] = Mark(at: fireTime)
        return true
    }

    private func nextFence(_ now: WallTime) -> Int64 {
        lastFence = max(lastFence &+ 1, now.nanoseconds / 1000)
        return lastFence
    }

    private func enter(_ record: RunRecord, as key: Key, fence: Int64) {
        sequence += 1
        rows[key] = Row(record: record, fence: fence, incarnation: incarnation, sequence: sequence)
        order[key.run.job, default: []].append(key)
    }

    private func openRow(_ run: RunID, _ attempt: Int, _ fence: Int64) -> Key? {
        let key = Key(run: run, attempt: attempt)
        guard let row = rows[key], row.fence == fence, row.record.outcome == nil else { return nil }
        return key
    }
}

// What goes.
extension MemoryLedger {
    private func forget(_ now: WallTime) {
        for (job, mark) in marks {
            guard let gone = mark.gone, now - gone >= .seconds(30 * 86_400),
                order[job, default: []].allSatisfy({ rows[$0]?.record.outcome != nil })
            else { continue }
            marks[job] = nil
        }
    }

    /// Drops finished rows of a job: those finished before `limit`, and the oldest beyond `bound`.
    private func trim(_ job: JobID, to bound: Int, olderThan limit: WallTime = WallTime(nanoseconds: .min)) {
        var kept: [Key] = [], finished = 0
        for key in order[job, default: []].reversed() {
            if let end = rows[key]?.record.finishedAt {
                if end >= limit { finished += 1 }
                if end < limit || finished > bound {
                    drop(key)
                    continue
                }
            }
            kept.append(key)
        }
        order[job] = kept.isEmpty ? nil : kept.reversed()
    }

    private func drop(_ key: Key) {
        rows[key] = nil
        kept.drop(key)
    }

    /// Keeps the promise to be bounded. An eighth more is let in before it tidies, so that the work is spread.
    private func bound(_ job: JobID) {
        if order[job, default: []].count > rowsPerJob + rowsPerJob / 8 { trim(job, to: rowsPerJob) }
        guard rows.count > rowsOverall + rowsOverall / 8 else { return }
        let oldest = rows.filter { $0.value.record.outcome != nil }.sorted { $0.value.sequence < $1.value.sequence }
        for (key, _) in oldest.prefix(rows.count - rowsOverall) { drop(key) }
        for (job, keys) in order {
            let kept = keys.filter { rows[$0] != nil }
            order[job] = kept.isEmpty ? nil : kept
        }
    }
}
