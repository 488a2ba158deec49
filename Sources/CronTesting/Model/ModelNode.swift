internal import CronExpressions
internal import CronJobs

// What a node remembers of a shared ledger, and tells it when it is reached anew: a shared ledger may forget, its nodes do not.

/// A node's end of a shared ledger.
struct ModelNode {
    struct Name: Hashable {
        var run: RunID
        var attempt: Int
    }

    /// An attempt that was handed out here and has no outcome yet.
    struct Held {
        var row: ModelLedger.Row
        /// Its place among the calls.
        var token: Int64
    }

    let name: String
    private(set) var marks: [JobID: Instant] = [:]
    private(set) var pauses: [JobID: ModelLedger.PauseWord] = [:]
    private(set) var held: [Name: Held] = [:]
    /// Outcomes that were confirmed here, of the last ten minutes.
    private(set) var recorded: [(name: Name, row: ModelLedger.Row, at: WallTime)] = []
    private(set) var fence: Int64 = 0
    private var lastToken: Int64 = 0
    private var unanswered: Set<Int64> = []
    private var unsure: Set<Name> = []
    /// The ledger was told what is remembered, on this connection.
    var isTold = false
    private var toldSettling = WallTime(nanoseconds: 0)

    init(name: String) { self.name = name }

    var caller: ModelLedger.Caller { .init(node: name, fence: fence) }
    func paused(_ now: WallTime) -> Set<JobID> { pauses.jobs(now: now) }

    mutating func newToken() -> Int64 {
        lastToken += 1
        return lastToken
    }

    mutating func saw(_ mark: Instant, of job: JobID) { marks[job] = max(marks[job] ?? mark, mark) }
    mutating func saw(fence: Int64) { self.fence = max(self.fence, fence) }

    /// Whether it can tell that an attempt was decided.
    func knows(_ name: Name) -> Bool {
        if name.attempt == 1, let fireTime = name.run.occasion.fireTime, let mark = marks[name.run.job], mark >= fireTime { return true }
        return held[name] != nil || recorded.contains { $0.name == name }
    }

    // MARK: Telling

    /// Hands everything over.
    mutating func tell(_ ledger: inout ModelLedger, now: WallTime) {
        isTold = true
        ledger.assert(marks)
        for (job, word) in pauses where word.count.magnitude > ledger.pauses[job]?.count.magnitude ?? 0 { ledger.pauses[job] = word }
        ledger.lastFence = max(ledger.lastFence, Int64(clamping: pauses.values.map(\.count.magnitude).max() ?? 0))
        for (name, own) in held.sorted(by: { $0.value.row.fence < $1.value.row.fence }) where !ledger.take(own.row, by: self.name, now: now)
        {
            held[name] = nil
        }
        for entry in recorded { ledger.remind(entry.row) }
        toldSettling = max(toldSettling, ledger.settledAt)
        hear(ledger, now: now)
    }

    /// The ledger settles: the next call tells it, once for each time. True if so.
    @discardableResult
    mutating func heard(quarantineUntil end: WallTime) -> Bool {
        guard end > toldSettling else { return false }
        toldSettling = end
        isTold = false
        return true
    }

    mutating func clockWasSetBack() { toldSettling = WallTime(nanoseconds: 0) }

    /// Takes in what every renewal answers.
    mutating func hear(_ ledger: ModelLedger, now: WallTime) {
        saw(fence: ledger.lastFence)
        for (job, word) in ledger.pauses where word.count.magnitude > pauses[job]?.count.magnitude ?? 0 { pauses[job] = word }
    }

    // MARK: Answers

    mutating func noAnswer(to token: Int64) {
        for (name, own) in held where own.token == token { held[name] = nil }
        unanswered.insert(token)
    }

    mutating func noAnswer(about names: [Name]) { unsure.formUnion(names) }

    mutating func wasUnsure(_ name: Name) -> Bool { unsure.remove(name) != nil }

    mutating func take(_ claim: Claim, _ answer: ModelLedger.Answer, token: Int64, entered: WallTime, settledAt: WallTime) -> ClaimAnswer {
        let fireTime = claim.attempt == 1 ? claim.run.occasion.fireTime : nil
        if let fireTime, answer.isDecision { saw(fireTime, of: claim.run.job) }
        switch answer {
        case .won(let fence):
            hold(claim, fence: fence, token: token, entered: entered)
            return .won(fence: fence)
        case .mine(let mark, let fence, let owner):
            if fireTime != nil { saw(mark, of: claim.run.job) }
            guard held[Name(run: claim.run, attempt: claim.attempt)] == nil, unanswered.contains(owner) else {
                return .taken(watermark: mark)
            }
            hold(claim, fence: fence, token: token, entered: entered)
            return .won(fence: fence)
        case .taken(let mark, let isKnown):
            if isKnown { saw(mark, of: claim.run.job) }
            return .taken(watermark: mark)
        case .later(let wait):
            heard(quarantineUntil: settledAt)
            return .later(wait)
        case .late:
            remember(RunRecord(claim, now: entered, trigger: .scheduled, outcome: .missed(claim.count)), fence: fence)
            return .late
        case .skipped(let reason):
            let trigger = reason == .paused || claim.run.occasion.fireTime == nil ? claim.trigger : .scheduled
            remember(RunRecord(claim, now: entered, trigger: trigger, outcome: .skipped(reason)), fence: fence)
            return .skipped(reason)
        }
    }

