internal import CronExpressions
internal import CronJobs
internal import CronStoreRedis
internal import CronStoreSQLite
internal import CronTables
internal import Glibc

/// Answers table verbs from a store that no service holds.
enum StoreAnswers {
    static func answer(_ request: ControlRequest, _ configuration: Configuration) async -> ControlResponse {
        let path: String
        switch configuration.store {
        case .sqlite(let given): path = given
        case .automatic:
            guard let place = Places.ledger(name: configuration.name, environment: configuration.environment) else {
                return ControlResponse(error: "no service runs, and no place of its store is known; use --store")
            }
            path = place
        case .memory: return ControlResponse(error: "no service runs, and a memory store ends with its service")
        case .redis(let url):
            let client = RedisClient(url, name: "crond-verb", key: RedisLedger.key(of: configuration.name))
            return await answer(request, client, configuration)
        }
        guard ServiceHost.exists(path) else { return ControlResponse(error: "no service runs, and there is no store at \(path)") }
        do {
            let writes = request.verb == .tableRestore
            let store = writes ? try await SQLiteStore.open(path: path, now: HostClocks().wall) : try await SQLiteStore.read(path: path)
            let response = try await answer(request, store, configuration)
            await store.close(now: HostClocks().wall)
            return response
        } catch {
            return ControlResponse(error: "\(error)")
        }
    }

    private static func answer(_ request: ControlRequest, _ client: RedisClient, _ configuration: Configuration) async -> ControlResponse {
        let response: ControlResponse
        do {
            let clock = StoreClock(machine: HostClocks())
            try await client.tellTime(to: clock)
            response = try await answer(
                request, RedisRevisionStore(name: configuration.name, client: client), configuration, clocks: clock)
        } catch {
            response = ControlResponse(error: "\(error)")
        }
        await client.close()
        return response
    }

    private static func seal(_ configuration: Configuration) -> TableSeal? {
        configuration.tableKey.map { TableSeal(name: configuration.name, key: $0) }
    }

    private static func answer(
        _ request: ControlRequest, _ store: any RevisionStore, _ configuration: Configuration, clocks: any Clocks = HostClocks()
    ) async throws -> ControlResponse {
        let seal = seal(configuration)
        if request.verb == .tableList { return try await list(store, configuration) }
        guard request.verb == .tableRestore else {
            return await RevisionAnswers.answer(request, store, seal: seal, current: try await store.newestNumber())
        }
        guard let number = request.revision, let files = try await store.files(of: number) else {
            return .noRevision(request.revision)
        }
        if let refusal = refusal(of: files, number, configuration.table) { return refusal }
        if try await store.newestNumber() == number, isThere(files, configuration.table) {
            var response = ControlResponse()
            response.change = ControlResponse.Change(added: 0, changed: 0, removed: 0, revision: number, isCurrent: true)
            return response
        }
        let terms = RevisionTerms(signer: seal, host: configuration.host, author: "uid \(geteuid())")
        let revision = try await store.append(
            files, hash: TableHash.hash(files), origin: .restored, now: clocks.wall, terms: terms)
        let response = write(files, revision.number, configuration.table)
        try await TableBase.enter(TableReader.read(configuration.table), of: configuration.host, in: store, now: HostClocks().wall)
        return response
    }

    /// Whether the files hold this already.
    private static func isThere(_ files: [TableFile], _ table: TableSource) -> Bool {
        table.ordered(TableReader.read(table).files) == table.ordered(files)
    }

    /// The newest revision's files beside what stands there.
    private static func list(_ store: any RevisionStore, _ configuration: Configuration) async throws -> ControlResponse {
        var response = ControlResponse()
        guard let newest = try await store.newestRevision(), let files = try await store.files(of: newest.number) else { return response }
        let snapshot = TableReader.read(configuration.table)
        response.tableFiles = files.map { file in
            let there = snapshot.files.first { $0.path == file.path }
            let problem = snapshot.problems.first { $0.path == file.path }
            let use: FileUse = problem != nil ? .refused : there == nil ? .gone : there == file ? .asFound : .changed
            return .init(ListedFile(file, there?.attributes, revision: newest.number, use: use, reason: problem?.message))
        }
        return response
    }

    /// A store may be written by others: nothing is written or published where the revision names a file that is not the table's.
    private static func refusal(of files: [TableFile], _ number: Int, _ table: TableSource) -> ControlResponse? {
        let others = files.map(\.path).filter { !table.holds($0) }
        guard !others.isEmpty else { return nil }
        let shown = others.prefix(5).joined(separator: " ") + (others.count > 5 ? " …" : "")
        let own = (table.files + table.dropInFolders.map { "\($0)/*" }).joined(separator: " ")
        return ControlResponse(
            error: """
                revision \(number) names \(shown), which is no file of the table \(own): nothing was changed; if it is this service's, \
                name its files: crond table restore \(number) FILE… (or CROND_TABLE)
                """, code: 78)
    }

    private static func write(_ files: [TableFile], _ number: Int, _ table: TableSource) -> ControlResponse {
        let present = TableReader.read(table).files, wanted = Set(files.map(\.path))
        let left = present.filter { !wanted.contains($0.path) && !table.files.contains($0.path) }
        let failures =
            files.compactMap { file in present.contains(file) ? nil : TableWriter.write(file).map { "\(file.path): \($0)" } }
            + left.compactMap { file in TableWriter.remove(file.path).map { "\(file.path), which is to go: \($0)" } }
        guard failures.isEmpty else {
            return ControlResponse(
                error: "revision \(number) is the newest now, but cannot be written: \(failures.joined(separator: "; "))", code: 73)
        }
        var response = ControlResponse()
        response.change = ControlResponse.Change(added: 0, changed: 0, removed: 0, revision: number)
        return response
    }
}
