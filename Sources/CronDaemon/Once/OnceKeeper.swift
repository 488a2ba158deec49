internal import CronExpressions
internal import CronJobs
internal import CronProcesses
internal import CronEngine
internal import Glibc
internal import LinuxEvents

// Jobs that run once (`crond at`), from being asked for to being forgotten. They lie in the store; this keeps the scheduler and the store in step,
// by what `OnceBook` says.
//
//     asked for ──▶ in the store ──▶ in the scheduler ──its time──▶ a run like any other ──outcome in the ledger──▶ out of the store
//                        │ other replicas hear of it with their next renewal
//                        └── cancelled: out of the store first; a claim after that finds it gone (on a Redis in the claim's own step)
//
// The order is the promise: nothing is in a scheduler that is not in the store, and nothing leaves the store before its outcome is written, so a
// crash at any moment neither loses a job nor runs it twice.

actor OnceKeeper {
    /// What it needs of the service.
    struct Parts: Sendable {
        var ledger: any Ledger
        var store: any JobStore
        var scheduler: SchedulerEngine
        var users: UserDirectory
        var canSwitchUser: Bool
        var hasBroker: Bool
        /// Of every job, unless it says otherwise.
        var policies: JobPolicies.Values
        var clocks: any Clocks
        var zones: ZoneDatabase
        var log: Log
        var events: EventDesk
        var secrets: Secrets
    }

    /// Pending at once; with a shared store, of all services of the name.
    static let most = 10_000
    /// Of what others wrote into a shared store no more is looked at.
    private static let mostLookedAt = 20_000
    private static let page = 500
    /// What nobody ran is missed after that long, whoever took it.
    private static let patience: Int64 = 86_400

    private let loop: EventLoop
    let parts: Parts
    /// The service's own zone, which a reload may change.
    var zone: Zone
    private(set) var book = OnceBook()
    private(set) var trust: OnceTrust
    private let hostKeyPath: String?
    /// One change at a time.
    let lock = ActorLock()
    private var seen: Int64?
    private var said: Set<String> = []
    private var isLookDue = false
    private var isSettling = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(loop: EventLoop, zone: Zone, trust: OnceTrust, hostKeyPath: String?, parts: Parts) {
        self.trust = trust
        self.hostKeyPath = hostKeyPath
        self.loop = loop
        self.zone = zone
        self.parts = parts
    }

    var now: Instant { parts.clocks.wall.instant }

    func setZone(_ zone: Zone) { self.zone = zone }

    // MARK: In step with the store

    /// Takes over what the store has: at the start, before anything is recovered, and whenever it may have changed.
    func look() async throws(StoreError) {
        await lock.take()
        defer { lock.give() }
        try await lookLocked()
    }

    /// The caller holds the lock.
    func lookLocked() async throws(StoreError) {
        isLookDue = true
        let stored = try await everything()
        if !stored.isEmpty { await readHostKey() }
        var names: Set<String> = []
        for job in stored { if let user = KeptOnce(job)?.job.user { names.insert(user) } }
        if !names.isEmpty { await parts.users.resolve(names) }
        let change = book.take(stored, by: trust, now: now) { place($0) }
        isLookDue = false
        learnSecrets()
        report(change)
        for kept in change.withdrawn { _ = try await parts.store.removeStoredJob(kept.job.id, revision: kept.revision) }
        var added: [(job: Job, watermark: Instant)] = []
        for entry in change.added where try await !isDecided(entry.kept) { added.append(scheduled(entry)) }
        if !added.isEmpty || !change.removed.isEmpty {
            let askers = Dictionary(change.added.map { ($0.kept.job.id, "\($0.kept.job.by)") }, uniquingKeysWith: { $1 })
            await parts.scheduler.changeStored(adding: added, removing: change.removed, askedBy: askers)
        }
    }

    private func everything() async throws(StoreError) -> [StoredJob] {
        var found: [StoredJob] = [], last = JobID(JobID.oncePrefix)
        while found.count < Self.mostLookedAt {
            let page = try await parts.store.storedJobs(after: last, limit: Self.page)
            found += page.filter { $0.id.isOnce }
            guard let end = page.last?.id, end.isOnce else { return found }
            last = end
        }
        if said.insert("too many").inserted {
            parts.log.warning(
                "the store holds more jobs that run once than there can be: the rest is not looked at",
                .number("looked_at", Int64(found.count)), .text("remedy", "see who else writes to the store"))
        }
        return found
    }

    /// The mark of a shared store's jobs, as the last renewal brought it.
    func heard(_ mark: Int64) async {
        guard mark != seen || isLookDue else { return }
        do throws(StoreError) {
            if let seen, mark < seen { try await putBack() }
            seen = mark
            try await look()
        } catch {
            isLookDue = true
        }
    }

    /// The store has lost its memory: what is known here is put there again.
    private func putBack() async throws(StoreError) {
        await lock.take()
        defer { lock.give() }
        for kept in book.known where !(try await isOver(kept)) {
            if case .stored(let revision) = try await parts.store.put(kept.stored, replacing: nil, now: parts.clocks.wall) {
                book.note(revision: revision, of: kept.job.id)
            }
        }
    }

    /// Where it runs.
    private func place(_ job: OnceJob) -> OnceBook.State {
        if job.publication != nil {
            return parts.hasBroker ? .here(user: nil) : .elsewhere("it publishes, and this service has no broker (--amqp)")
        }
        let own = geteuid()
        guard let user = job.user else {
            if job.owner == own { return .here(user: nil) }
            return parts.canSwitchUser ? .here(user: "\(job.owner)") : .elsewhere(Self.cannotBecome("uid \(job.owner)"))
        }
        if parts.canSwitchUser || isOwn(user) { return .here(user: user) }
        return .elsewhere(Self.cannotBecome(user))
    }

    private static func cannotBecome(_ user: String) -> String { "it runs as \(user), whom this service cannot become" }

    /// Whether a user is the service's own, its groups included.
    func isOwn(_ user: String) -> Bool { !user.contains(":") && parts.users.cached(user)?.uid == geteuid() }

    private func scheduled(_ entry: OnceBook.Entry) -> (job: Job, watermark: Instant) {
        var user: String?
        if case .here(let name) = entry.state { user = name }
        return (entry.kept.job.job(as: user, policies: parts.policies), entry.kept.job.time - 1)
    }

    private func report(_ change: OnceBook.Change) {
        for (id, why) in change.refused.sorted(by: { $0.key < $1.key }) {
            parts.log.warning(
                "a job that runs once is refused: \(why.rawValue)", .text("job", "\(id)"), .text("remedy", "crond at --cancel \(id)"))
        }
        for kept in change.withdrawn {
            parts.log.warning("a job that was cancelled here was put back: it is taken out again", .text("job", "\(kept.job.id)"))
        }
        for (id, why) in change.elsewhere.sorted(by: { $0.key < $1.key }) where said.insert(why).inserted {
            parts.log.warning("a job that runs once is left to others: \(why)", .text("job", "\(id)"))
        }
    }

    // MARK: This host's key

    private func readHostKey() async {
        guard trust.staysHere, trust.hostKey == nil, let path = hostKeyPath else { return }
        let found = await PatientLook.at(loop, within: .seconds(5)) { Result { () throws(HostKey.Failure) in try HostKey.known(at: path) } }
        switch found {
        case .success(let key): trust.hostKey = key
        case .failure(let failure): sayNoKey(failure.reason)
        case nil: sayNoKey("\(path): its file system does not answer")
        }
    }

    /// Sees to it that what is taken here can be signed.
    func makeHostKey() async {
        await readHostKey()
        guard trust.staysHere, trust.hostKey == nil else { return }
        var reason = "there is no place for it"
        if let path = hostKeyPath {
            let made = await PatientLook.at(loop, within: .seconds(5)) {
                Result { () throws(HostKey.Failure) in try HostKey.made(at: path) }
            }
            switch made {
            case .success(let key): trust.hostKey = key
            case .failure(let failure): reason = failure.reason
            case nil: reason = "\(path): its file system does not answer"
            }
        }
        if trust.hostKey != nil { return }
        sayNoKey(reason)
        trust.hostKey = try? HostKey.temporary()
    }

    private func sayNoKey(_ reason: String) {
        guard said.insert(reason).inserted else { return }
        parts.log.warning(
            "jobs that run once and are taken here are forgotten when this service ends: this host's key cannot be kept",
            .text("reason", reason), .text("remedy", "make its place writable, or set CROND_TABLE_KEY"))
    }

    // MARK: What has been

    /// The scheduler told that something became of one.
    nonisolated func note(_ job: JobID) {
        guard job.isOnce else { return }
        loop.after(.seconds(1)) { [self] in Task(executorPreference: loop) { await self.settle() } }
    }

    /// Takes those out of the store whose outcome is in the ledger.
    func settle() async {
        guard !isSettling else { return }
        isSettling = true
        defer { isSettling = false }
        await lock.take()
        defer { lock.give() }
        do throws(StoreError) {
            if isLookDue { try await lookLocked() }
            for kept in book.due(now) { _ = try await isDecided(kept) }
        } catch {
            isLookDue = true
        }
    }

    /// Whether its fire time is in the ledger. Once it has its outcome there, it leaves store and scheduler.
    private func isDecided(_ kept: KeptOnce) async throws(StoreError) -> Bool {
        let job = kept.job
        guard job.time <= now else { return false }
        if let record = try await parts.ledger.record(of: job.id, at: job.time) {
            if record.outcome != nil { try await forget(kept) }
            return true
        }
        guard job.time + Self.patience < now else { return false }
        // A refused one stays as it was found until somebody removes it.
        if case .refused? = book.entries[job.id]?.state { return true }
        let missed = Skip(
            job: job.id, first: job.time, last: job.time, count: 1, outcome: .missed(1), since: job.time - 1, by: "\(job.by)")
        try await parts.ledger.skip([missed], now: parts.clocks.wall)
        try await forget(kept)
        return true
    }

    private func isOver(_ kept: KeptOnce) async throws(StoreError) -> Bool {
        guard kept.job.time <= now else { return false }
        return try await parts.ledger.record(of: kept.job.id, at: kept.job.time)?.outcome != nil
    }

    /// Out of store, book and scheduler. The caller holds the lock.
    func forget(_ kept: KeptOnce) async throws(StoreError) {
        _ = try await parts.store.removeStoredJob(kept.job.id, revision: kept.revision)
        await drop(kept.job.id)
    }

    /// Somebody cancelled it here, and the store has it no more.
    func withdraw(_ kept: KeptOnce) { book.withdraw(kept) }

    /// What they have in their environments is masked as what the table has.
    private func learnSecrets() { parts.secrets.learnOnce(book.entries.values.lazy.map(\.kept.job)) }

    /// Out of the book and the scheduler.
    func drop(_ id: JobID) async {
        let hadVariables = book.entries[id]?.kept.job.variables.isEmpty == false
        book.remove(id)
        if hadVariables { learnSecrets() }
        await parts.scheduler.changeStored(adding: [], removing: [id])
    }

    /// Into both, after it is in the store.
    func enter(_ kept: KeptOnce, as user: String?) async {
        book.add(kept, as: user)
        if !kept.job.variables.isEmpty { learnSecrets() }
        if let entry = book.entries[kept.job.id] {
            await parts.scheduler.changeStored(adding: [scheduled(entry)], askedBy: [kept.job.id: "\(kept.job.by)"])
        }
    }
}

/// Tells who keeps jobs that run once that something became of one.
struct OnceObserver: SchedulerObserver {
    let next: any SchedulerObserver
    let ended: @Sendable (JobID) -> Void

    func recorded(_ finishes: [Finish]) { next.recorded(finishes) }

    func observe(_ event: SchedulerEvent) {
        next.observe(event)
        switch event {
        case .finished(let attempt, _), .overtaken(let attempt, _): ended(attempt.run.job)
        case .missed(let job, _), .skipped(let job, _, _): ended(job)
        case .taken(let run), .unconfirmed(let run), .alsoElsewhere(let run): ended(run.job)
        default: break
        }
    }
}
