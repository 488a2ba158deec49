public import CronJobs

/// Exactly the attempts that were handed to the runner, or adopted, and have not ended yet.
struct RunningAttempts {
    private var attempts: [RunID: Attempt] = [:]
    private var counts: [JobID: Int] = [:]
    /// Those whose lost lease was told.
    private var saidLost: Set<RunID> = []

    var count: Int { attempts.count }
    var runs: [RunID] { Array(attempts.keys) }

    subscript(run: RunID) -> Attempt? { attempts[run] }

    func count(of job: JobID) -> Int { counts[job, default: 0] }

    func hasRoom(for job: Job) -> Bool { count(of: job.id) < job.policies.values.concurrencyLimit }

    mutating func enter(_ attempt: Attempt) {
        if attempts.updateValue(attempt, forKey: attempt.run) == nil { counts[attempt.run.job, default: 0] += 1 }
    }

    /// Enters an attempt of an earlier life, unless a later one of its run is going: a store that was set back hands out what is long over.
    mutating func adopt(_ attempt: Attempt) {
        if attempts[attempt.run].map({ $0.number <= attempt.number }) ?? true { enter(attempt) }
    }

    mutating func leave(_ run: RunID, attempt number: Int) -> Attempt? {
        guard let attempt = attempts[run], attempt.number == number else { return nil }
        attempts[run] = nil
        saidLost.remove(run)
        let left = counts[run.job, default: 1] - 1
        counts[run.job] = left > 0 ? left : nil
        return attempt
    }

    mutating func setFence(_ fence: Int64, of run: RunID) { attempts[run]?.fence = fence }

    /// Whether an attempt that the ledger handed over under a new fence runs here already: then it goes on under that fence.
    mutating func keeps(_ open: OpenRun) -> Bool {
        guard let attempt = attempts[open.run], attempt.number == open.attempt else { return false }
        attempts[open.run]?.fence = max(attempt.fence, open.fence)
        return true
    }

    /// What a ledger that others use is to be told of: all but what it has not heard of yet.
    func leases(without owed: OwedDecisions) -> [OpenRun] {
        attempts.values.filter { !owed.contains($0.run) }.map {
            OpenRun(run: $0.run, attempt: $0.number, fence: $0.fence, startedAt: nil, process: nil)
        }
    }

    /// Notes that leases are lost, and answers those of which that is new.
    mutating func lose(_ lost: [OpenRun]) -> [RunID] { lost.map(\.run).filter { saidLost.insert($0).inserted } }
}

extension Attempt {
    /// An attempt that another owner began.
    public init(adopting open: OpenRun, job: Job?, now: WallTime) {
        let scheduledAt = open.run.occasion.fireTime ?? now.instant
        self.init(
            run: open.run, number: open.attempt, fence: open.fence, trigger: open.claim?.trigger ?? .scheduled,
            job: job ?? Job(id: open.run.job, timing: .startup, command: Command(text: "")), scheduledAt: scheduledAt,
            missed: max(0, (open.claim?.count ?? 1) - 1), first: open.claim?.first)
    }
}
