internal import CronJobs

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
        _ status: ControlResponse.Status, running: [RunID], paused: Set<JobID>, stale: Set<JobID>
    ) -> ControlResponse {
        var response = ControlResponse()
        response.status = status
        response.status?.running = running.map(\.description).sorted()
        response.status?.paused = paused.map(\.description).sorted()
        response.status?.staleJobs = stale.map(\.description).sorted()
        return response
    }
}
