internal import CronExpressions
internal import CronJobs

// Attempts that are claimed and may not start yet. They are in the ledger: should the service die, each of them becomes `interrupted`.
//
//    won ─▶ is the load low? ─▶ does none of its job go? ─▶ is there room in the service? ─▶ starts
//             │ load               │ overlap                   │ room
//             ▼ give-up            ▼ cancelled, replaced       ▼ its grace is over
//             skipped(load)                                    skipped(load)
//
// Invariants: a run waits in one place. What waits for load or room is ahead of what waits for its own job.

/// Claimed attempts that wait for their start.
struct WaitingRuns {
    /// More than any table has entries.
    static let bound = 200_000

    struct Run {
        var attempt: Attempt
        /// When its claim was asked for: before it starts, a shared ledger is asked again. Nil without one, and for what is claimed from memory.
        var asked: MonotonicTime?
        var reason: WaitReason
        /// It has waited for too long after this.
        var deadline: WallTime?
    }

    /// First in, first out. What has left meanwhile is passed over.
    private struct Line {
        private var runs: [RunID] = []
        private var head = 0

        mutating func append(_ run: RunID) { runs.append(run) }

        mutating func prepend(_ run: RunID) {
            if head == 0 { return runs.insert(run, at: 0) }
            head -= 1
            runs[head] = run
        }

        mutating func popFirst() -> RunID? {
            guard head < runs.count else { return nil }
            defer {
                head += 1
                if head == runs.count { (runs, head) = ([], 0) }
            }
            return runs[head]
        }
    }

    private struct JobLine {
        var line = Line()
        /// All that wait, and how many of them wait for load or room.
        var runs: Set<RunID> = []
        var ahead = 0
    }

    private var runs: [RunID: Run] = [:]
    private var jobs: [JobID: JobLine] = [:]
    private var room = Line()
    private(set) var waitForRoom = 0
    private var heldByLoad: Set<RunID> = []
    /// None of the deadlines is earlier.
    private(set) var nextDeadline: WallTime?

    var isEmpty: Bool { runs.isEmpty }
    var isFull: Bool { runs.count >= Self.bound }
    var count: Int { runs.count }
    var attempts: some Sequence<Attempt> { runs.values.lazy.map(\.attempt) }
    var waitsForLoad: Bool { !heldByLoad.isEmpty }

    subscript(run: RunID) -> Run? { runs[run] }

    func count(of job: JobID) -> Int { jobs[job]?.runs.count ?? 0 }

    // MARK: In and out

    /// - Parameter isFirst: of those that wait for its job.
    mutating func hold(_ run: Run, isFirst: Bool = false) {
        let id = run.attempt.run
        runs[id] = run
        jobs[id.job, default: JobLine()].runs.insert(id)
        switch run.reason {
        case .overlap: if isFirst { jobs[id.job]?.line.prepend(id) } else { jobs[id.job]?.line.append(id) }
        case .room:
            room.append(id)
            waitForRoom += 1
            jobs[id.job]?.ahead += 1
        case .load:
            heldByLoad.insert(id)
            jobs[id.job]?.ahead += 1
        }
        if let deadline = run.deadline { nextDeadline = min(nextDeadline ?? deadline, deadline) }
    }

    /// One attempt of a run: another of the same run is not meant.
    mutating func remove(_ id: RunID, attempt number: Int) -> Run? { runs[id]?.attempt.number == number ? remove(id) : nil }

    mutating func remove(_ id: RunID) -> Run? {
        guard let run = runs.removeValue(forKey: id) else { return nil }
        jobs[id.job]?.runs.remove(id)
        switch run.reason {
        case .overlap: break
        case .room:
            waitForRoom -= 1
            jobs[id.job]?.ahead -= 1
        case .load:
            heldByLoad.remove(id)
            jobs[id.job]?.ahead -= 1
        }
        if count(of: id.job) == 0 { jobs[id.job] = nil }
        return run
    }

    /// The next one that waits for its job, where none of it is ahead.
    mutating func takeNext(of job: JobID) -> Run? {
        guard jobs[job]?.ahead == 0 else { return nil }
        while let id = jobs[job]?.line.popFirst() {
            if runs[id]?.reason == .overlap { return remove(id) }
        }
        return nil
    }

    /// The next one that waits for room in the service.
    mutating func takeNextForRoom() -> Run? {
        while let id = room.popFirst() {
            if runs[id]?.reason == .room { return remove(id) }
        }
        return nil
    }

    /// What waits for load and may go on, oldest first.
    mutating func takeHeldByLoad(where mayGo: (LoadGate) -> Bool) -> [Run] {
        let going = heldByLoad.filter { id in runs[id]?.attempt.job.policies.values.loadGate.map(mayGo) ?? true }
        return going.compactMap { remove($0) }.inOrder
    }

    /// Those of a job that wait for it or for room: what replaces a run replaces them, too.
    mutating func takeReplaced(of job: JobID) -> [Run] {
        guard let waiting = jobs[job]?.runs else { return [] }
        return waiting.filter { runs[$0]?.reason != .load }.compactMap { remove($0) }.inOrder
    }

    /// Those that have waited for too long, oldest first.
    mutating func takeOverdue(_ now: WallTime) -> [Run] {
        guard let next = nextDeadline, next < now else { return [] }
        let overdue = runs.values.filter { $0.deadline.map { $0 < now } ?? false }
        for run in overdue { _ = remove(run.attempt.run) }
        nextDeadline = runs.values.lazy.compactMap(\.deadline).min()
        return overdue.inOrder
    }

    mutating func takeAll() -> [Run] {
        let all = Array(runs.values)
        self = WaitingRuns()
        return all.inOrder
    }

    // MARK: What is known of them

    /// What waits from memory is in the ledger now: from then on others may take it over, and the ledger is asked again before it starts.
    mutating func enter(_ run: RunID, under fence: Int64, asked: MonotonicTime) {
        runs[run]?.attempt.fence = fence
        runs[run]?.asked = asked
    }

    /// Whether an attempt that the ledger handed over under a new fence waits here already: then it goes on under that fence.
    mutating func keeps(_ open: OpenRun) -> Bool {
        guard let run = runs[open.run], run.attempt.number == open.attempt else { return false }
        runs[open.run]?.attempt.fence = max(run.attempt.fence, open.fence)
        return true
    }

    /// Their jobs as they are now; what has none any more is taken out.
    mutating func follow(_ table: JobTable) -> [Run] {
        guard !runs.isEmpty else { return [] }
        let known = table.jobs(Set(jobs.keys))
        var gone: [Run] = []
        for id in Array(runs.keys) {
            if let job = known[id.job] { runs[id]?.attempt.job = job } else if let run = remove(id) { gone.append(run) }
        }
        return gone.inOrder
    }
}

extension [WaitingRuns.Run] {
    /// As they were decided.
    fileprivate var inOrder: Self {
        sorted { ($0.attempt.scheduledAt, $0.attempt.fence) < ($1.attempt.scheduledAt, $1.attempt.fence) }
    }
}
