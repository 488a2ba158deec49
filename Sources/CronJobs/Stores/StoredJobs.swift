internal import CronExpressions

/// The jobs of a memory store, each in the form in which it was put.
package struct StoredJobs: Sendable {
    private struct Row: Identifiable, Sendable {
        let form: any JobForm
        let revision: Int64
        let storedAt: WallTime

        var id: JobID { form.id }

        var job: StoredJob {
            var job = form.stored
            (job.revision, job.storedAt) = (revision, storedAt)
            return job
        }
    }

    private var jobs = JobMap<Row>()
    private var lastRevision: Int64 = 0
    /// The ids in the order of their bytes, as long as none came or went since they were asked for.
    private var order: [JobID]?

    package init() {}

    package subscript(id: JobID) -> StoredJob? { jobs[id]?.job }

    /// The ids that no table decides about.
    package var standing: Set<JobID> { Set(jobs.entries.lazy.filter { $0.form.origin != .table }.map(\.id)) }

    package mutating func put(_ job: StoredJob, replacing revision: Int64?, now: WallTime) -> PutAnswer {
        put(WrittenJob(job), replacing: revision, now: now)
    }

    package mutating func put(_ form: any JobForm, replacing revision: Int64?, now: WallTime) -> PutAnswer {
        let there = jobs[form.id]
        guard there?.revision == revision else { return .overtaken(by: there?.job) }
        lastRevision = max(lastRevision &+ 1, now.nanoseconds / 1000)
        jobs.put(Row(form: form, revision: lastRevision, storedAt: now))
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
        return order[low...].prefix(max(0, limit)).compactMap { self[$0] }
    }

    /// Swift orders text by its characters, stores by its bytes.
    private static func isBefore(_ a: JobID, _ b: JobID) -> Bool { a.description.utf8.lexicographicallyPrecedes(b.description.utf8) }

    package func count(_ origin: StoredJob.Origin) -> Int { jobs.entries.count { $0.form.origin == origin } }

    package mutating func remove(_ id: JobID, revision: Int64?) -> Bool {
        guard let there = jobs[id], revision == nil || there.revision == revision else { return false }
        jobs.remove(id)
        order = nil
        return true
    }
}

/// One that was put as bytes.
final class WrittenJob: JobForm {
    let stored: StoredJob

    init(_ job: StoredJob) { stored = job }

    var id: JobID { stored.id }
    var origin: StoredJob.Origin { stored.origin }
}
