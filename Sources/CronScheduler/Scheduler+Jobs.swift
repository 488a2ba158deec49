internal import CronEngine
public import CronExpressions
public import CronHandlers
public import CronJobs

// What is asked about jobs. All of it works before `start()`, too.

extension Scheduler {
    // MARK: Adding

    /// Adds a job of a handler. It lasts: it is in the store, and stays there over restarts until it is removed or has no fire time any more.
    ///
    /// The handler need not be one of this program's: another on the same store may have it.
    @discardableResult
    public func add<Handler: JobHandler>(
        _ id: JobID, _ schedule: JobSchedule, _ handler: Handler.Type, _ parameters: Handler.Parameters, options: JobOptions? = nil,
        onConflict conflict: JobConflict = .replace
    ) async throws(SchedulerError) -> AddAnswer {
        try await add(
            id, schedule, handler: Handler.name, version: Handler.schemaVersion, parameters, options: options, onConflict: conflict)
    }

    /// Adds a job of a handler that takes no parameters.
    @discardableResult
    public func add<Handler: JobHandler>(
        _ id: JobID, _ schedule: JobSchedule, _ handler: Handler.Type, options: JobOptions? = nil,
        onConflict conflict: JobConflict = .replace
    ) async throws(SchedulerError) -> AddAnswer where Handler.Parameters == NoParameters {
        try await add(id, schedule, handler, NoParameters(), options: options, onConflict: conflict)
    }

    /// Adds a job of a handler that has a name and no type.
    @discardableResult
    public func add(
        _ id: JobID, _ schedule: JobSchedule, handler: String, version: Int = 1, _ parameters: some Codable & Sendable,
        options: JobOptions? = nil, onConflict conflict: JobConflict = .replace
    ) async throws(SchedulerError) -> AddAnswer {
        let call = HandlerCall(name: handler, schemaVersion: version, input: try bytes(of: parameters, for: id))
        guard handler != Closures.handlerName else { throw .badParameters(id, "no handler is called \(handler): closures are") }
        return try await ready().keeper.add(id, schedule, call, options ?? configuration.options, conflict)
    }

    /// Adds a job of a closure. It ends with the program; its marks and its history last in the store, so that after a restart, or beside another
    /// process, a fire time still runs once.
    @discardableResult
    public func add(
        _ id: JobID, _ schedule: JobSchedule, options: JobOptions? = nil, onConflict conflict: JobConflict = .replace,
        run body: @escaping Handlers.Body
    ) async throws(SchedulerError) -> AddAnswer {
        let call = HandlerCall(name: Closures.handlerName)
        return try await ready().keeper.add(id, schedule, call, options ?? configuration.options, conflict, body: body)
    }

    /// Runs a handler once, at a time; now, where none is named. A time that has passed counts if it is within grace.
    ///
    /// - Returns: the job's id, one of its own where none was named.
    @discardableResult
    public func once<Handler: JobHandler>(
        _ id: JobID? = nil, at time: Instant? = nil, _ handler: Handler.Type, _ parameters: Handler.Parameters, options: JobOptions? = nil,
        onConflict conflict: JobConflict = .replace
    ) async throws(SchedulerError) -> JobID {
        let id = id ?? Self.newID()
        try await add(id, .at(try await instant(time)), handler, parameters, options: options, onConflict: conflict)
        return id
    }

    /// Runs a handler once, now, as a job with an id of its own.
    @discardableResult
    public func once<Handler: JobHandler>(
        _ handler: Handler.Type, _ parameters: Handler.Parameters, options: JobOptions? = nil
    ) async throws(SchedulerError) -> JobID {
        try await once(Self.newID(), at: nil, handler, parameters, options: options)
    }

    /// Runs a closure once, at a time.
    @discardableResult
    public func once(
        _ id: JobID? = nil, at time: Instant? = nil, options: JobOptions? = nil, onConflict conflict: JobConflict = .replace,
        run body: @escaping Handlers.Body
    ) async throws(SchedulerError) -> JobID {
        let id = id ?? Self.newID()
        try await add(id, .at(try await instant(time)), options: options, onConflict: conflict, run: body)
        return id
    }

    private func instant(_ time: Instant?) async throws(SchedulerError) -> Instant {
        if let time { return time }
        return try await ready().clocks.wall.instant
    }

    private static func newID() -> JobID { JobID("once-\(String(UInt64.random(in: .min ... .max), radix: 36))") }

    private func bytes(of parameters: some Codable, for id: JobID) throws(SchedulerError) -> [UInt8] {
        do throws(ParameterFault) { return try ParameterCoding.bytes(of: parameters) } catch { throw .badParameters(id, error.description) }
    }

    // MARK: Changing

    /// Changes how a job's runs are treated.
    @discardableResult
    public func modify(_ id: JobID, _ change: @Sendable (inout JobOptions) -> Void) async throws(SchedulerError) -> ScheduledJob {
        try await ready().keeper.change(id) { definition in change(&definition.options) }
    }

