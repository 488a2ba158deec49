internal import CronExpressions
public import CronJobs

/// What a reload changed, by job.
public struct TableDifference: Sendable {
    public var added: [JobID] = []
    public var changed: [JobID] = []
    public var removed: [JobID] = []
    /// Those of the changed ones whose times are others now.
    var rescheduled: [JobID] = []

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

    init() {}

    /// - Parameter watermarks: those of known jobs; others stand at `since`.
    init(_ jobs: [Job], watermarks known: [JobID: Instant], since: Instant) {
        self.jobs = jobs
        watermarks = known.isEmpty ? Array(repeating: since, count: jobs.count) : jobs.map { known[$0.id] ?? since }
        rebuildQueue()
    }

    mutating func setWatermark(_ instant: Instant, of index: Int) { watermarks[index] = instant }

    mutating func rebuildQueue() {
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

    /// Watermarks by id, for the table that replaces this one.
    func knownWatermarks() -> [JobID: Instant] {
        var known = Dictionary(minimumCapacity: jobs.count) as [JobID: Instant]
        for (job, watermark) in zip(jobs, watermarks) { known[job.id] = watermark }
        return known
    }
}
