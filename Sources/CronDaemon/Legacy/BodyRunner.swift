internal import CronJobs
internal import LinuxEvents

// Fetched right before the start, because the body may have changed since the table was loaded. A store that does not answer must not keep a
// claimed run from starting: then what was last heard is used.
//
// Bound: bodies of jobs that were started, 16 MiB in all; beyond it the oldest knowledge goes at once.

/// Gives each attempt the body that the legacy service's data has for its job.
actor BodyRunner: Runner {
    private static let limit = 16 << 20

    private let runner: any Runner
    private let data: any LegacyData
    private let loop: EventLoop
    private let log: Log
    private var known: [JobID: [UInt8]] = [:]
    private var size = 0
    private var isFailing = false
    private var refused: Set<JobID> = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(_ runner: any Runner, data: any LegacyData, loop: EventLoop, log: Log) {
        self.runner = runner
        self.data = data
        self.loop = loop
        self.log = log
    }

    func start(_ attempts: [Attempt], reportingTo reporter: any RunReporter) async {
        await fetch(Array(Set(attempts.map(\.job.id))))
        var attempts = attempts
        if !known.isEmpty {
            for index in attempts.indices { attempts[index].body = known[attempts[index].job.id] }
        }
        await runner.start(attempts, reportingTo: reporter)
        if size > Self.limit { (known, size) = ([:], 0) }
    }

    @discardableResult
    func cancel(_ runs: Set<RunID>, as ending: RunEnding, killAfter: Duration?) async -> Set<RunID> {
        await runner.cancel(runs, as: ending, killAfter: killAfter)
    }

    func adopt(_ run: OpenRun, of job: Job?, reportingTo reporter: any RunReporter) async -> Bool {
        await runner.adopt(run, of: job, reportingTo: reporter)
    }

    var runs: [RunID] {
        get async { await runner.runs }
    }

    func stop(patience: Duration, killAfter: Duration) async { await runner.stop(patience: patience, killAfter: killAfter) }

    func close() async { await runner.close() }

    private func fetch(_ jobs: [JobID]) async {
        do {
            let found = try await data.bodies(of: jobs)
            isFailing = false
            for job in jobs { learn(job, found[job]) }
        } catch {
            if !isFailing {
                log.warning("the bodies of jobs cannot be read; those last known are used", .text("reason", error.message))
            }
            isFailing = true
        }
    }

    private func learn(_ job: JobID, _ body: LegacyBody?) {
        size -= known[job]?.count ?? 0
        known[job] = nil
        switch body {
        case .bytes(let bytes):
            known[job] = bytes
            size += bytes.count
        case .tooLong(let count):
            guard refused.insert(job).inserted else { return }
            log.warning(
                "a body is too long and is not used: a job gets at most 1 MiB", .text("job", "\(job)"), .number("bytes", Int64(count)))
        case nil: break
        }
    }
}
