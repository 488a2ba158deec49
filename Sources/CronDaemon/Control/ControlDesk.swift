internal import CronExpressions
internal import CronJobs
internal import CronTables
internal import LinuxEvents

/// Prepares answers away from the event loop: a table of 16 MiB as base64 in JSON takes longer than another job's start may wait, as does
/// putting 100,000 jobs in order.
actor ControlDesk {
    private let executor = ThreadExecutor()

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func lines(_ parts: ArraySlice<ControlPart>) -> [UInt8] { ControlWire.own.lines(parts) }

    func jobs(_ listing: JobListing, _ query: JobQuery) -> [ControlPart] { listing.answer(query) }

    func runs(_ listing: RunListing, _ query: RunQuery) async throws(ControlRefusal) -> [ControlPart] { try await listing.answer(query) }

    func revisions(_ store: any RevisionStore, seal: TableSeal?, current: Int?) async throws(ControlRefusal) -> [ControlPart] {
        try await RevisionAnswers.revisions(store, seal: seal, current: current)
    }

    func files(of revision: Int, _ store: any RevisionStore) async throws(ControlRefusal) -> [ControlPart] {
        try await RevisionAnswers.files(of: revision, store)
    }

    /// The snapshot with the names of jobs and runs, each list in order.
    func service(
        _ service: ServiceSnapshot, running: [RunID], paused: Set<JobID>, stale: Set<JobID>, places: UnnamedPlaces
    ) -> ServiceSnapshot {
        var service = service
        service.running = running.map(\.description).sorted()
        service.paused = paused.map(\.description).sorted()
        service.staleJobs = stale.map(\.description).sorted()
        let shown = Set(running.prefix(100).map(\.job.withoutHost) + paused.prefix(100) + stale.prefix(100))
        let found = shown.sorted().compactMap { id in places[id].map { ServiceSnapshot.JobPlace(job: "\(id)", at: $0) } }
        if !found.isEmpty { service.places = found }
        return service
    }

    /// Jobs that the table does not have, each with the one that may have been meant.
    ///
    /// - Parameter consequence: said behind it.
    func unknown(_ jobs: [JobID], among known: Set<JobID>, _ consequence: String = ": nothing was changed") -> ControlRefusal {
        let names = jobs.prefix(10).map { job in
            let near = Spelling.nearest(to: "\(job)", among: known.prefix(20_000).map(\.description)).first
            return "\(job)" + (near.map { " (did you mean \($0)?)" } ?? "")
        }
        let more = jobs.count > 10 ? " …" : ""
        return ControlRefusal("the table has no job \(names.joined(separator: ", "))\(more)\(consequence)", code: 66)
    }
}
