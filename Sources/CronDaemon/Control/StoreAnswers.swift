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

    private static func answer(
        _ request: ControlRequest, _ store: any RevisionStore, _ configuration: Configuration, clocks: any Clocks = HostClocks()
    ) async throws -> ControlResponse {
        let seal = configuration.tableKey.map { TableSeal(name: configuration.name, key: $0) }
        let sharing = TableSharing(name: configuration.name, host: configuration.host, seal: seal)
        let table = IdleTable(source: configuration.table, store: store, sharing: sharing, clocks: clocks)
        switch request.verb {
        case .tableList:
            var response = ControlResponse()
            response.tableFiles = try await table.files().map { ControlResponse.TableFileLine($0) }
            return response
        case .tableRestore:
            let number = request.revision ?? 0
            return response(to: try await table.restore(number, author: "uid \(geteuid())"), of: number, configuration.table)
        default: return await RevisionAnswers.answer(request, store, seal: seal, current: try await store.newestNumber())
        }
    }

    private static func response(to restoring: IdleTable.Restoring, of number: Int, _ table: TableSource) -> ControlResponse {
        var response = ControlResponse()
        switch restoring {
        case .noRevision: return .noRevision(number)
        case .otherFiles(let paths): return refusal(of: paths, number, table)
        case .isCurrent: response.change = ControlResponse.Change(added: 0, changed: 0, removed: 0, revision: number, isCurrent: true)
        case .done(let number, let unwritten):
            guard unwritten.isEmpty else {
                let failures = unwritten.map { "\($0.path): \($0.reason)" }.joined(separator: "; ")
                return ControlResponse(error: "revision \(number) is the newest now, but cannot be written: \(failures)", code: 73)
            }
            response.change = ControlResponse.Change(added: 0, changed: 0, removed: 0, revision: number)
        }
        return response
    }

    /// A store may be written by others: nothing is written or published where the revision names a file that is not the table's.
    private static func refusal(of others: [String], _ number: Int, _ table: TableSource) -> ControlResponse {
        let shown = others.prefix(5).joined(separator: " ") + (others.count > 5 ? " …" : "")
        let own = (table.files + table.dropInFolders.map { "\($0)/*" }).joined(separator: " ")
        return ControlResponse(
            error: """
                revision \(number) names \(shown), which is no file of the table \(own): nothing was changed; if it is this service's, \
                name its files: crond table restore \(number) FILE… (or CROND_TABLE)
                """, code: 78)
    }
}
