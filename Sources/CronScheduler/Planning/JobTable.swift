internal import CronExpressions
public import CronJobs

/// What a reload changed, by job.
public struct TableDifference: Sendable {
    public var added: [JobID] = []
    public var changed: [JobID] = []
    public var removed: [JobID] = []
    /// Those of the changed ones whose times are others now.
    package var rescheduled: [JobID] = []

    public init() {}

    public var isEmpty: Bool { added.isEmpty && changed.isEmpty && removed.isEmpty }
}

/// The jobs of the table, in its order, each with its watermark, and the queue of when its next fire time is due.
///
/// Replaced as a whole by a reload: a job that is still there under its id keeps its watermark, whatever else of it changed.
struct JobTable: Sendable {
    private(set) var jobs: [Job] = []
    private(set) var watermarks: [Instant] = []
    var queue = DueQueue(capacity: 0)

    /// Puts other jobs in the place of these.
    ///
    /// - Parameters:
    ///   - rescheduled: those whose times are others now. They count from `since` on: nothing is caught up with that the old ones never named.
    ///   - watermarks: of jobs that the ledger knows and this table does not yet.
    ///   - since: where a job that nobody knows begins.
    mutating func replace(with new: [Job], rescheduled: [JobID], watermarks: [JobID: Instant], since: Instant) {
        var known = knownWatermarks()
        for id in rescheduled { known[id] = max(known[id] ?? since, since) }
        known.merge(watermarks) { own, _ in own }
        jobs = new
        self.watermarks = known.isEmpty ? Array(repeating: since, count: new.count) : new.map { known[$0.id] ?? since }
        rebuildQueue()
    }

    /// The jobs of some ids, in one walk through the table.
    func jobs(_ ids: Set<JobID>) -> [JobID: Job] {
        var found: [JobID: Job] = [:]
        if ids.isEmpty { return found }
        jobs.withUnsafeBufferPointer { jobs in
            for index in jobs.indices where ids.contains(jobs[index].id) { found[jobs[index].id] = jobs[index] }
        }
        return found
    }

    func job(_ id: JobID) -> Job? { jobs.first { $0.id == id } }

    /// The first fire time that a job waits for.
    func nextFireTime(of id: JobID) -> Instant? {
        guard let index = jobs.firstIndex(where: { $0.id == id }) else { return nil }
        return jobs[index].nextFireTime(after: watermarks[index])
    }

    mutating func setWatermark(_ instant: Instant, of index: Int) { watermarks[index] = instant }

    private mutating func rebuildQueue() {
        queue = DueQueue(capacity: jobs.count)
        // Through a buffer a job is looked at where it stands; a copy of 100,000 of them costs more than their next times.
        jobs.withUnsafeBufferPointer { jobs in
            for index in jobs.indices {
                if let due = jobs[index].nextDueTime(after: watermarks[index]) { queue.insert(index, at: due) }
            }
        }
    }

    /// Sets watermarks after `limit` to `mark`; true if there were any.
    mutating func rewind(marksAfter limit: Instant, to mark: Instant) -> Bool {
        var touched = false
        for index in watermarks.indices where watermarks[index] > limit {
            watermarks[index] = mark
            touched = true
        }
        if touched { rebuildQueue() }
        return touched
    }

    func difference(to new: [Job]) -> TableDifference {
        var difference = TableDifference()
        if jobs.isEmpty {
            difference.added = new.map(\.id)
            return difference
        }
        var old = Dictionary(minimumCapacity: jobs.count) as [JobID: Int32]
        for (index, job) in jobs.enumerated() { old[job.id] = Int32(truncatingIfNeeded: index) }
        for job in new {
            guard let index = old.removeValue(forKey: job.id) else {
                difference.added.append(job.id)
                continue
            }
            guard jobs[Int(index)] != job else { continue }
            difference.changed.append(job.id)
            if jobs[Int(index)].timing != job.timing { difference.rescheduled.append(job.id) }
        }
        difference.removed = jobs.lazy.map(\.id).filter { old[$0] != nil }
        return difference
    }

    private func knownWatermarks() -> [JobID: Instant] {
        var known = Dictionary(minimumCapacity: jobs.count) as [JobID: Instant]
        for (job, watermark) in zip(jobs, watermarks) { known[job.id] = watermark }
        return known
    }
}
