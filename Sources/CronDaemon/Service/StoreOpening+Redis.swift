internal import CronJobs
internal import CronStoreRedis
internal import Glibc
internal import LinuxEvents

// A Redis may come up after us: what may pass by itself is waited for, and what somebody must change ends the start at once.

extension StoreOpening {
    static func redis(
        _ url: RedisURL, file: String?, name: String, host: String, isWorker: Bool = false, wait: Duration, clocks: any Clocks, log: Log
    ) async throws(StoreError) -> StoreOpening {
        let client = RedisClient(url, name: "crond-\(name)", file: file, key: RedisLedger.key(of: name)),
            clock = StoreClock(machine: clocks)
        do throws(RedisError) {
            try await reach(client, within: wait, clocks: clocks, log: log)
            // Nothing is planned before the store has told its time.
            try await client.tellTime(to: clock)
            warn(of: try await client.engine(), url, log)
        } catch {
            await client.close()
            throw StoreError(error)
        }
        // Two services on one Redis never mix, and the legacy service's keys have no name of a service in them.
        let legacy = name == "default" ? RedisLegacyData(client: client) : nil
        if let legacy { await mentionPickledJobs(legacy, log) }
        return StoreOpening(
            ledger: RedisLedger(name: name, client: client, clock: clock, host: host, isWorker: isWorker),
            revisions: RedisRevisionStore(name: name, client: client),
            legacy: legacy, place: .server(url.description), durability: .engine, clock: clock)
    }

    /// Connects; for as long as `wait`, where the failure may pass.
    private static func reach(_ client: RedisClient, within wait: Duration, clocks: any Clocks, log: Log) async throws(RedisError) {
        let deadline = clocks.monotonic + wait
        var isTold = false
        while true {
            do throws(RedisError) { return try await client.connect() } catch {
                guard error.mayPassAtStart, clocks.monotonic < deadline else { throw error }
                if !isTold { log.storeIsAwaited(error.description, wait) }
                isTold = true
            }
            // The client tries by itself; this only looks.
            try? await SharedPool.wait(for: .milliseconds(100))
        }
    }

    private static func mentionPickledJobs(_ legacy: RedisLegacyData, _ log: Log) async {
        guard (try? await legacy.hasPickledJobs()) == true else { return }
        log.info(
            "the legacy service's scheduler left pickled jobs; they are neither read nor changed",
            .text("keys", RedisLegacyData.pickledKeys.joined(separator: " ")))
    }

    private static func warn(of engine: EngineReport, _ url: RedisURL, _ log: Log) {
        let concerns = engine.concerns
        if !concerns.isEmpty {
            log.warning(
                "the store's server may lose what it confirmed", .text("store", url.description),
                .text("reason", concerns.map(\.description).joined(separator: " ")))
        }
        guard geteuid() == 0, case .host = url.address, url.tls == nil, url.password == nil else { return }
        log.warning(
            "whoever can reach the store's server can run any command here as root: there is neither password nor TLS",
            .text("store", url.description), .text("remedy", "a password, and rediss:// where the network is not only yours"))
    }
}

extension Log {
    /// Said once a start.
    func storeIsAwaited(_ reason: String, _ wait: Duration) {
        warning(
            "the store cannot be used yet; waiting for it", .text("reason", reason), .number("up_to_ms", wait.wholeMilliseconds))
    }
}

extension RedisError {
    /// Worth waiting for: the server, its name or its master may not be there yet.
    fileprivate var mayPassAtStart: Bool { isTransient || kind == .badAddress }
}
