internal import CronExpressions
internal import CronJobs

// What runs once, as far as the ledger keeps it: of a job its time and its revision.

extension ModelLedger {
    struct StoredOnce: Hashable, Sendable {
        var time: Instant
        var revision: Int64
    }

    /// Jobs that run once, and another number after each change of them.
    struct Once: Sendable {
        var jobs: [JobID: StoredOnce] = [:]
        var mark: Int64 = 0

        fileprivate mutating func change(_ now: WallTime) -> Int64 {
            mark = max(mark + 1, now.nanoseconds / 1000)
            return mark
        }
    }

    /// Puts a job where there is none of its id; its revision then.
    mutating func putOnce(_ id: JobID, at time: Instant, now: WallTime) -> Int64? {
        guard once.jobs[id] == nil else { return nil }
        let revision = once.change(now)
        once.jobs[id] = StoredOnce(time: time, revision: revision)
        return revision
    }

    /// Removes a job if it stands at that revision; nil for any.
    mutating func removeOnce(_ id: JobID, revision: Int64?, now: WallTime) -> Bool {
        guard let stored = once.jobs[id], revision == nil || revision == stored.revision else { return false }
        _ = once.change(now)
        once.jobs[id] = nil
        return true
    }

    /// What runs once and was cancelled, or is for another time now, is not claimed by who has not heard of it yet.
    func isWithdrawn(_ job: JobID, _ fireTime: Instant) -> Bool {
        sharing?.keepsOnce == true && job.isOnce && once.jobs[job]?.time != fireTime
    }
}
