internal import CronExpressions

/// The jobs of a memory store.
struct StoredJobs {
    private var jobs: [JobID: StoredJob] = [:]
    private var lastRevision: Int64 = 0

    subscript(id: JobID) -> StoredJob? { jobs[id] }

    /// The ids that no table decides about.
    var standing: Set<JobID> { Set(jobs.values.lazy.filter { $0.origin != .table }.map(\.id)) }

    mutating func put(_ job: StoredJob, replacing revision: Int64?, now: WallTime) -> PutAnswer {
        let there = jobs[job.id]
        guard there?.revision == revision else { return .overtaken(by: there) }
        lastRevision = max(lastRevision &+ 1, now.nanoseconds / 1000)
        var job = job
        (job.revision, job.storedAt) = (lastRevision, now)
        jobs[job.id] = job
        return .stored(revision: lastRevision)
    }

    func list(after id: JobID?, limit: Int) -> [StoredJob] {
        func bytes(_ id: JobID) -> [UInt8] { Array(id.description.utf8) }
        let rest = jobs.values.map { (bytes($0.id), $0) }.filter { id == nil || bytes(id ?? $0.1.id).lexicographicallyPrecedes($0.0) }
        return rest.sorted { $0.0.lexicographicallyPrecedes($1.0) }.prefix(max(0, limit)).map(\.1)
    }

    func count(_ origin: StoredJob.Origin) -> Int { jobs.values.lazy.filter { $0.origin == origin }.count }

    mutating func remove(_ id: JobID, revision: Int64?) -> Bool {
        guard let there = jobs[id], revision == nil || there.revision == revision else { return false }
        jobs[id] = nil
        return true
    }
}
