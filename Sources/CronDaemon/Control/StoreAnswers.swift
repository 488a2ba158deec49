internal import CronExpressions
internal import CronJobs
internal import CronStoreRedis
internal import CronStoreSQLite
internal import CronTables
internal import Crontabs
internal import Glibc

/// Answers verbs about the table and the past from a store that no service holds.
enum StoreAnswers {
    static func answer(_ request: ControlRequest, _ configuration: Configuration) async throws(ControlRefusal) -> [ControlPart] {
        do {
            return try await answerFromStore(request, configuration)
        } catch let refusal as ControlRefusal {
            throw refusal
        } catch {
            throw ControlRefusal("\(error)")
        }
    }

    private static func answerFromStore(_ request: ControlRequest, _ configuration: Configuration) async throws -> [ControlPart] {
        let path: String
        switch configuration.store {
        case .sqlite(let given): path = given
        case .automatic:
            guard let place = Places.ledger(name: configuration.name, environment: configuration.environment) else {
                throw ControlRefusal("no service runs, and its store has no default path here; use --store")
            }
            path = place
        case .memory: throw ControlRefusal("no service runs, and a memory store ends with its service")
        case .redis(let url):
            let client = RedisClient(url, name: "crond-verb", key: RedisLedger.key(of: configuration.name))
            return try await answer(request, client, configuration)
        }
        guard ServiceHost.exists(path) else { throw ControlRefusal("no service runs, and there is no store at \(path)") }
        let writes = request.kind == .restore
        let store = writes ? try await SQLiteStore.open(path: path, now: HostClocks().wall) : try await SQLiteStore.read(path: path)
        let answer: Result<[ControlPart], any Error>
        do {
            answer = .success(try await self.answer(request, store, store, configuration))
        } catch {
            answer = .failure(error)
        }
        await store.close(now: HostClocks().wall)
        return try answer.get()
    }

    private static func answer(
        _ request: ControlRequest, _ client: RedisClient, _ configuration: Configuration
    ) async throws -> [ControlPart] {
        let answer: Result<[ControlPart], any Error>
        do {
            let clock = StoreClock(machine: HostClocks())
            try await client.tellTime(to: clock)
            let ledger = RedisLedger(name: configuration.name, client: client, clock: clock, host: configuration.host, onlyReads: true)
            let revisions = RedisRevisionStore(name: configuration.name, client: client)
            answer = .success(try await self.answer(request, ledger, revisions, configuration, clocks: clock))
        } catch {
            answer = .failure(error)
        }
        await client.close()
        return try answer.get()
    }

    private static func why(
        _ job: JobID, _ time: Instant?, _ ledger: any Ledger, _ revisions: any RevisionStore, _ configuration: Configuration
    ) async throws -> FireTimeAccount {
        let zones = ZoneDatabase(directory: configuration.environment["TZDIR"] ?? "/usr/share/zoneinfo")
        let zone =
            try configuration.zone.map { try zones.zone(named: $0) } ?? zones.localZone(environmentTZ: configuration.environment["TZ"])
        var compiler = TableCompiler(source: configuration.table, zone: zone, zones: zones, host: configuration.host)
        if let seed = try await revisions.seed() { compiler.draws = DrawSource(seed.text) }
        let gathering = WhyGathering(
            ledger: ledger, revisions: revisions, compiler: compiler, host: configuration.host, retention: configuration.retention,
            jobs: nil, elsewhere: [], trouble: "no service runs here that could decide it", now: HostClocks().wall.instant)
        if let account = try await gathering.account(of: job, at: time) { return account }
        let known = Set(try await ledger.watermarks().keys.map(\.withoutHost))
        throw await ControlDesk().unknown([job], among: known, ", and the store never knew it")
    }

    /// Any names of jobs are possible that the store knows.
    private static func runs(_ query: RunQuery, _ ledger: any Ledger) async throws -> [ControlPart] {
        let known = Set(try await ledger.watermarks().keys)
        let parts = try await RunListing(ledger: ledger, jobs: known.sorted()).answer(query)
        let unknown = query.jobs.filter { job in !known.contains { $0.withoutHost == job.withoutHost } }.sorted()
        guard parts.count == 1, query.page.after == nil, !unknown.isEmpty else { return parts }
        throw await ControlDesk().unknown(
            unknown, among: Set(known.map(\.withoutHost)), " that the store knows, and there is no history of it")
    }

    private static func answer(
        _ request: ControlRequest, _ ledger: any Ledger, _ store: any RevisionStore, _ configuration: Configuration,
        clocks: any Clocks = HostClocks()
    ) async throws -> [ControlPart] {
        let seal = configuration.tableKey.map { TableSeal(name: configuration.name, key: $0) }
        let sharing = TableSharing(name: configuration.name, host: configuration.host, seal: seal)
        let table = IdleTable(source: configuration.table, store: store, sharing: sharing, clocks: clocks)
        switch request {
        case .revisions: return try await RevisionAnswers.revisions(store, seal: seal, current: try await store.newestNumber())
        case .files(let number): return try await RevisionAnswers.files(of: number, store)
        case .table: return try await table.files().map { .file(TableFileSnapshot($0)) }
        case .restore(let number):
            let asker = Asker(uid: geteuid(), pid: getpid(), host: configuration.host, role: .edit)
            let restoring = try await table.restore(number, author: asker.withoutHost)
            return [.change(try change(by: restoring, of: number, configuration.table))]
        case .run(let choice): return [.detail(try await runs(ledger, configuration).detail(choice))]
        case .output(let choice, _): return try await runs(ledger, configuration).output(choice)
        case .runs(let query): return try await runs(query, ledger)
        case .why(let job, let time): return [.account(try await why(job, time, ledger, store, configuration))]
        case .service, .jobs, .events, .pause, .resume, .trigger, .cancel, .reload, .at, .atList, .atCancel:
            throw ControlRefusal("this needs a running service")
        }
    }

    private static func runs(_ ledger: any Ledger, _ configuration: Configuration) -> RunAnswers {
        RunAnswers(ledger: ledger, shelf: nil, jobs: [], host: configuration.host)
    }

    private static func change(
        by restoring: IdleTable.Restoring, of number: Int, _ table: TableSource
    ) throws(ControlRefusal) -> TableChange {
        switch restoring {
        case .noRevision: throw .noRevision(number)
        case .otherFiles(let paths): throw refusal(of: paths, number, table)
        case .isCurrent:
            var change = TableChange(revision: number)
            change.isCurrent = true
            return change
        case .done(let number, let unwritten):
            guard unwritten.isEmpty else {
                let failures = unwritten.map { "\($0.path): \($0.reason)" }.joined(separator: "; ")
                throw ControlRefusal("revision \(number) is the newest now, but cannot be written: \(failures)", code: 73)
            }
            return TableChange(revision: number)
        }
    }

    /// A store may be written by others: nothing is written or published where the revision names a file that is not the table's.
    private static func refusal(of others: [String], _ number: Int, _ table: TableSource) -> ControlRefusal {
        let shown = others.prefix(5).joined(separator: " ") + (others.count > 5 ? " …" : "")
        let own = (table.files + table.dropInFolders.map { "\($0)/*" }).joined(separator: " ")
        return ControlRefusal(
            """
            revision \(number) names \(shown), which is no file of the table \(own): nothing was changed; if it is this service's, \
            name its files: crond table restore \(number) FILE… (or CROND_TABLE)
            """, code: 78)
    }
}
