public import CronExpressions
public import CronJobs

// A ledger as a value, to be read beside the contract: a list of rows for each job, no scripts, no statements. Two things are held against it. The stores: the same calls give the same answers. The scheduler: the simulator performs its effects on it.
//
// For one node it does what `Ledger` says. With `sharing` it is a server that several nodes use, and does what `SharedLedger` adds: it has a
// clock of its own, leases, and a time after a loss in which it decides nothing. What the nodes remember is in `ModelNode`.

/// What the stores and the scheduler are held against.
public struct ModelLedger: Sendable {
    /// The times of a ledger that several nodes share.
    public struct Sharing: Sendable {
        public var lease = Duration.seconds(30)
        /// How long it decides nothing after a loss.
        public var quarantine = Duration.seconds(10)
        /// A step of its clock, or a silence, that counts as a loss.
        public var jump = Duration.seconds(30)
        /// How much before its fire time a run may be claimed; nil is without limit.
        public var earliness: Duration? = .milliseconds(500)
        /// It keeps what runs once (`once`), and gives out nothing else of the kind.
        var keepsOnce = false

        public init() {}
    }

    /// One attempt, open as long as its record has no outcome.
    struct Row: Sendable {
        var record: RunRecord
        var fence: Int64
        /// The place in the order of decisions.
        var order: Int64
        var node: String
        var life: Int64
        var token: Int64
        var isRunning = false
        var leaseEnd = WallTime(nanoseconds: 0)

        var isOpen: Bool { record.outcome == nil }
    }

    /// The last word about a job's pause.
    struct PauseWord: Hashable, Sendable {
        /// When it was said, counted like the fences; negative where the job goes on.
        var count: Int64
        /// When it ends by itself.
        var until: WallTime?

        func holds(at now: WallTime) -> Bool { count > 0 && until.map { now.milliseconds < $0.milliseconds } ?? true }
    }

    struct JobState: Sendable {
        var mark: Instant?
        /// When it left the table.
        var gone: WallTime?
        /// Oldest decision first.
        var rows: [Row] = []
        /// Where each attempt's row is.
        private var places: [Place: Int] = [:]

        private struct Place: Hashable {
            var occasion: RunID.Occasion
            var attempt: Int
        }

        func place(_ run: RunID, _ attempt: Int) -> Int? { places[Place(occasion: run.occasion, attempt: attempt)] }

        var open: Int { rows.indices.reduce(0) { rows[$1].isOpen ? $0 + 1 : $0 } }

        mutating func append(_ row: Row) {
            places[Place(occasion: row.record.run.occasion, attempt: row.record.attempt)] = rows.count
            rows.append(row)
        }

        mutating func keep(_ kept: [Row]) {
            rows = []
            places = [:]
            for row in kept { append(row) }
        }
    }

    public let sharing: Sharing?
    var jobs: [JobID: JobState] = [:]
    var lastFence: Int64 = 0
    var lastOrder: Int64 = 0
    var incarnation: Int64 = 0
    var lastSeen: WallTime?
    var earlierSeen: WallTime?
    var pauses: [JobID: PauseWord] = [:]
    var once = Once()
    /// What consumers are told, while there are any.
    var facts: [Fact.Kind] = []
    var keepsFacts = false
    /// What attempts that are over wrote.
    var outputs: [ModelNode.Name: OutputExcerpt] = [:]

    // Of a shared one.

    /// When each node was heard of.
    var nodes: [String: WallTime] = [:]
    /// Nothing is decided before.
    var settledAt = WallTime(nanoseconds: 0)
    /// That is so only because nobody seemed to know better.
    var isBriefly = false
    /// What its clock showed last; nil as long as it has no memory.
    var lastTime: WallTime?
    /// The last life of the server that it knows of.
    var server = 0

    /// - Parameter sharing: nil for one node's own.
    public init(sharing: Sharing? = nil) { self.sharing = sharing }

    // MARK: What is so

    func mark(of job: JobID) -> Instant? { jobs[job]?.mark }

    func row(_ run: RunID, _ attempt: Int) -> Row? {
        guard let state = jobs[run.job], let place = state.place(run, attempt) else { return nil }
        return state.rows[place]
    }

    func isPaused(_ job: JobID, _ now: WallTime) -> Bool {
        if pauses.isEmpty { return false }
        return pauses[job]?.holds(at: now) ?? false || pauses[job.withoutHost]?.holds(at: now) ?? false
    }

    /// Whether somebody decided about an attempt already.
    func isDecided(_ run: RunID, _ attempt: Int) -> Bool {
        if attempt == 1, let fireTime = run.occasion.fireTime, let mark = mark(of: run.job), mark >= fireTime { return true }
        return row(run, attempt) != nil
    }

    public var watermarks: [JobID: Instant] { jobs.compactMapValues(\.mark) }
    public func pausedJobs(now: WallTime) -> Set<JobID> { pauses.jobs(now: now) }

    public func history(of job: JobID, limit: Int) -> [RunRecord] { jobs[job]?.rows.reversed().prefix(max(0, limit)).map(\.record) ?? [] }

    /// The record that answers for a fire time: the one whose range ends first, of several attempts the last.
    public func record(of job: JobID, at fireTime: Instant) -> RunRecord? {
        var found: (end: Instant, record: RunRecord)?
        for row in jobs[job]?.rows ?? [] {
            guard let end = row.record.run.occasion.fireTime, row.record.first <= fireTime, fireTime <= end else { continue }
            guard let best = found else {
                found = (end, row.record)
                continue
            }
            if (end, -row.record.attempt) < (best.end, -best.record.attempt) { found = (end, row.record) }
        }
        return found?.record
    }

    // MARK: What changes

    /// A life begins.
    public mutating func open(now: WallTime) -> LedgerOpening {
        earlierSeen = lastSeen
        incarnation = max(incarnation + 1, now.instant.seconds)
        defer { lastSeen = now }
        return LedgerOpening(incarnation: incarnation, lastSeen: lastSeen, secret: "")
    }

    mutating func nextFence(_ now: WallTime) -> Int64 {
        lastFence = max(lastFence &+ 1, now.nanoseconds / 1000)
        return lastFence
    }

    mutating func enter(_ record: RunRecord, fence: Int64, by node: String = "", token: Int64 = 0, leaseEnd: WallTime? = nil) {
        lastOrder = max(lastOrder + 1, fence)
        let row = Row(
            record: record, fence: fence, order: lastOrder, node: node, life: incarnation, token: token,
            leaseEnd: leaseEnd ?? record.claimedAt)
        jobs[record.run.job, default: JobState()].append(row)
        tellEnd(of: record)
    }

    /// Moves a watermark forward; false when it is there already or beyond.
    mutating func advance(_ job: JobID, to fireTime: Instant, since: Instant) -> Bool {
        guard fireTime > mark(of: job) ?? since else { return false }
        jobs[job, default: JobState()].mark = fireTime
        jobs[job]?.gone = nil
        return true
    }

    /// The place of an open attempt under its fence.
    func openPlace(_ run: RunID, _ attempt: Int, _ fence: Int64) -> Int? {
        guard let state = jobs[run.job], let place = state.place(run, attempt), state.rows[place].fence == fence,
            state.rows[place].isOpen
        else { return nil }
        return place
    }
}

extension [JobID: ModelLedger.PauseWord] {
    /// The paused ones.
    func jobs(now: WallTime) -> Set<JobID> { isEmpty ? [] : Set(filter { $0.value.holds(at: now) }.keys) }
}
