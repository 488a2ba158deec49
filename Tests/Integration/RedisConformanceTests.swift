internal import CronJobs
internal import CronStoreRedis
internal import CronTesting
internal import Synchronization
internal import Testing

/// The contract's own suites over a real server.
@Suite(.serialized, .realTime) struct RedisConformanceTests {
    @Test(arguments: LedgerConformance.checks.map(\.name))
    func ledger(_ name: String) async throws {
        let server = try RedisServer()
        let check = try #require(LedgerConformance.checks.first { $0.name == name })
        try await check.run({ try server.ledger() }) { ledger in
            await ledger.close(now: WallTime(nanoseconds: 1_700_000_000_000_000_000 + 65_000_000_000))
            return try server.ledger()
        }
    }

    @Test(arguments: KeepingConformance.checks.map(\.name))
    func keeping(_ name: String) async throws {
        let server = try RedisServer()
        let check = try #require(KeepingConformance.checks.first { $0.name == name })
        try await check.run({ try server.ledger() }) { ledger in
            await ledger.close(now: WallTime(nanoseconds: 1_700_000_000_000_000_000 + 65_000_000_000))
            return try server.ledger()
        }
    }

    @Test(arguments: RevisionStoreConformance.checks.map(\.name))
    func revisions(_ name: String) async throws {
        let server = try RedisServer()
        let check = try #require(RevisionStoreConformance.checks.first { $0.name == name })
        try await check.run({ RedisRevisionStore(name: "test", client: try server.client()) }) { _ in
            RedisRevisionStore(name: "test", client: try server.client())
        }
    }

    @Test(arguments: SharedLedgerConformance.checks.map(\.name))
    func sharedLedger(_ name: String) async throws {
        let server = try RedisServer(), client = try server.client()
        let check = try #require(SharedLedgerConformance.checks.first { $0.name == name })
        let hosts = Atomic(0)
        try await check.run({
            try quickLedger(server.url, host: "host-\(hosts.add(1, ordering: .relaxed).newValue)")
        }) {
            // Long ago is as good as waiting.
            _ = try await client.raw(
                "EVAL", "for _, r in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do redis.call('ZADD', KEYS[1], 1, r) end return 'OK'",
                "1",
                "{cron:test}:open")
        }
    }
}
