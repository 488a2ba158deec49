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

    /// What of a long answer is sent at once.
    struct Portion: Sendable {
        var bytes: [UInt8]
        var isLast: Bool
    }

    /// `nil` where there is no more.
    func portion(of feed: any ControlFeed) async -> Portion? {
        guard let parts = await feed.next() else { return nil }
        let isLast = if case .end? = parts.last { true } else { false }
        return Portion(bytes: lines(parts[...]), isLast: isLast)
    }

    /// What became of the jobs last is asked of those that are shown, unless it decides about the order.
    func jobs(_ listing: JobListing, _ query: JobQuery, _ source: JobSource) async -> ControlAnswer {
        var listing = listing
        listing.files = await source.files(listing.jobs)
        if listing.jobs.count > 64, query.page.limit > 64 || !query.words.isEmpty { listing.places = listing.places.indexed() }
        if query.order.isOfThePast { listing.last = await source.lastRuns(of: listing.jobs.map(\.id).sorted()) }
        if query.page.limit > Page.mostItems { return .feed(JobFeed(listing, query, source.past, desk: self)) }
        let (indices, end) = listing.page(query), jobs = indices.map { listing.jobs[$0] }
        if !query.order.isOfThePast { listing.last = await source.lastRuns(of: jobs.map(\.id)) }
        return .parts(jobs.map { .job(listing.snapshot($0, query)) } + [.end(end)])
    }

    func why(
        _ gathering: WhyGathering, _ job: JobID, _ time: Instant?, places: JobPlaces
    ) async throws(ControlRefusal) -> FireTimeAccount? {
        do throws(StoreError) {
            var account = try await gathering.account(of: job, at: time)
            account?.place = places[job.withoutHost]
            return account
        } catch {
            throw ControlRefusal(error)
        }
    }

    func runs(_ listing: RunListing, _ query: RunQuery) async throws(ControlRefusal) -> [ControlPart] { try await listing.answer(query) }

    func revisions(_ store: any RevisionStore, seal: TableSeal?, current: Int?) async throws(ControlRefusal) -> [ControlPart] {
        try await RevisionAnswers.revisions(store, seal: seal, current: current)
    }

    func files(of revision: Int, _ store: any RevisionStore) async throws(ControlRefusal) -> [ControlPart] {
        try await RevisionAnswers.files(of: revision, store)
    }

    /// The snapshot with the names of jobs and runs, each list in order.
    func service(
        _ service: ServiceSnapshot, running: [RunID], paused: Set<JobID>, stale: Set<JobID>, places: JobPlaces
    ) -> ServiceSnapshot {
        var service = service
        service.running = running.map(\.description).sorted()
        service.paused = paused.map(\.description).sorted()
        service.staleJobs = stale.map(\.description).sorted()
        let shown = Set(running.prefix(100).map(\.job.withoutHost) + paused.prefix(100) + stale.prefix(100))
        let found = shown.filter { $0.derived != nil }.sorted().compactMap { id in
            places[id].map { ServiceSnapshot.JobPlace(job: "\(id)", at: $0) }
        }
        if !found.isEmpty { service.places = found }
        return service
    }

    /// The job that was probably meant.
    static func nearest(to job: JobID, among known: Set<JobID>) -> String? {
        Spelling.nearest(to: "\(job)", among: known.prefix(20_000).map(\.description)).first
    }

    /// Jobs that the table does not have, each with the one that may have been meant.
    ///
    /// - Parameter consequence: said behind it.
    func unknown(_ jobs: [JobID], among known: Set<JobID>, _ consequence: String = ": nothing was changed") -> ControlRefusal {
        let names = jobs.prefix(10).map { job in
            let near = Self.nearest(to: job, among: known)
            return (job.description.isEmpty ? "''" : "\(job)") + (near.map { " (did you mean \($0)?)" } ?? "")
        }
        let more = jobs.count > 10 ? " …" : ""
        return ControlRefusal("the table has no job \(names.joined(separator: ", "))\(more)\(consequence)", code: 66)
    }
}

/// Where a listing of jobs finds what the scheduler does not know: how schedules are written, and what became of the jobs last.
struct JobSource: Sendable {
    let revisions: any RevisionStore
    let revision: Int?
    let past: (any HistoryStore)?

    /// The files of the table in use, by their paths; only some schedules would be shown without them.
    func files(_ jobs: [Job]) async -> [String: [UInt8]] {
        guard let revision, let files = try? await revisions.files(of: revision) else { return [:] }
        return Dictionary(files.map { ($0.path, $0.content) }) { first, _ in first }
    }

    /// In portions, so that nobody waits long for the store meanwhile. Nothing where it does not answer.
    func lastRuns(of jobs: [JobID]) async -> [JobID: RunRecord] {
        var last: [JobID: RunRecord] = [:]
        for start in stride(from: 0, to: jobs.count, by: 1000) {
            guard let found = try? await past?.lastRuns(of: Array(jobs[start..<min(start + 1000, jobs.count)])) else { return last }
            last.merge(found) { $1 }
        }
        return last
    }
}
