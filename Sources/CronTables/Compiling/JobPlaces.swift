internal import CronExpressions
public import CronJobs

/// Where the jobs stand, and where their schedules are written: 24 bytes a job; asked seldom, and away from the event loop.
public struct JobPlaces: Sendable {
    private struct Row {
        var hash: UInt64
        var place: CompiledTable.Place
    }

    private var paths: [String] = []
    private var rows: [Row] = []
    private var staleSchedules: [JobID: String] = [:]
    /// Jobs without a name.
    public private(set) var unnamed = 0
    /// What was asked for many jobs: their rows by their hashes, the first of those of identical lines.
    private var index: [UInt64: Int32]?

    public init() {}

    public init(_ table: CompiledTable) {
        paths = table.paths
        staleSchedules = table.staleSchedules
        rows.reserveCapacity(table.jobs.count)
        table.jobs.withUnsafeBufferPointer { jobs in
            for (index, place) in zip(jobs.indices, table.places) {
                let id = jobs[index].id
                rows.append(Row(hash: Self.key(id).hash, place: place))
                if id.derived != nil { unnamed += 1 }
            }
        }
        guard !table.elsewhere.isEmpty else { return }
        for (job, place) in zip(table.elsewhere, table.elsewherePlaces) { rows.append(Row(hash: Self.key(job.id).hash, place: place)) }
        // Copies are counted in the order of their lines.
        rows.sort { ($0.place.file, $0.place.line) < ($1.place.file, $1.place.line) }
    }

    /// Of identical lines, the copy counts, too.
    private static func key(_ id: JobID) -> (hash: UInt64, copy: Int) {
        if let (hash, copy) = id.derived { return (hash, Int(copy)) }
        var hash = FNV1a()
        hash.add(id.withoutHost.description)
        return (hash.value, 1)
    }

    /// The same, ready for questions about many jobs.
    public func indexed() -> JobPlaces {
        var copy = self
        copy.index = Dictionary(
            rows.indices.lazy.map { (self.rows[$0].hash, Int32(clamping: $0)) }, uniquingKeysWith: { first, _ in first })
        return copy
    }

    private func place(_ id: JobID) -> CompiledTable.Place? {
        let (hash, copy) = Self.key(id)
        var start = 0, left = copy
        if let index {
            guard let first = index[hash] else { return nil }
            start = Int(first)
        }
        for index in start..<rows.count where rows[index].hash == hash {
            left -= 1
            if left == 0 { return rows[index].place }
        }
        return nil
    }

    /// `/etc/crontab:12`; nil for a job that the table does not have.
    public subscript(_ id: JobID) -> String? {
        guard let place = place(id), paths.indices.contains(Int(place.file)) else { return nil }
        return "\(paths[Int(place.file)]):\(place.line)"
    }

    /// A job's schedule as it is written in the files, or in its last good version, with one blank between its fields; nil where nobody says it.
    public func schedule(of id: JobID, in files: [String: [UInt8]]) -> String? {
        if let stale = staleSchedules[id] { return stale }
        guard let place = place(id), paths.indices.contains(Int(place.file)), let bytes = files[paths[Int(place.file)]] else { return nil }
        return place.schedule(in: bytes)
    }
}
