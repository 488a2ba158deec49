public import CronJobs

/// Exactly the attempts that were handed to the runner, or adopted, and have not ended yet.
///
/// Of one run there is nearly always one. Where a lease was lost, or a run from memory was another node's, an attempt goes on while a later one of
/// the same run begins: both are kept, and each ends by itself.
struct RunningAttempts {
    /// The last attempt of each run.
    private var attempts: [RunID: Attempt] = [:]
    /// Those that still go beside a later one of their run.
    private var earlier: [RunID: [Attempt]] = [:]
    /// Without those that workers are to run: the ledger knows how many of a job those are, and it may be some time until we hear that one has ended.
    private var counts: [JobID: Int] = [:]
    private var atWorkers = 0
    /// Those that the runner was asked to end.
    private var cancelled: Set<RunID> = []
    /// Those that another node has by now, because their lease was lost or they were started from memory: what follows from them is theirs.
    private var strayed: Set<Name> = []

    private struct Name: Hashable {
        var run: RunID
        var number: Int
    }

    var count: Int { attempts.count + earlier.values.reduce(0) { $0 + $1.count } }
    /// Without those that workers are to run.
    var countHere: Int { count - atWorkers }
    var runs: [RunID] { Array(attempts.keys) }

    /// The last attempt of a run that goes.
    subscript(run: RunID) -> Attempt? { attempts[run] }

    subscript(run: RunID, number: Int) -> Attempt? {
        if let attempt = attempts[run], attempt.number == number { return attempt }
        return earlier.isEmpty ? nil : earlier[run]?.first { $0.number == number }
    }

    func count(of job: JobID) -> Int { counts[job, default: 0] }

    mutating func enter(_ attempt: Attempt) {
        let before = attempts.updateValue(attempt, forKey: attempt.run)
        if let before, before.number != attempt.number { earlier[attempt.run, default: []].append(before) }
        if let before, before.number == attempt.number { uncount(before) }
        if attempt.job.isForWorkers { atWorkers += 1 } else { counts[attempt.run.job, default: 0] += 1 }
    }

    /// Enters an attempt of an earlier life, unless a later one of its run is going: a store that was set back hands out what is long over.
    mutating func adopt(_ attempt: Attempt) {
        if attempts[attempt.run].map({ $0.number <= attempt.number }) ?? true { enter(attempt) }
    }

    mutating func leave(_ run: RunID, attempt number: Int) -> Attempt? {
        guard let attempt = self[run, number] else { return nil }
        if attempts[run]?.number == number {
            attempts[run] = earlier[run]?.popLast()
        } else {
            earlier[run]?.removeAll { $0.number == number }
        }
        if earlier[run]?.isEmpty == true { earlier[run] = nil }
        if attempts[run] == nil { cancelled.remove(run) }
        if !strayed.isEmpty { strayed.remove(Name(run: run, number: number)) }
        uncount(attempt)
        return attempt
    }

    private mutating func uncount(_ attempt: Attempt) {
        if attempt.job.isForWorkers { return atWorkers -= 1 }
        let left = counts[attempt.run.job, default: 1] - 1
        counts[attempt.run.job] = left > 0 ? left : nil
    }

    /// Whether an attempt that the ledger handed over under a new fence runs here already: then it goes on under that fence.
    mutating func keeps(_ open: OpenRun) -> Bool {
        guard let attempt = self[open.run, open.attempt] else { return false }
        setFence(max(attempt.fence, open.fence), of: open.run, attempt: open.attempt)
        strayed.remove(Name(run: open.run, number: open.attempt))
        return true
    }

    mutating func setFence(_ fence: Int64, of run: RunID, attempt number: Int = 1) {
        if attempts[run]?.number == number {
            attempts[run]?.fence = fence
        } else if let place = earlier[run]?.firstIndex(where: { $0.number == number }) {
            earlier[run]?[place].fence = fence
        }
    }

    /// Another node has a run that was started here from memory.
    mutating func isElsewhere(_ run: RunID) { if self[run, 1] != nil { strayed.insert(Name(run: run, number: 1)) } }

    /// Whether another attempt may follow here from how this one ends.
    func isOwn(_ run: RunID, attempt number: Int) -> Bool { strayed.isEmpty || !strayed.contains(Name(run: run, number: number)) }

    /// What a ledger that others use is to be told of: all but what it has not heard of yet.
    func leases(and waiting: WaitingRuns, without owed: OwedDecisions) -> [OpenRun] {
        func lease(_ attempt: Attempt) -> OpenRun? {
            if owed.contains(attempt.run) { return nil }
            return OpenRun(run: attempt.run, attempt: attempt.number, fence: attempt.fence, startedAt: nil, process: nil)
        }
        let all = Array(attempts.values) + earlier.values.joined() + waiting.attempts
        return all.compactMap(lease).sorted { $0.fence < $1.fence }
    }

    /// Those of some jobs, in one walk.
    func runs(of jobs: Set<JobID>) -> [RunID] {
        if jobs.isEmpty { return [] }
        let found = attempts.values.filter { jobs.contains($0.run.job) }
        return found.sorted { ($0.scheduledAt, $0.fence) < ($1.scheduledAt, $1.fence) }.map(\.run)
    }

    /// Notes that runs are to end, and answers those of which that is new.
    mutating func cancel(_ runs: [RunID]) -> [RunID] { runs.filter { attempts[$0] != nil && cancelled.insert($0).inserted } }

    func isCancelled(_ run: RunID) -> Bool { cancelled.contains(run) }

    /// Notes that leases are lost, and answers those of which that is new.
    mutating func lose(_ lost: [OpenRun]) -> [RunID] {
        lost.filter { open in
            // It may have come back under another fence since that was asked.
            self[open.run, open.attempt]?.fence == open.fence
                && strayed.insert(Name(run: open.run, number: open.attempt)).inserted
        }.map(\.run)
    }
}

extension Attempt {
    /// An attempt that another owner began.
    public init(adopting open: OpenRun, job: Job?, now: WallTime) {
        let scheduledAt = open.run.occasion.fireTime ?? now.instant
        self.init(
            run: open.run, number: open.attempt, fence: open.fence, trigger: open.claim?.trigger ?? .scheduled,
            job: job ?? Job(id: open.run.job, timing: .startup, command: Command(text: "")), scheduledAt: scheduledAt,
            missed: max(0, (open.claim?.count ?? 1) - 1), first: open.claim?.first)
        by = open.claim?.by
    }
}
