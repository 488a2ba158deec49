public import CronJobs

/// Where the jobs without a name stand: their ids say nothing to people. Sixteen bytes a job; asked seldom, and away from the event loop.
public struct UnnamedPlaces: Sendable {
    private struct Row {
        var hash: UInt64
        var place: CompiledTable.Place
    }

    private var paths: [String] = []
    private var rows: [Row] = []

    public init() {}

    public init(_ table: CompiledTable) {
        paths = table.paths
        rows.reserveCapacity(table.jobs.lazy.filter { $0.id.derived != nil }.count)
        for (job, place) in zip(table.jobs, table.places) {
            if let hash = job.id.derived?.hash { rows.append(Row(hash: hash, place: place)) }
        }
    }

    public var isEmpty: Bool { rows.isEmpty }
    public var count: Int { rows.count }

    /// `/etc/crontab:12`; nil for a job with a name, or one that the table does not have.
    public subscript(_ id: JobID) -> String? {
        guard let (hash, copy) = id.derived else { return nil }
        let same = rows.lazy.filter { $0.hash == hash }.dropFirst(Int(copy) - 1)
        guard let place = same.first?.place, paths.indices.contains(Int(place.file)) else { return nil }
        return "\(paths[Int(place.file)]):\(place.line)"
    }
}
