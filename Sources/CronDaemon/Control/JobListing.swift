package import CronExpressions
package import CronJobs
package import CronTables

/// The jobs of a table and how they stand at one moment, to be filtered, put in order and cut into pages.
package struct JobListing: Sendable {
    let jobs: [Job]
    let running: [JobID: Int]
    let paused: [JobID: Pause]
    let stale: Set<JobID>
    let now: Instant
    /// Commands are shown and searched without the secrets in them.
    let mask: SecretMask?
    var places: JobPlaces
    /// Ours; what names another runs there.
    var host = ""
    /// Runs that other nodes of the store have, and their hosts.
    var runsElsewhere: [RunID: String] = [:] {
        didSet { runElsewhere = Set(runsElsewhere.keys.map(\.job)) }
    }
    private var runElsewhere: Set<JobID> = []
    /// The files of the table in use, where schedules are read.
    var files: [String: [UInt8]] = [:]
    /// What became last of the jobs that are shown, or of all where their order follows from it.
    var last: [JobID: RunRecord] = [:]

    package init(
        jobs: [Job], running: [RunID], paused: [JobID: Pause], stale: Set<JobID>, now: Instant, mask: SecretMask? = nil,
        places: JobPlaces = JobPlaces()
    ) {
        self.jobs = jobs
        self.running = running.reduce(into: [:]) { counts, run in counts[run.job, default: 0] += 1 }
        self.paused = paused
        self.stale = stale
        self.now = now
        self.mask = mask
        self.places = places
    }

    package func answer(_ query: JobQuery) -> [ControlPart] {
        let (page, end) = page(query)
        return page.map { .job(snapshot(jobs[$0], query)) } + [.end(end)]
    }

    /// Which jobs are wanted, by their indices, in order, and the end of the answer.
    func page(_ query: JobQuery) -> (jobs: [Int], end: ControlEnd) {
        let words = query.words.map { $0.lowercased() }
        var counts: [String: Int] = [:]
        var found: [(place: Page.Place, item: Int)] = []
        for (index, job) in jobs.enumerated() where isWanted(job, query, words) {
            if !areAllIdle { for state in states(job.id) where state != .idle { counts[state.rawValue, default: 0] += 1 } }
            found.append((order(job, query.order), index))
        }
        var (page, end) = query.page.cut(found)
        end.states = counts
        return (page, end)
    }

    private func isWanted(_ job: Job, _ query: JobQuery, _ words: [String]) -> Bool {
        guard query.jobs.isEmpty || query.jobs.contains(job.id) || query.jobs.contains(job.id.withoutHost) else { return false }
        guard query.states.isEmpty || !query.states.isDisjoint(with: states(job.id)) else { return false }
        if let text = query.contains, !job.id.description.contains(text), !command(job).contains(text) { return false }
        guard !words.isEmpty else { return true }
        let id = job.id.withoutHost
        var text = "\(job.id) \(places[id] ?? "") \(schedule(job) ?? "")"
        if query.showsCommands { text += " \(command(job))" }
        text = text.lowercased()
        return words.allSatisfy { text.contains($0) }
    }

    private func command(_ job: Job) -> String { mask?.masked(job.action.description) ?? job.action.description }

    /// What has no next time, or no past, comes last.
    private func order(_ job: Job, _ order: JobQuery.Order) -> Page.Place {
        let name = job.id.description
        switch order {
        case .name: return Page.Place(0, name)
        case .next: return Page.Place(job.upcoming(after: now)?.due.seconds ?? .max, name)
        case .last: return Page.Place(last[job.id].map { -($0.startedAt ?? $0.claimedAt).nanoseconds } ?? .max, name)
        case .late: return Page.Place(lastRun(job)?.latenessMs.map { -$0 } ?? .max, name)
        }
    }

    private var areAllIdle: Bool { running.isEmpty && runElsewhere.isEmpty && paused.isEmpty && stale.isEmpty }

    private func states(_ id: JobID) -> Set<JobSnapshot.State> {
        if areAllIdle { return [.idle] }
        var states: Set<JobSnapshot.State> = []
        if running[id] != nil || runElsewhere.contains(id) { states.insert(.running) }
        if pause(id) != nil { states.insert(.paused) }
        if !stale.isEmpty, stale.contains(id) { states.insert(.stale) }
        return states.isEmpty ? [.idle] : states
    }

    private func pause(_ id: JobID) -> Pause? { paused.isEmpty ? nil : paused[id] ?? paused[id.withoutHost] }

    private func lastRun(_ job: Job) -> JobSnapshot.LastRun? {
        guard let record = last[job.id] else { return nil }
        var run = JobSnapshot.LastRun(record) { job.dueTime(of: $0) }
        if record.outcome == nil { run.host = runsElsewhere[record.run] }
        return run
    }

    /// As it is written; where the files do not say it, what can be said of it.
    private func schedule(_ job: Job) -> String? {
        switch job.timing {
        case .startup: return "@reboot"
        case .other(let schedule):
            if let interval = schedule.base as? IntervalSchedule { return "every \(Self.length(interval.seconds))" }
            if schedule.base is OneTimeSchedule { return "once" }
        case .cron: break
        }
        return places.schedule(of: job.id.withoutHost, in: files)
    }

    private static func length(_ seconds: Int64) -> String {
        let unit = [(86_400, "d"), (3600, "h"), (60, "m")].first { seconds % $0.0 == 0 } ?? (1, "s")
        return "\(seconds / unit.0)\(unit.1)"
    }

    func snapshot(_ job: Job, _ query: JobQuery) -> JobSnapshot {
        let next = job.upcoming(after: now)
        return JobSnapshot(
            id: job.id, schedule: schedule(job), command: query.showsCommands ? command(job) : nil, user: job.command?.user,
            zone: job.zone?.identifier, next: next?.fireTime, states: states(job.id), running: running[job.id] ?? 0,
            pause: pause(job.id), place: places[job.id.withoutHost], last: lastRun(job),
            due: next.flatMap { $0.due == $0.fireTime ? nil : $0.due },
            host: job.policies.values.host.includes(host: host) ? nil : job.namedHost)
    }
}

/// A long answer about jobs, made a portion at a time as the portions before are taken: 100,000 jobs are never all in memory.
actor JobFeed: ControlFeed {
    private static let portion = 1000

    private let desk: ControlDesk
    private let past: (any HistoryStore)?
    private let query: JobQuery
    private var listing: JobListing
    private let ending: ControlEnd
    /// By their indices.
    private var left: ArraySlice<Int>
    private var hasEnded = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { desk.unownedExecutor }

    init(_ listing: JobListing, _ query: JobQuery, _ past: (any HistoryStore)?, desk: ControlDesk) {
        self.desk = desk
        self.past = past
        self.query = query
        self.listing = listing
        let (jobs, end) = listing.page(query)
        ending = end
        left = jobs[...]
    }

    func next() async -> [ControlPart]? {
        if hasEnded { return nil }
        let jobs = left.prefix(Self.portion).map { listing.jobs[$0] }
        left = left.dropFirst(jobs.count)
        if !query.order.isOfThePast { listing.last = (try? await past?.lastRuns(of: jobs.map { $0.id })) ?? [:] }
        let parts = jobs.map { ControlPart.job(listing.snapshot($0, query)) }
        guard left.isEmpty else { return parts }
        hasEnded = true
        return parts + [.end(ending)]
    }

    nonisolated func end() {}
}