    private mutating func hold(_ claim: Claim, fence: Int64, token: Int64, entered: WallTime) {
        saw(fence: fence)
        let row = ModelLedger.Row(
            record: RunRecord(claim, now: entered), fence: fence, order: fence, node: name, life: 0, token: token)
        held[Name(run: claim.run, attempt: claim.attempt)] = Held(row: row, token: token)
    }

    mutating func started(_ start: Start) {
        let name = Name(run: start.run, attempt: start.attempt)
        guard held[name]?.row.fence == start.fence else { return }
        held[name]?.row.isRunning = true
        held[name]?.row.record.startedAt = start.at
    }

    /// The gate let it pass: it is ours now, also if another node had claimed it.
    mutating func passed(_ start: Start, _ ledger: ModelLedger) {
        let name = Name(run: start.run, attempt: start.attempt)
        if held[name] == nil, var row = ledger.row(start.run, start.attempt) {
            row.token = 0
            held[name] = Held(row: row, token: 0)
            saw(fence: start.fence)
        }
        held[name]?.row.isRunning = true
    }

    /// Something is asked of an attempt that is held here.
    mutating func heard(_ request: Renewal.Request) {
        held[Name(run: request.run.run, attempt: request.run.attempt)]?.row.record.request = request.request
    }

    mutating func lose(_ run: OpenRun) {
        let name = Name(run: run.run, attempt: run.attempt)
        if held[name]?.row.fence == run.fence { held[name] = nil }
    }

    /// An outcome was answered.
    mutating func settled(_ finish: Finish, isRecorded: Bool) {
        let name = Name(run: finish.run, attempt: finish.attempt)
        if isRecorded {
            var record =
                held[name]?.row.record
                ?? RunRecord(
                    run: finish.run, attempt: finish.attempt, trigger: finish.run.occasion.trigger,
                    first: finish.run.occasion.fireTime ?? finish.at.instant,
                    count: 1, claimedAt: finish.startedAt ?? finish.at, startedAt: nil, finishedAt: nil, outcome: nil, resources: nil,
                    tail: [])
            record.startedAt = finish.startedAt ?? record.startedAt
            record.finishedAt = finish.at
            record.outcome = finish.outcome
            record.resources = finish.resources
            record.tail = Array(finish.tail.suffix(256))
            remember(record, fence: finish.fence)
        }
        if held[name]?.row.fence == finish.fence { held[name] = nil }
    }

    mutating func remember(_ record: RunRecord, fence: Int64) {
        let at = record.finishedAt ?? record.claimedAt
        let row = ModelLedger.Row(record: record, fence: fence, order: fence, node: "", life: 0, token: 0)
        recorded.append((Name(run: record.run, attempt: record.attempt), row, at))
        if recorded.count > 4096 { recorded.removeFirst() }
        if let first = recorded.first, at - first.at > .seconds(720) { recorded.removeAll { at - $0.at > .seconds(600) } }
    }

    /// What it keeps, for a renewal.
    var leases: [OpenRun] {
        held.map { OpenRun(run: $0.run, attempt: $0.attempt, fence: $1.row.fence, startedAt: nil, process: nil) }
    }

    /// Marks were set back on purpose.
    mutating func rewound(after limit: Instant, to mark: Instant) {
        for (job, own) in marks where own > limit && own > mark { marks[job] = mark }
    }

    func holds(_ name: Name, _ fence: Int64) -> Bool { held[name]?.row.fence == fence }
}

extension ModelLedger.Answer {
    var isDecision: Bool {
        switch self {
        case .won, .late, .skipped: true
        case .mine, .taken, .later: false
        }
    }
}

extension ModelLedger {
    /// A node says that it holds an attempt; false where somebody else has it, or it is decided.
    fileprivate mutating func take(_ own: Row, by node: String, now: WallTime) -> Bool {
        let lease = now + (sharing ?? Sharing()).lease, record = own.record, job = record.run.job
        guard let place = jobs[job]?.place(record.run, record.attempt), let row = jobs[job]?.rows[place] else {
            lastFence = max(lastFence, own.fence)
            enter(record, fence: own.fence, by: node, token: own.token, leaseEnd: lease)
            if own.isRunning, let last = jobs[job]?.rows.indices.last { jobs[job]?.rows[last].isRunning = true }
            return true
        }
        guard row.isOpen, row.fence <= own.fence else { return false }
        guard row.fence < own.fence || row.node == node else { return true }
        jobs[job]?.rows[place].leaseEnd = lease
        guard row.fence < own.fence else { return true }
        jobs[job]?.rows[place].record = record
        jobs[job]?.rows[place].fence = own.fence
        jobs[job]?.rows[place].node = node
        jobs[job]?.rows[place].isRunning = own.isRunning
        lastFence = max(lastFence, own.fence)
        return true
    }

    /// A node says what it had confirmed.
    fileprivate mutating func remind(_ own: Row) {
        let record = own.record
        guard let row = row(record.run, record.attempt) else { return enter(record, fence: own.fence) }
        guard row.isOpen, row.fence <= own.fence, let place = jobs[record.run.job]?.place(record.run, record.attempt) else { return }
        jobs[record.run.job]?.rows[place].record = record
        tellEnd(of: record)
    }
}
