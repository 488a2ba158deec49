package import CronJobs

// The history that a store has, filtered, in order, in pages. A store answers for one job at a time, newest first: so the jobs are bounded, and
// the rows of each; older ones than those are not found.

/// The runs of the jobs that a table has, and of others that are asked for by name.
package struct RunListing: Sendable {
    private static let mostJobs = 1000
    private static let mostRows = 20_000

    let ledger: any Ledger
    let jobs: [JobID]

    package init(ledger: any Ledger, jobs: [JobID]) {
        self.ledger = ledger
        self.jobs = jobs
    }

    package func answer(_ query: RunQuery, isolation: isolated (any Actor)? = #isolation) async throws(ControlRefusal) -> [ControlPart] {
        let wanted = wanted(query)
        guard wanted.count <= Self.mostJobs else {
            throw ControlRefusal(
                "runs of \(wanted.count) jobs are asked for, at most \(Self.mostJobs) are possible: name the jobs", code: 64)
        }
        var runs: [(place: Page.Place, item: RunSnapshot)] = []
        do throws(StoreError) {
            for record in try await records(wanted, query) where isWanted(record, query) {
                let run = RunSnapshot(record)
                runs.append((run.place, run))
            }
        } catch {
            throw ControlRefusal(error)
        }
        var page = query.page
        page.isBackwards.toggle()
        let (shown, end) = page.cut(runs)
        return shown.map(ControlPart.run) + [.end(end)]
    }

    private func wanted(_ query: RunQuery) -> [JobID] {
        guard !query.jobs.isEmpty else { return jobs }
        let known = jobs.filter { query.jobs.contains($0) || query.jobs.contains($0.withoutHost) }
        return known + query.jobs.subtracting(known).subtracting(known.map(\.withoutHost)).sorted()
    }

    private func records(
        _ jobs: [JobID], _ query: RunQuery, isolation: isolated (any Actor)? = #isolation
    ) async throws(StoreError) -> [RunRecord] {
        guard let fireTime = query.at else {
            let limit = min(Self.mostJobs, Self.mostRows / max(1, jobs.count))
            return try await ledger.histories(of: jobs, limit: limit).values.flatMap { $0 }
        }
        var records: [RunRecord] = []
        for job in jobs { if let record = try await ledger.record(of: job, at: fireTime) { records.append(record) } }
        return records
    }

    private func isWanted(_ record: RunRecord, _ query: RunQuery) -> Bool {
        if let isOpen = query.isOpen, isOpen != (record.outcome == nil) { return false }
        if let since = query.since, record.claimedAt < since { return false }
        guard !query.outcomes.isEmpty else { return true }
        return record.outcome.map { query.outcomes.contains(String($0.description.prefix { $0 != "(" })) } ?? false
    }
}
