package import CronExpressions
package import CronJobs
internal import CronEngine
internal import CronTables

// Gathers what is known about a time of a job. First the ledger, which answers most questions; the table's revisions are read, and compiled, only
// where there is no record. How much of them is bounded.

/// The sources of an answer to `why`.
package struct WhyGathering: Sendable {
    /// Bytes of revisions that are compiled for one answer; a table of 100,000 lines has some eight million.
    private static let mostBytes = 24 << 20
    private static let mostRevisions = 200

    let ledger: any Ledger
    let revisions: any RevisionStore
    let compiler: TableCompiler
    let host: String
    let retention: Retention
    /// The jobs of the table in use; nil where no service has one.
    let jobs: [Job]?
    /// Jobs of the table that other hosts run.
    let elsewhere: Set<JobID>
    let trouble: String?
    let now: Instant
    /// When the store could not be used, as far as that is remembered.
    var outages: [FireTimeAccount.OutagePeriod] = []

    package func account(
        of name: JobID, at given: Instant?, isolation: isolated (any Actor)? = #isolation
    ) async throws(StoreError) -> FireTimeAccount? {
        let table = RevisionWalk(revisions: revisions, compiler: compiler)
        var current = jobs?.first { $0.id == name } ?? jobs?.first { $0.id.withoutHost == name }
        // Another host's job is in the table, but not among those that run here.
        if jobs == nil || current == nil && elsewhere.contains(name) { current = try await table.newest(name) }
        let id = current?.id ?? name
        guard let time = try await time(given, current, id) else { return nil }
        var facts = FireTimeFacts(job: id, time: time, now: now, keptFrom: WallTime(now) - retention.age)
        facts.current = current
        facts.outage = outages.last { $0.contains(WallTime(time)) }
        facts.record = try await ledger.record(of: id, at: time)
        facts.before = try await ledger.past?.neighbours(of: id, at: time).before
        facts.pause = try await ledger.pauses?.pauseHistory(of: id.withoutHost).period(at: WallTime(time))
        if facts.record == nil { try await look(&facts, table) }
        let hasPast = facts.record != nil || facts.before != nil || facts.watermark != nil
        guard current != nil || hasPast || facts.stoodInTable || elsewhere.contains(name) else { return nil }
        var account = facts.account
        if let record = facts.record { account.run?.host = try await ledger.owners?.owner(of: record.run, attempt: record.attempt)?.host }
        return account
    }

    /// The time that was asked for, else the last fire time, else that of the last record.
    private func time(
        _ given: Instant?, _ current: Job?, _ id: JobID, isolation: isolated (any Actor)? = #isolation
    ) async throws(StoreError) -> Instant? {
        if let given { return given }
        if let last = current?.timing.schedule?.last(through: now) { return last }
        if let last = try await ledger.past?.neighbours(of: id, at: now + 1).before?.run.occasion.fireTime { return last }
        return current == nil && !elsewhere.contains(id) ? nil : now
    }

    /// What the table said then, and where the job stands.
    private func look(
        _ facts: inout FireTimeFacts, _ table: RevisionWalk, isolation: isolated (any Actor)? = #isolation
    ) async throws(StoreError) {
        facts.watermark = try await ledger.watermarks()[facts.job]
        facts.trouble = trouble
        if facts.time <= facts.now {
            (facts.then, facts.revision) = try await table.then(
                facts.job.withoutHost, at: WallTime(facts.time), most: (Self.mostBytes, Self.mostRevisions))
        }
        if elsewhere.contains(facts.job.withoutHost) { facts.host = "another host" }
        guard case .had(let job) = facts.then else { return }
        switch job.policies.values.host {
        case .named(let name) where name != host: facts.host = name
        default: break
        }
    }
}

extension FireTimeFacts {
    /// Then or later.
    fileprivate var stoodInTable: Bool {
        switch then {
        case .had: true
        case .lacked(let mark): mark != nil
        case .unknown: false
        }
    }
}

/// Looks for a job in the revisions of the table.
struct RevisionWalk: Sendable {
    let revisions: any RevisionStore
    let compiler: TableCompiler

    func newest(_ id: JobID, isolation: isolated (any Actor)? = #isolation) async throws(StoreError) -> Job? {
        guard let newest = try await revisions.newestRevision() else { return nil }
        return try await job(id, in: newest.number).job
    }

    private func job(
        _ id: JobID, in number: Int, isolation: isolated (any Actor)? = #isolation
    ) async throws(StoreError) -> (job: Job?, bytes: Int) {
        guard let files = try await revisions.files(of: number) else { return (nil, 0) }
        let bytes = files.reduce(0) { $0 + $1.content.count }
        return (compiler.compile(files).jobs.first { $0.id.withoutHost == id }, bytes)
    }

    /// The table in force at a time, by when its revision was published, and, where it lacked the job, the next one that had it.
    func then(
        _ id: JobID, at time: WallTime, most: (bytes: Int, revisions: Int), isolation: isolated (any Actor)? = #isolation
    ) async throws(StoreError) -> (FireTimeFacts.Then, FireTimeAccount.RevisionMark?) {
        let all = try await revisions.revisions().sorted { $0.number < $1.number }
        guard !all.isEmpty else { return (.unknown, nil) }
        let inForce = all.lastIndex { $0.createdAt <= time }
        var looked = 0
        let mark = inForce.map { FireTimeAccount.RevisionMark(number: all[$0].number, createdAt: all[$0].createdAt) }
        if let inForce {
            let (job, bytes) = try await job(id, in: all[inForce].number)
            looked += bytes
            if let job { return (.had(job), mark) }
        }
        for revision in all[((inForce ?? -1) + 1)...].prefix(most.revisions) where looked < most.bytes {
            let (job, bytes) = try await job(id, in: revision.number)
            looked += bytes
            if job != nil { return (.lacked(broughtBy: .init(number: revision.number, createdAt: revision.createdAt)), mark) }
        }
        return (.lacked(broughtBy: nil), mark)
    }
}
