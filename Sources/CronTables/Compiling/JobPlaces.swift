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
    /// Jobs without a name.
    public private(set) var unnamed = 0
    /// What was asked for many jobs: their rows by their hashes, the first of those of identical lines.
    private var index: [UInt64: Int32]?

    public init() {}

    public init(_ table: CompiledTable) {
        paths = table.paths
        rows.reserveCapacity(table.jobs.count)
        for (job, place) in zip(table.jobs, table.places) {
            rows.append(Row(hash: Self.key(job.id).hash, place: place))
            if job.id.derived != nil { unnamed += 1 }
        }
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
        let start: Int
        if let index {
            guard let first = index[hash] else { return nil }
            start = Int(first)
        } else {
            start = 0
        }
        return rows[start...].lazy.filter { $0.hash == hash }.dropFirst(copy - 1).first?.place
    }

    /// `/etc/crontab:12`; nil for a job that the table does not have.
    public subscript(_ id: JobID) -> String? {
        guard let place = place(id), paths.indices.contains(Int(place.file)) else { return nil }
        return "\(paths[Int(place.file)]):\(place.line)"
    }

    /// A job's schedule as it is written in the files, with one blank between its fields; nil where these files do not say it.
    public func schedule(of id: JobID, in files: [String: [UInt8]]) -> String? {
        guard let place = place(id), place.scheduleLength > 0, paths.indices.contains(Int(place.file)),
            let bytes = files[paths[Int(place.file)]], place.scheduleStart < bytes.count
        else { return nil }
        let written = bytes[Int(place.scheduleStart)...].prefix(Int(place.scheduleLength))
        return written.split { $0 == 32 || $0 == 9 }.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    }
}