    /// Gives a job other parameters, or another handler.
    @discardableResult
    public func modify<Handler: JobHandler>(
        _ id: JobID, _ handler: Handler.Type, _ parameters: Handler.Parameters
    ) async throws(SchedulerError) -> ScheduledJob {
        let call = HandlerCall(name: Handler.name, schemaVersion: Handler.schemaVersion, input: try bytes(of: parameters, for: id))
        return try await ready().keeper.change(id) { definition throws(SchedulerError) in
            guard !definition.isClosure else { throw .closure(id) }
            guard !definition.call.isNewer(than: call) else { throw .newerVersion(id, definition.call.schemaVersion) }
            definition.call = call
        }
    }

    /// Gives a job other times, from now on. A job that is paused stays so.
    @discardableResult
    public func reschedule(_ id: JobID, _ schedule: JobSchedule) async throws(SchedulerError) -> ScheduledJob {
        try await ready().keeper.change(id) { $0.schedule = schedule }
    }

    /// Nothing of the job starts until it is resumed, or until a time; over all nodes. Its fire times are `skipped(paused)`.
    public func pause(_ id: JobID, until end: Instant? = nil) async throws(SchedulerError) {
        let parts = try await existing(id)
        let until = end.map { WallTime($0) }
        do throws(StoreError) {
            guard let pauses = parts.ledger.pauses else { return try await parts.ledger.setPaused(true, [id]) }
            try await pauses.pause([id], until: until, by: parts.keeper.parts.author, now: parts.clocks.wall)
        } catch {
            throw .store(error)
        }
        publish(.jobPaused(id, until: until))
    }

    /// Lets a job go on, from its next fire time.
    public func resume(_ id: JobID) async throws(SchedulerError) {
        let parts = try await existing(id)
        do throws(StoreError) {
            guard let pauses = parts.ledger.pauses else { return try await parts.ledger.setPaused(false, [id]) }
            try await pauses.resume([id], by: parts.keeper.parts.author, now: parts.clocks.wall)
        } catch {
            throw .store(error)
        }
        publish(.jobResumed(id))
    }

    private func existing(_ id: JobID) async throws(SchedulerError) -> SchedulerParts {
        let parts = try await ready()
        guard try await parts.keeper.snapshot(id) != nil else { throw .unknownJob(id) }
        return parts
    }

    public func remove(_ id: JobID) async throws(SchedulerError) { try await ready().keeper.remove(id) }

    /// Removes every job; answers how many there were.
    @discardableResult
    public func removeAll() async throws(SchedulerError) -> Int { try await ready().keeper.removeAll() }

    // MARK: Looking

    /// The job of an id; nil where there is none.
    public func job(_ id: JobID) async throws(SchedulerError) -> ScheduledJob? { try await ready().keeper.snapshot(id) }

    /// All jobs, in the order of their ids.
    public var jobs: [ScheduledJob] {
        get async throws(SchedulerError) { try await ready().keeper.snapshots() }
    }

    /// The last runs of a job, and its fire times without one, newest first; also of jobs that are gone.
    public func history(of id: JobID, limit: Int = 100) async throws(SchedulerError) -> [RunRecord] {
        let parts = try await ready()
        do throws(StoreError) { return try await parts.ledger.history(of: id, limit: limit) } catch { throw .store(error) }
    }

    /// The runs that go on in this process, or wait for their start.
    public var runningRuns: [RunID] {
        get async throws(SchedulerError) { await (try await ready()).engine.runningRuns }
    }

    // MARK: Runs

    /// Runs a job now, beside its schedule, though it or the scheduler may be paused. Returns once the run is in the ledger, before it has ended.
    ///
    /// - Parameter isForced: starts beside whatever runs: `overlap` and `maxRunning` do not hold it.
    @discardableResult
    public func runNow(_ id: JobID, isForced: Bool = false) async throws(SchedulerError) -> RunID {
        let parts = try await ready()
        guard let job = try await parts.keeper.snapshot(id) else { throw .unknownJob(id) }
        guard job.runsHere else { throw .notHere(id) }
        switch await parts.engine.run(RunOrder(id, isForced: isForced, by: parts.keeper.parts.author)) {
        case .starts(let run), .waits(let run, _): return run
        case .refused(let refusal): throw .notStarted(id, refusal.words)
        }
    }

    /// Has a run end, wherever it goes on; it is `cancelled` then. False where it has ended already, or never was.
    @discardableResult
    public func cancel(_ run: RunID) async throws(SchedulerError) -> Bool {
        let parts = try await ready()
        switch await parts.engine.cancel(run, by: parts.keeper.parts.author) {
        case .isEnding, .neverStarts, .passedOn: return true
        case .refused(.unknownRun), .refused(.hasEnded): return false
        case .refused(.storeFails(let reason)): throw .store(StoreError(.unavailable, reason))
        }
    }
}

extension RunRefusal {
    fileprivate var words: String {
        switch self {
        case .unknownJob: "the job was removed"
        case .otherHost(let host): "it runs on \(host)"
        case .overlap(let count): "\(count) of its runs go on or wait, and its options allow no more"
        case .overlapElsewhere: "another node runs it, and its options allow no more"
        case .storeFails(let reason): "the store fails: \(reason)"
        case .storeWaits: "the store decides nothing for a moment: ask again"
        case .unconfirmed: "too few replicas of the store confirmed it"
        case .ending: "the scheduler ends"
        }
    }
}
