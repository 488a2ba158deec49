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
//     places      [ the table's jobs, in its order | stored jobs, as they came, and the places of those that went ]
//                   `jobs`                           `stored`
//
// The table's are replaced as a whole by a reload: a job that is still there under its id keeps its watermark, whatever else of it changed.
// Stored jobs come and go one by one and stay when the table is replaced. A job that goes leaves its place behind, as a job that never fires: no
// other job's index moves, and nothing of a large table is planned again. Once half of all places are such, they are left out.
/// What a scheduler has to do, as far as it is planned.
struct JobTable: Sendable {
    /// Stands where a stored job was.
    private static let gone: any KeptJob = WholeJob(
        Job(id: JobID(""), timing: .other(AnySchedule(OneTimeSchedule(at: []))), command: Command(text: "")))
    /// Fewer places than this are not worth a rebuild.
    private static let fewGone = 1024

    /// The table's.
    private(set) var jobs: [Job] = []
    /// Those that no table has.
    private var stored: [any KeptJob] = []
    private(set) var watermarks: [Instant] = []
    var queue = DueQueue(capacity: 0)
    /// Where stored jobs are among themselves.
    private var places = JobIndex()
    /// Who asked for those of them that somebody did.
    private var askers: [JobID: String] = [:]

    /// The job at a place.
    subscript(index: Int) -> Job { index < jobs.count ? jobs[index] : stored[index - jobs.count].job }

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
        stored.removeAll { $0 === Self.gone }
        jobs = new
        self.watermarks =
            known.isEmpty
            ? Array(repeating: since, count: new.count) : new.map { known[$0.id] ?? since } + stored.map { known[$0.id] ?? since }
        findPlaces()
        rebuildQueue()
    }

    /// The jobs of some ids, in one walk through the table at most.
    func jobs(_ ids: Set<JobID>) -> [JobID: Job] {
        var found: [JobID: Job] = [:]
        if ids.isEmpty { return found }
        for id in ids { if let place = places.place(of: id, among: stored, by: { $0.id }) { found[id] = stored[place].job } }
        if found.count == ids.count { return found }
        jobs.withUnsafeBufferPointer { jobs in
            for index in jobs.indices where ids.contains(jobs[index].id) { found[jobs[index].id] = jobs[index] }
        }
        return found
    }

    func job(_ id: JobID) -> Job? { index(of: id).map { self[$0] } }

    /// The jobs that behave in some way.
    func ids(where isWanted: (JobPolicies) -> Bool) -> [JobID] {
        // Most tables have none, and few policies.
        let table = jobs.sharedPolicies.contains(where: isWanted) ? jobs.filter { isWanted($0.policies) }.map(\.id) : []
        return table + stored.compactMap { $0 !== Self.gone && isWanted($0.policies) ? $0.id : nil }
    }

    /// The first fire time that a job waits for.
    func nextFireTime(of id: JobID) -> Instant? { index(of: id).flatMap { self[$0].nextFireTime(after: watermarks[$0]) } }

    /// Up to where it is decided.
    func watermark(of id: JobID) -> Instant? { index(of: id).map { watermarks[$0] } }

    private func index(of id: JobID) -> Int? {
        places.place(of: id, among: stored) { $0.id }.map { jobs.count + $0 } ?? jobs.firstIndex { $0.id == id }
    }

    /// Jobs with fire times up to `now` that are undecided, and up to where they are decided.
    func overdue(at now: Instant) -> [(job: Job, watermark: Instant)] {
        watermarks.indices.compactMap { index in
            let job = self[index]
            guard let next = job.nextFireTime(after: watermarks[index]), next <= now else { return nil }
            return (job, watermarks[index])
        }
    }

    // MARK: Stored jobs

    /// All jobs that there are.
    var present: [Job] { stored.isEmpty ? jobs : jobs + stored.lazy.filter { $0 !== Self.gone }.map(\.job) }

    /// Who asked for a job; nil for the table's.
    func asker(of id: JobID) -> String? { askers.isEmpty ? nil : askers[id] }

    /// Adds a job that no table has, in place of the one of its id.
    mutating func add(_ kept: any KeptJob, watermark: Instant, askedBy asker: String? = nil) {
        remove(kept.id)
        askers[kept.id] = asker
        places.insert(stored.count, of: kept.id, among: stored) { $0.id }
        stored.append(kept)
        watermarks.append(watermark)
        queue.grow()
        if let due = kept.job.nextDueTime(after: watermark) { queue.insert(watermarks.count - 1, at: due) }
    }

    mutating func remove(_ id: JobID) {
        guard let place = places.remove(id, among: stored, by: { $0.id }) else { return }
        stored[place] = Self.gone
        askers[id] = nil
    }

    /// So many places are of jobs that went that they are to be left out.
    var isUntidy: Bool {
        let goneCount = stored.count - places.count
        return goneCount >= Self.fewGone && goneCount * 2 > watermarks.count
    }

    /// Leaves out the places of those that went: indices are others then. What is due, is due when it was.
    mutating func tidy() {
        let kept = stored.indices.filter { stored[$0] !== Self.gone }
        var moved = Array(repeating: nil, count: stored.count) as [Int?]
        for (place, old) in kept.enumerated() { moved[old] = jobs.count + place }
        queue = queue.renumbered(capacity: jobs.count + kept.count) { [count = jobs.count] in $0 < count ? $0 : moved[$0 - count] }
        watermarks = watermarks[..<jobs.count] + kept.map { watermarks[jobs.count + $0] }
        stored = kept.map { stored[$0] }
        findPlaces()
    }

    private mutating func findPlaces() {
        places = JobIndex()
        for (place, kept) in stored.enumerated() { places.insert(place, of: kept.id, among: stored) { $0.id } }
    }

    mutating func setWatermark(_ instant: Instant, of index: Int) { watermarks[index] = instant }

    private mutating func rebuildQueue() {
        queue = DueQueue(capacity: watermarks.count)
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
        for (place, kept) in stored.enumerated() {
            let index = jobs.count + place
            if let due = kept.job.nextDueTime(after: watermarks[index]) { queue.insert(index, at: due) }
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
        var known = Dictionary(minimumCapacity: watermarks.count) as [JobID: Instant]
        for (job, watermark) in zip(jobs, watermarks) { known[job.id] = watermark }
        for (kept, watermark) in zip(stored, watermarks[jobs.count...]) where kept !== Self.gone { known[kept.id] = watermark }
        return known
    }
}
