package import CronExpressions
package import CronJobs

/// The jobs of a table and how they stand at one moment, to be filtered, put in order and cut into pages.
package struct JobListing: Sendable {
    let jobs: [Job]
    let running: [JobID: Int]
    let paused: [JobID: Pause]
    let stale: Set<JobID>
    let now: Instant
    /// Commands are shown and searched without the secrets in them.
    let mask: SecretMask?
    let place: @Sendable (JobID) -> String?

    package init(
        jobs: [Job], running: [RunID], paused: [JobID: Pause], stale: Set<JobID>, now: Instant, mask: SecretMask? = nil,
        place: @escaping @Sendable (JobID) -> String? = { _ in nil }
    ) {
        self.jobs = jobs
        self.running = running.reduce(into: [:]) { counts, run in counts[run.job, default: 0] += 1 }
        self.paused = paused
        self.stale = stale
        self.now = now
        self.mask = mask
        self.place = place
    }

    package func answer(_ query: JobQuery) -> [ControlPart] {
        let found = jobs.lazy.filter { isWanted($0, query) }.map { job in (place: order(job, query.order), item: job) }
        let (page, end) = query.page.cut(Array(found))
        return page.map { .job(snapshot($0)) } + [.end(end)]
    }

    private func isWanted(_ job: Job, _ query: JobQuery) -> Bool {
        guard query.jobs.isEmpty || query.jobs.contains(job.id) || query.jobs.contains(job.id.withoutHost) else { return false }
        guard query.states.isEmpty || !query.states.isDisjoint(with: states(job.id)) else { return false }
        guard let text = query.contains else { return true }
        return job.id.description.contains(text) || command(job).contains(text)
    }

    private func command(_ job: Job) -> String { mask?.masked(job.action.description) ?? job.action.description }

    /// What has no next time comes last.
    private func order(_ job: Job, _ order: JobQuery.Order) -> Page.Place {
        switch order {
        case .name: Page.Place(0, job.id.description)
        case .next: Page.Place(job.nextFireTime(after: now)?.seconds ?? .max, job.id.description)
        }
    }

    private func states(_ id: JobID) -> Set<JobSnapshot.State> {
        var states: Set<JobSnapshot.State> = []
        if running[id] != nil { states.insert(.running) }
        if pause(id) != nil { states.insert(.paused) }
        if stale.contains(id) { states.insert(.stale) }
        return states.isEmpty ? [.idle] : states
    }

    private func pause(_ id: JobID) -> Pause? { paused.isEmpty ? nil : paused[id] ?? paused[id.withoutHost] }

    private func snapshot(_ job: Job) -> JobSnapshot {
        JobSnapshot(
            id: job.id, command: command(job), user: job.command?.user, zone: job.zone?.identifier,
            next: job.nextFireTime(after: now),
            states: states(job.id), running: running[job.id] ?? 0, pause: pause(job.id), place: place(job.id.withoutHost))
    }
}
