internal import CronExpressions
internal import CronJobs
internal import CronStoreRedis
internal import CronStoreSQLite

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
        case .redis(let url): return await answer(request, RedisClient(url, name: "crond-verb"), configuration)
        }
        guard FileKind.exists(path) else { return ControlResponse(error: "no service runs, and there is no store at \(path)") }
        do {
            let store = try await SQLiteStore.open(path: path, wait: .zero, now: HostClocks().wall)
            let response = try await answer(request, store, seal(configuration))
            await store.close(now: HostClocks().wall)
            return response
        } catch {
            return ControlResponse(error: "\(error)")
        }
    }

    private static func answer(_ request: ControlRequest, _ client: RedisClient, _ configuration: Configuration) async -> ControlResponse {
        let response: ControlResponse
        do {
            response = try await answer(request, RedisRevisionStore(name: configuration.name, client: client), seal(configuration))
        } catch {
            response = ControlResponse(error: "\(error)")
        }
        await client.close()
        return response
    }

    private static func seal(_ configuration: Configuration) -> TableSeal? {
        configuration.tableKey.map { TableSeal(name: configuration.name, key: $0) }
    }

    private static func answer(_ request: ControlRequest, _ store: any RevisionStore, _ seal: TableSeal?) async throws -> ControlResponse {
        guard request.verb == .tableRestore else {
            return await RevisionAnswers.answer(request, store, seal: seal, current: try await store.newestNumber())
        }
        guard let number = request.revision, let files = try await store.files(of: number) else {
            return .noRevision(request.revision)
        }
        let revision = try await store.append(
            files, hash: TableHash.hash(files), origin: .restored, now: HostClocks().wall, seen: 0, signer: seal)
        for file in files {
            if let failure = TableWriter.write(file) {
                return ControlResponse(
                    error: "revision \(revision.number) is the newest now, but \(file.path) cannot be written: \(failure)")
            }
        }
        var response = ControlResponse()
        response.change = ControlResponse.Change(added: 0, changed: 0, removed: 0, revision: revision.number)
        return response
    }
}
