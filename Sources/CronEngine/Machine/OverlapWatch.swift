internal import CronJobs

/// Jobs of which a fire time came while a run was going: each stretch of that is told when it begins and when it ends.
struct OverlapWatch {
    private struct Stretch {
        var since: MonotonicTime
        var fireTimes: Int
    }

    private var stretches: [JobID: Stretch] = [:]

    var isEmpty: Bool { stretches.isEmpty }

    /// A fire time found runs going; true where that begins a stretch.
    mutating func note(_ job: JobID, _ now: MonotonicTime) -> Bool {
        if stretches[job] != nil {
            stretches[job]?.fireTimes += 1
            return false
        }
        stretches[job] = Stretch(since: now, fireTimes: 1)
        return true
    }

    /// A run of the job is over, and so many are left, waiting ones included.
    mutating func left(_ job: JobID, _ rest: Int, _ policy: OverlapPolicy, _ now: MonotonicTime) -> SchedulerEvent? {
        guard let stretch = stretches[job], rest == 0 || rest == 1 && policy != .skip else { return nil }
        stretches[job] = nil
        return .overlapEnded(job, after: now - stretch.since, fireTimes: stretch.fireTimes)
    }
}
