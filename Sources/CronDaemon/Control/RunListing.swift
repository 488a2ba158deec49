package import CronJobs

// The history that a store has, filtered, newest first, in pages. A store looks through a stretch of it at a time; this goes on until the page
// is full, the history is at its end, or enough was looked through for one answer: then the end says where to go on.

/// The runs of all jobs, or of those that are asked for by name.
package struct RunListing: Sendable {
    /// Stretches looked through for one answer.
    private static let mostStretches = 100

    let ledger: any Ledger
    let jobs: [JobID]

    /// - Parameter jobs: those of the table.
    package init(ledger: any Ledger, jobs: [JobID]) {
        self.ledger = ledger
        self.jobs = jobs
    }

    package func answer(_ query: RunQuery, isolation: isolated (any Actor)? = #isolation) async throws(ControlRefusal) -> [ControlPart] {
        do throws(StoreError) {
            return query.at == nil ? try await scan(query) : try await records(query)
        } catch {
            throw ControlRefusal(error)
        }
    }

    /// Of a job that runs on every host, each host's.
    private func wanted(_ query: RunQuery) -> [JobID] {
        guard !query.jobs.isEmpty else { return jobs }
        let known = jobs.filter { query.jobs.contains($0) || query.jobs.contains($0.withoutHost) }
        return known + query.jobs.subtracting(known).subtracting(known.map(\.withoutHost)).sorted()
    }

    private func scan(_ query: RunQuery, isolation: isolated (any Actor)? = #isolation) async throws(StoreError) -> [ControlPart] {
        guard let past = ledger.past else { return [.end(ControlEnd(count: 0, total: 0))] }
        var scan = HistoryScan(query)
        if !query.jobs.isEmpty { scan.jobs = wanted(query) }
        var parts: [ControlPart] = [], total: Int?
        for _ in 0..<Self.mostStretches {
            scan.limit = query.page.limit - parts.count
            let page = try await past.scan(scan)
            parts += page.rows.map { .run(RunSnapshot($0.record)) }
            total = total ?? page.total
            scan.after = page.next
            if page.next == nil || parts.count >= query.page.limit { break }
        }
        // At the end of the first page everything is counted.
        if scan.after == nil, query.page.after == nil { total = total ?? parts.count }
        return parts + [.end(ControlEnd(count: parts.count, total: total, next: scan.after.map { Page.Place($0, "") }))]
    }

    /// What answers for a fire time, a row a job.
    private func records(_ query: RunQuery, isolation: isolated (any Actor)? = #isolation) async throws(StoreError) -> [ControlPart] {
        guard let time = query.at else { return [] }
        let scan = HistoryScan(query)
        var runs: [(place: Page.Place, item: RunSnapshot)] = []
        for job in wanted(query) {
            guard let record = try await ledger.record(of: job, at: time), scan.wants(record) else { continue }
            let run = RunSnapshot(record)
            runs.append((run.place, run))
        }
        var page = query.page
        page.isBackwards.toggle()
        let (shown, end) = page.cut(runs)
        return shown.map(ControlPart.run) + [.end(end)]
    }
}

extension HistoryScan {
    init(_ query: RunQuery) {
        self.init()
        (outcomes, isOpen, since) = (query.outcomes, query.isOpen, query.since)
        isOldestFirst = query.page.isBackwards
        after = query.page.after?.number
    }
}
