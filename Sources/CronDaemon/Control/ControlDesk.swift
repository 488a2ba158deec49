internal import CronExpressions
internal import CronJobs
internal import CronTables
internal import LinuxEvents

/// Prepares answers away from the event loop: a table of 16 MiB as base64 in JSON takes longer than another job's start may wait.
actor ControlDesk {
    private let executor = ThreadExecutor()

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func line(_ response: ControlResponse) -> [UInt8] { ControlCoding.line(response) }

    /// An answer about the table's past.
    func answer(_ request: ControlRequest, _ store: any RevisionStore, seal: TableSeal?, current: Int?) async -> ControlResponse {
        await RevisionAnswers.answer(request, store, seal: seal, current: current)
    }

    /// The status with the names of jobs and runs, each list in order.
    func answer(
        _ status: ControlResponse.Status, running: [RunID], paused: Set<JobID>, stale: Set<JobID>, places: UnnamedPlaces
    ) -> ControlResponse {
        var response = ControlResponse()
        response.status = status
        response.status?.running = running.map(\.description).sorted()
        response.status?.paused = paused.map(\.description).sorted()
        response.status?.staleJobs = stale.map(\.description).sorted()
        let shown = Set(running.prefix(100).map(\.job.withoutHost) + paused.prefix(100) + stale.prefix(100))
        let found = shown.sorted().compactMap { id in places[id].map { ControlResponse.JobPlace(job: "\(id)", at: $0) } }
        if !found.isEmpty { response.status?.places = found }
        return response
    }

    /// Jobs that the table does not have, each with the one that may have been meant.
    func unknown(_ jobs: [JobID], among known: Set<JobID>) -> ControlResponse {
        let names = jobs.prefix(10).map { job in
            let near = Spelling.nearest(to: "\(job)", among: known.prefix(20_000).map(\.description)).first
            return "\(job)" + (near.map { " (did you mean \($0)?)" } ?? "")
        }
        let more = jobs.count > 10 ? " …" : ""
        return ControlResponse(error: "the table has no job \(names.joined(separator: ", "))\(more): nothing was changed", code: 66)
    }
}
