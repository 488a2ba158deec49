// tidy: helper
import CronExpressions
import CronJobs

/// A ledger as a value: enough of the contract for a machine, with everything kept for the test to look at.
struct PlainLedger {
    /// A decision about fire times of a job, in the order in which they were made.
    struct Decision: Equatable {
        var first: Instant
        var last: Instant
        var count: Int
    }

    struct Name: Hashable {
        var run: RunID
        var attempt: Int
    }

    private(set) var marks: [JobID: Instant] = [:]
    private(set) var decisions: [JobID: [Decision]] = [:]
    private(set) var fences: [Name: Int64] = [:]
    private(set) var outcomes: [Name: Outcome] = [:]
    /// What was won here, rather than by another node.
    private(set) var won: Set<Name> = []
    private var lastFence: Int64 = 0
    private var ends: [Name: WallTime] = [:]
    private let claimed = WallTime(nanoseconds: 0)

    mutating func claim(_ claims: [Claim], now: WallTime, byUs: Bool = true) -> [ClaimAnswer] {
        claims.map { claim in
            let name = Name(run: claim.run, attempt: claim.attempt), job = claim.run.job, mark = marks[job] ?? claim.since
            if fences[name] != nil { return .taken(watermark: mark) }
            if claim.attempt == 1, let fireTime = claim.run.occasion.fireTime {
                // As a shared ledger: what others decided in part is not decided again.
                guard claim.first > mark else { return .taken(watermark: mark) }
                decide(job, Decision(first: claim.first, last: fireTime, count: claim.count))
            }
            lastFence = max(lastFence + 1, now.nanoseconds / 1000)
            fences[name] = lastFence
            if byUs { won.insert(name) }
            return .won(fence: lastFence)
        }
    }

    /// What is known of a job's runs.
    func history(of job: JobID) -> [RunRecord] {
        fences.keys.filter { $0.run.job == job }.map { name in
            RunRecord(
                run: name.run, attempt: name.attempt, trigger: .scheduled, first: Instant(0), count: 1, claimedAt: ends[name] ?? claimed,
                startedAt: nil, finishedAt: ends[name], outcome: outcomes[name], resources: nil, tail: [])
        }
    }

    mutating func skip(_ skips: [Skip]) {
        for skip in skips where skip.last > marks[skip.job] ?? skip.since {
            decide(skip.job, Decision(first: skip.first, last: skip.last, count: skip.count))
        }
    }

    mutating func finish(_ finishes: [Finish]) {
        for finish in finishes {
            let name = Name(run: finish.run, attempt: finish.attempt)
            if fences[name] == finish.fence, outcomes[name] == nil { (outcomes[name], ends[name]) = (finish.outcome, finish.at) }
        }
    }

    mutating func rewind(marksAfter limit: Instant, to mark: Instant) -> [JobID] {
        let jobs = marks.filter { $0.value > limit }.keys.sorted()
        for job in jobs { marks[job] = mark }
        return jobs
    }

    private mutating func decide(_ job: JobID, _ decision: Decision) {
        marks[job] = decision.last
        decisions[job, default: []].append(decision)
    }
}
