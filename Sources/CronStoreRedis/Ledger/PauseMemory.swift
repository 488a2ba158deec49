internal import CronJobs

/// What this node remembers of the jobs' pauses.
///
/// Each word about a job's pause has a count, which grows like the fences; where it goes on again, with a minus. The later word counts,
/// wherever it comes from: so a pause that the server forgot comes back, and one that was ended does not.
struct PauseMemory {
    /// Beyond it Lua's numbers are not exact.
    private static let greatest: UInt64 = 1 << 53

    private(set) var counts: [JobID: Int64] = [:]
    private(set) var last: Int64 = 0
    /// The mark of the server's state when all of it was heard last.
    private(set) var mark = ""

    var jobs: Set<JobID> { Set(counts.lazy.filter { $0.value > 0 }.map(\.key)) }

    /// - Parameter words: the mark, and job, count …; nothing where nothing has changed.
    mutating func hear(_ words: [RESPValue]) {
        guard let first = words.first?.text else { return }
        mark = first
        for (job, count) in RESPValue.array(Array(words.dropFirst())).pairs {
            guard let name = job.text, let count = count.number, count.magnitude <= Self.greatest else { continue }
            let id = JobID(name)
            guard count.magnitude > counts[id]?.magnitude ?? 0 else { continue }
            counts[id] = count
            last = max(last, Int64(clamping: count.magnitude))
        }
    }
}
