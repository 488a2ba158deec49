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

// The jobs, each with its watermark, and the queue of when its next fire time is due.
//
//     jobs    [ the table's, in its order | stored jobs, as they came, and the places of those that went ]
//
// The table's are replaced as a whole by a reload: a job that is still there under its id keeps its watermark, whatever else of it changed.
// Stored jobs come and go one by one and stay when the table is replaced. A job that goes leaves its place behind, as a job that never fires: no
// other job's index moves, and nothing of a large table is planned again. Once half of all places are such, the table is rebuilt without them.
/// What a scheduler has to do, as far as it is planned.
struct JobTable: Sendable {
    /// Stands where a stored job was.
    private static let gone = Job(id: JobID(""), timing: .other(AnySchedule(OneTimeSchedule(at: []))), command: Command(text: ""))
    /// Fewer places than this are not worth a rebuild.
    private static let fewGone = 1024

    private(set) var jobs: [Job] = []
    private(set) var watermarks: [Instant] = []
    var queue = DueQueue(capacity: 0)
    /// How many of the jobs are the table's.
    private var tableCount = 0
    /// Where stored jobs are.
    private var places = JobIndex()
    /// Who asked for those of them that somebody did.
    private var askers: [JobID: String] = [:]

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
        let stored = jobs[tableCount...].filter { $0.id != Self.gone.id }
        jobs = stored.isEmpty ? new : new + stored
        tableCount = new.count
        self.watermarks = known.isEmpty ? Array(repeating: since, count: new.count) : jobs.map { known[$0.id] ?? since }
        rebuild()
    }

    /// The jobs of some ids, in one walk through the table at most.
    func jobs(_ ids: Set<JobID>) -> [JobID: Job] {
        var found: [JobID: Job] = [:]
        if ids.isEmpty { return found }
        for id in ids { if let place = places.place(of: id, among: jobs, by: { $0.id }) { found[id] = jobs[place] } }
        if found.count == ids.count { return found }
        jobs.withUnsafeBufferPointer { jobs in
            for index in jobs.indices[..<tableCount] where ids.contains(jobs[index].id) { found[jobs[index].id] = jobs[index] }
        }
        return found
    }

    func job(_ id: JobID) -> Job? { index(of: id).map { jobs[$0] } }

    /// The first fire time that a job waits for.
    func nextFireTime(of id: JobID) -> Instant? { index(of: id).flatMap { jobs[$0].nextFireTime(after: watermarks[$0]) } }

    /// Up to where it is decided.
    func watermark(of id: JobID) -> Instant? { index(of: id).map { watermarks[$0] } }

    private func index(of id: JobID) -> Int? {
        places.place(of: id, among: jobs) { $0.id } ?? jobs[..<tableCount].firstIndex { $0.id == id }
    }

    /// Jobs with fire times up to `now` that are undecided, and up to where they are decided.
    func overdue(at now: Instant) -> [(job: Job, watermark: Instant)] {
        jobs.indices.compactMap { index in
            guard let next = jobs[index].nextFireTime(after: watermarks[index]), next <= now else { return nil }
            return (jobs[index], watermarks[index])
        }
    }

    // MARK: Stored jobs

    /// All jobs that there are; `jobs` has places of those that went, too.
    var present: [Job] { jobs.count == tableCount + places.count ? jobs : jobs.filter { $0.id != Self.gone.id } }

    /// Who asked for a job; nil for the table's.
    func asker(of id: JobID) -> String? { askers.isEmpty ? nil : askers[id] }

    /// Adds a job that no table has, in place of the one of its id.
    mutating func add(_ job: Job, watermark: Instant, askedBy asker: String? = nil) {
        remove(job.id)
        askers[job.id] = asker
        places.insert(jobs.count, of: job.id, among: jobs) { $0.id }
        jobs.append(job)
        watermarks.append(watermark)
        queue.grow()
        if let due = job.nextDueTime(after: watermark) { queue.insert(jobs.count - 1, at: due) }
    }

    mutating func remove(_ id: JobID) {
        guard let index = places.remove(id, among: jobs, by: { $0.id }) else { return }
        jobs[index] = Self.gone
        askers[id] = nil
    }

    /// Leaves out the places of those that went, once there are many; true if indices are others now.
    mutating func tidy() -> Bool {
        let goneCount = jobs.count - tableCount - places.count
        guard goneCount >= Self.fewGone, goneCount * 2 > jobs.count else { return false }
        let kept = jobs.indices.filter { jobs[$0].id != Self.gone.id }
        (jobs, watermarks) = (kept.map { jobs[$0] }, kept.map { watermarks[$0] })
        rebuild()
        return true
    }

    private mutating func rebuild() {
        places = JobIndex()
        for index in tableCount..<jobs.count { places.insert(index, of: jobs[index].id, among: jobs) { $0.id } }
        rebuildQueue()
    }

    mutating func setWatermark(_ instant: Instant, of index: Int) { watermarks[index] = instant }

    private mutating func rebuildQueue() {
        queue = DueQueue(capacity: jobs.count)
        // Through a buffer a job is looked at where it stands; a copy of 100,000 of them costs more than their next times.
        jobs.withUnsafeBufferPointer { jobs in
            var policies: JobPolicies?, isDueAtFireTime = false
            for index in jobs.indices {
                if jobs[index].policies !== policies {
                    policies = jobs[index].policies
                    isDueAtFireTime = jobs[index].policies.values.delay == .zero && jobs[index].policies.values.jitter == .none
                }
                let due: Instant?
                if isDueAtFireTime, case .cron(let schedule) = jobs[index].timing {
                    due = schedule.next(after: watermarks[index])
                } else {
                    due = jobs[index].nextDueTime(after: watermarks[index])
                }
                if let due { queue.insert(index, at: due) }
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
        if tableCount == 0 {
            difference.added = new.map(\.id)
            return difference
        }
        let jobs = jobs[..<tableCount]
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
