internal import CronExpressions

/// The jobs of a memory store.
package struct StoredJobs: Sendable {
    private var jobs = JobMap<StoredJob>()
    private var lastRevision: Int64 = 0
    /// The ids in the order of their bytes, as long as none came or went since they were asked for.
    private var order: [JobID]?

    package init() {}

    package subscript(id: JobID) -> StoredJob? { jobs[id] }

    /// The ids that no table decides about.
    package var standing: Set<JobID> { Set(jobs.entries.lazy.filter { $0.value.origin != .table }.map(\.id)) }

    package mutating func put(_ job: StoredJob, replacing revision: Int64?, now: WallTime) -> PutAnswer {
        let there = jobs[job.id]
        guard there?.revision == revision else { return .overtaken(by: there) }
        lastRevision = max(lastRevision &+ 1, now.nanoseconds / 1000)
        var job = job
        (job.revision, job.storedAt) = (lastRevision, now)
        jobs[job.id] = job
        if there == nil { order = nil }
        return .stored(revision: lastRevision)
    }

    package mutating func list(after id: JobID?, limit: Int) -> [StoredJob] {
        let order = order ?? jobs.entries.map(\.id).sorted(by: Self.isBefore)
        self.order = order
        var low = 0, high = order.count
        while let id, low < high {
            let middle = (low + high) / 2
            if Self.isBefore(id, order[middle]) { high = middle } else { low = middle + 1 }
        }
        return order[low...].prefix(max(0, limit)).compactMap { jobs[$0] }
    }

    /// Swift orders text by its characters, stores by its bytes.
    private static func isBefore(_ a: JobID, _ b: JobID) -> Bool { a.description.utf8.lexicographicallyPrecedes(b.description.utf8) }

    package func count(_ origin: StoredJob.Origin) -> Int { jobs.entries.count { $0.value.origin == origin } }

    package mutating func remove(_ id: JobID, revision: Int64?) -> Bool {
        guard let there = jobs[id], revision == nil || there.revision == revision else { return false }
        jobs[id] = nil
        order = nil
        return true
    }
}
