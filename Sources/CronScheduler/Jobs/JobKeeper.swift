internal import CronEngine
internal import CronExpressions
internal import CronHandlers
internal import CronJobs

// The jobs of a scheduler: this keeps store, engine and what is known of both in step.
//
//     added ──▶ in the store ──▶ in the book and the engine ──▶ its runs ──no fire time left, last outcome written──▶ out of all three
//                  │ other nodes hear of it with their next renewal
//                  └── changed, by compare and set: what others changed meanwhile is read again
//
// The store comes first, both ways: nothing lasting is in an engine that is not in the store, and nothing that is done leaves it before its outcome is
// written. Closures are in the book and the engine alone.
//
// A job whose handler, or the version of whose parameters, this program does not have is *watched*: the engine has it in a form that never starts
// and is late once no node can start it any more; then its fire time is recorded as missed (`JobPlans`). Where somebody else took it, the store
// ignores that.

actor JobKeeper {
    struct Parts: Sendable {
        var ledger: any Ledger
        var store: any JobStore
        var engine: SchedulerEngine
        var clocks: any Clocks
        var executor: any SerialExecutor
        var handlers: Handlers
        var closures: Closures
        var zone: Zone
        var bus: EventBus
        /// Who changes jobs, in words.
        var author: String

        var isShared: Bool { ledger.shared != nil }
    }

    private static let tries = 16
    private static let page = 500

    let parts: Parts
    private(set) var book = JobMap<KnownJob>()
    private let lock = ActorLock()
    private var plans: JobPlans
    private var seen: Int64?
    private var isLookDue = false
    /// Jobs that may be done.
    private var deciding: Set<JobID> = []
    private var isSettlingDue = false
    /// What is missed unless another node took it.
    private var unconfirmed: [(id: JobID, range: FireRange)] = []
    private let foreign: ForeignJobs

    nonisolated var unownedExecutor: UnownedSerialExecutor { parts.executor.asUnownedSerialExecutor() }

    init(_ parts: Parts, foreign: ForeignJobs) {
        self.parts = parts
        self.foreign = foreign
        plans = JobPlans(
            handlers: parts.handlers, closures: parts.closures, zone: parts.zone, isShared: parts.isShared, author: parts.author)
    }

    var now: Instant { parts.clocks.wall.instant }

    // MARK: Adding

    /// - Parameter body: of a job that need not last.
    func add(
        _ id: JobID, _ schedule: JobSchedule, _ call: HandlerCall, _ options: JobOptions, _ conflict: JobConflict,
        body: Handlers.Body? = nil
    ) async throws(SchedulerError) -> AddAnswer {
        let placed = schedule.placed(in: parts.zone.identifier)
        var wanted = JobDefinition(schedule: placed, since: now, call: call, options: options)
        if let first = placed.firstNamedTime { wanted.since = min(wanted.since, first - 1) }
        try check(id, wanted)
        await lock.take()
        defer { lock.give() }
        for _ in 0..<Self.tries {
            let there = try await known(id)
            if let there, let answer = try answer(id, there, wanted, conflict) { return answer }
            if let there, there.job.schedule == wanted.schedule { wanted.since = there.job.since }
            let job = plans.pack(id, wanted, hasBody: body != nil)
            guard case .stored(let revision) = try await store(job, replacing: there) else { continue }
            parts.closures[id] = body
            await enter(KnownJob(job, revision: revision))
            parts.bus.publish(there == nil ? .jobAdded(id) : .jobModified(id))
            return there == nil ? .added : .replaced
        }
        throw .contended(id)
    }

    /// What is answered without doing anything; nil where the wanted one takes the other's place.
    private func answer(
        _ id: JobID, _ there: KnownJob, _ wanted: JobDefinition, _ conflict: JobConflict
    ) throws(SchedulerError) -> AddAnswer? {
        let old = there.definition
        switch conflict {
        case .refuse: throw .jobExists(id)
        case .keep: return .kept
        case .replace where old.call.isNewer(than: wanted.call):
            return .keptNewer(version: old.call.schemaVersion)
        case .replace: return !wanted.isClosure && old.isSame(as: wanted) ? .unchanged : nil
        }
    }

    private func check(_ id: JobID, _ definition: JobDefinition) throws(SchedulerError) {
        do throws(StoreError) { try definition.stored(as: id, by: parts.author).check() } catch {
            if id.isOnce || id.description.isEmpty || id.description.contains("@") { throw .badID("\(id)") }
            throw .badParameters(id, error.message)
        }
        do throws(JSONFault) { try definition.options.check() } catch { throw .badOptions(id, error.description) }
        if definition.options.overlap.waits, parts.isShared {
            throw .badOptions(
                id, "overlap queue and replace look at this node's runs only, and this store is shared by several: take skip or allow")
        }
        do throws(ScheduleFault) {
            _ = try definition.timing(id, zone: parts.zone)
        } catch {
            throw .badSchedule(id, error.description)
        }
    }

    private enum Storing {
        /// A closure has no revision.
        case stored(Int64?)
        /// Somebody else was faster.
        case overtaken
    }

    /// Puts it where it lasts. A closure takes the place of what lasted.
    private func store(_ job: PackedJob, replacing there: KnownJob?) async throws(SchedulerError) -> Storing {
        try await asking { [parts] () throws(StoreError) -> Storing in
            guard job.isClosure else {
                switch try await parts.store.put(job, replacing: there?.revision, now: parts.clocks.wall) {
                case .stored(let revision): return .stored(revision)
                case .overtaken: return .overtaken
                }
            }
            guard let revision = there?.revision else { return .stored(nil) }
            return try await parts.store.removeStoredJob(job.id, revision: revision) ? .stored(nil) : .overtaken
        }
    }

    /// The job of an id: as the store has it now, else a closure's.
    func known(_ id: JobID) async throws(SchedulerError) -> KnownJob? {
        let there = book[id], closure = there.flatMap { $0.job.isClosure ? $0 : nil }
        if let closure, !parts.isShared { return closure }
        guard let stored = try await asking({ [parts] () throws(StoreError) in try await parts.store.storedJob(id) }) else {
            return closure
        }
        if let there, there.revision == stored.revision { return there }
        do throws(JSONFault) { return KnownJob(plans.pack(id, try JobDefinition(stored)), revision: stored.revision) } catch {
            throw .store(StoreError(.newerSchema, "\(id): what the store has of it cannot be read: \(error)"))
        }
    }

    func asking<Value: Sendable>(_ body: () async throws(StoreError) -> Value) async throws(SchedulerError) -> Value {
        do throws(StoreError) { return try await body() } catch { throw .store(error) }
    }

    // MARK: Changing

    /// Changes a job that is there. Its times count from now on where they are others; all else is as it was.
    func change(
        _ id: JobID, _ edit: @Sendable (inout JobDefinition) throws(SchedulerError) -> Void
    ) async throws(SchedulerError) -> ScheduledJob {
        await lock.take()
        defer { lock.give() }
        for _ in 0..<Self.tries {
            guard let there = try await known(id) else { throw .unknownJob(id) }
            var wanted = there.definition
            try edit(&wanted)
            wanted.schedule = wanted.schedule.placed(in: parts.zone.identifier)
            let old = there.definition, isRescheduled = wanted.schedule != old.schedule
            if isRescheduled { wanted.since = min(now, wanted.schedule.firstNamedTime.map { $0 - 1 } ?? now) }
            if wanted == old { return await snapshot(there, nil) }
            try check(id, wanted)
            let job = plans.pack(id, wanted)
            guard case .stored(let revision) = try await store(job, replacing: there) else { continue }
            await enter(KnownJob(job, revision: revision))
            parts.bus.publish(isRescheduled ? .jobRescheduled(id) : .jobModified(id))
            return await snapshot(KnownJob(job, revision: revision), nil)
        }
        throw .contended(id)
    }

    func remove(_ id: JobID) async throws(SchedulerError) {
        await lock.take()
        defer { lock.give() }
        let wasThere = try await asking { [parts] () throws(StoreError) in try await parts.store.removeStoredJob(id, revision: nil) }
        guard wasThere || book[id] != nil else { throw .unknownJob(id) }
        await leave([id])
        parts.bus.publish(.jobRemoved(id, .asked))
    }

    /// Removes every job, other nodes' closures excepted; answers how many.
    func removeAll() async throws(SchedulerError) -> Int {
        await lock.take()
        defer { lock.give() }
        let stored = try await asking { () throws(StoreError) in try await everything { $0.id } }
        for id in stored {
            _ = try await asking { [parts] () throws(StoreError) in try await parts.store.removeStoredJob(id, revision: nil) }
        }
        let all = Set(book.entries.map(\.id)).union(stored)
        await leave(Array(all))
        parts.bus.publish(.allJobsRemoved(all.count))
        return all.count
    }

    // MARK: Book and engine

    private func enter(_ known: KnownJob) async {
        let planned = plan(known, await parts.engine.watermark(of: known.id))
        book.put(known)
        // Its times may all be over.
        if known.job.schedule.mayEnd { deciding.insert(known.id) }
        await parts.engine.changeStored(keeping: planned.map { [$0] } ?? [], removing: planned == nil ? [known.id] : [])
    }

    /// What the engine is to have of a job; nil is nothing.
    ///
    /// - Parameter mark: up to where it is decided, as far as is known.
    private func plan(_ known: KnownJob, _ mark: Instant?) -> (job: any KeptJob, watermark: Instant)? {
        foreign[known.id] = !known.job.runsHere
        return known.job.isForEngine ? (known.job, max(known.job.since, mark ?? known.job.since)) : nil
    }

    /// All fire times of these up to an instant are decided.
    func pass(_ ids: [JobID], upTo instant: Instant) async {
        await lock.take()
        await parts.engine.changeStored(keeping: ids.compactMap { book[$0] }.map { ($0.job, instant) })
        lock.give()
        for id in ids { mayBeDone(id) }
    }

    private func leave(_ ids: [JobID]) async {
        for id in ids {
            book.remove(id)
            parts.closures[id] = nil
            foreign[id] = false
        }
        await parts.engine.changeStored(adding: [], removing: ids)
    }

    // MARK: In step with the store

    /// Takes over what the store has.
    func load() async throws(StoreError) {
        await lock.take()
        defer { lock.give() }
        try await look()
    }

    /// The mark of a shared store's jobs, as the last renewal brought it.
    func heard(_ mark: Int64) async {
        guard mark != seen || isLookDue else { return }
        await lock.take()
        defer { lock.give() }
        do throws(StoreError) {
            if let seen, mark < seen { try await putBack() }
            seen = mark
            try await look()
        } catch {
            isLookDue = true
        }
    }

    private func look() async throws(StoreError) {
        isLookDue = true
        let stored = try await everything { $0 }, marks = try await parts.ledger.watermarks()
        var added: [(job: any KeptJob, watermark: Instant)] = [], unplanned: [JobID] = [], present: Set<JobID> = []
        for job in stored {
            present.insert(job.id)
            guard book[job.id]?.revision != job.revision, let definition = try? JobDefinition(job) else { continue }
            let known = KnownJob(plans.pack(job.id, definition), revision: job.revision)
            let own = await parts.engine.watermark(of: job.id)
            if let planned = plan(known, [marks[job.id], own].compactMap(\.self).max()) {
                added.append(planned)
            } else {
                unplanned.append(job.id)
            }
            book.put(known)
        }
        let gone = book.entries.filter { $0.revision != nil && !present.contains($0.id) }.map(\.id)
        for id in gone {
            book.remove(id)
            foreign[id] = false
            parts.bus.publish(.jobRemoved(id, .elsewhere))
        }
        isLookDue = false
        await parts.engine.changeStored(keeping: added, removing: gone + unplanned)
        deciding.formUnion(added.map(\.job.id))
    }

    /// Something of every job that the store has.
    private func everything<Part>(_ part: (StoredJob) -> Part) async throws(StoreError) -> [Part] {
        var found: [Part] = [], last: JobID?
        while true {
            let page = try await parts.store.storedJobs(after: last, limit: Self.page)
            guard let end = page.last else { return found }
            for job in page where job.origin == .library { found.append(part(job)) }
            last = end.id
        }
    }

    /// The store has lost its memory: what is known here is put there again.
    private func putBack() async throws(StoreError) {
        for known in book.entries where known.revision != nil {
            if case .stored(let revision) = try await parts.store.put(known.job, replacing: nil, now: parts.clocks.wall) {
                book.put(KnownJob(known.job, revision: revision))
            }
        }
    }

    // MARK: What is done

    /// Something became of a fire time. Called where the engine runs, which is where this runs, too.
    nonisolated func decided(_ id: JobID) { assumeIsolated { $0.mayBeDone(id) } }

    /// A fire time of a job that this program has no handler for is over. Called in the same way.
    nonisolated func missed(_ id: JobID, _ range: FireRange) {
        assumeIsolated { keeper in
            keeper.unconfirmed.append((id, range))
            keeper.deciding.insert(id)
            Task { await keeper.settle() }
        }
    }

    /// Tells which of them nobody took.
    private func confirmMissed() async throws(StoreError) {
        while let (id, range) = unconfirmed.first {
            let record = try await parts.ledger.record(of: id, at: range.last)
            if case .missed? = record?.outcome { parts.bus.publish(.missed(id, .init(range), .noHandler)) }
            unconfirmed.removeFirst()
        }
    }

    func mayBeDone(_ id: JobID) {
        guard book[id]?.job.schedule.mayEnd ?? false else { return }
        deciding.insert(id)
        // What comes in until then is settled with it.
        if isSettlingDue { return }
        isSettlingDue = true
        Task {
            isSettlingDue = false
            await settle()
        }
    }

    /// Removes the jobs that have no fire time any more, once the outcome of their last one is written.
    func settle() async {
        await lock.take()
        defer { lock.give() }
        do throws(StoreError) { try await confirmMissed() } catch { return }
        while let id = deciding.popFirst() {
            do throws(StoreError) {
                guard let known = book[id], try await isDone(known.job) else { continue }
                if let revision = known.revision { _ = try await parts.store.removeStoredJob(id, revision: revision) }
                await leave([id])
                parts.bus.publish(.jobRemoved(id, .done))
            } catch {
                deciding.insert(id)
                return
            }
        }
    }

    private func isDone(_ job: PackedJob) async throws(StoreError) -> Bool {
        guard job.schedule.mayEnd, let times = job.timing else { return false }
        guard let last = times.schedule?.previous(before: Instant(.max)) else { return true }
        guard last <= now, await !parts.engine.isRunning(job.id) else { return false }
        let attempts = job.options.retry.attempts
        guard let record = try await parts.ledger.record(of: job.id, at: last) else {
            // Times that were over before it was added are nobody's; of others the record may be older than what is kept.
            let mark = await parts.engine.watermark(of: job.id) ?? job.since
            return last <= job.since || last <= mark && last + 3600 < now
        }
        return record.outcome.map { !($0.invitesRetry && record.attempt < attempts) } ?? false
    }
}
