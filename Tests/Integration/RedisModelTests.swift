internal import CronJobs
internal import CronStoreRedis
internal import CronTesting
internal import Glibc
internal import Testing

/// The model on which the simulator stands, held against the server that it models.
@Suite("The model of the shared ledger answers what a real Redis answers", .serialized, .realTime) struct RedisModelTests {
    /// How many sequences; `make soak` asks for more.
    private static let count = getenv("CROND_SOAK_SEQUENCES").flatMap { UInt64(String(cString: $0)) } ?? 18

    @Test("Random calls of three nodes, with ledgers that forget and nodes that tell them", arguments: 0..<UInt64(6))
    func sameAnswers(_ part: UInt64) async throws {
        let server = try RedisServer(), client = try server.client()
        for seed in (part * Self.count / 6)..<((part + 1) * Self.count / 6) {
            _ = try await client.raw("FLUSHALL")
            try await SharedLedgerComparison.run(Self.hands(on: server, client), seed: seed, calls: 120)
        }
        await client.close()
    }

    private static func hands(on server: RedisServer, _ client: RedisClient) -> SharedLedgerComparison.Server {
        var options = RedisLedgerOptions.made
        (options.leaseDuration, options.jump) = (.seconds(36_000), .seconds(360_000))
        return .init(
            makeNode: { [options] in try server.ledger(options) },
            keep: { _ = try await client.raw("EVAL", copy(from: 0, to: 1), "0") },
            setBack: {
                _ = try await client.raw("EVAL", copy(from: 1, to: 0), "0")
                _ = try await client.raw("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            },
            tick: {
                let now = try await millisecond(client)
                while try await millisecond(client) == now { await Task.yield() }
            })
    }

    private static func millisecond(_ client: RedisClient) async throws -> String {
        try await client.raw("EVAL", "local t = redis.call('TIME') return t[1] .. ' ' .. math.floor(t[2] / 1000)", "0")
    }

    private static func copy(from: Int, to: Int) -> String {
        """
        redis.call('SELECT', \(to))
        redis.call('FLUSHDB')
        redis.call('SELECT', \(from))
        for _, key in ipairs(redis.call('KEYS', '*')) do redis.call('COPY', key, key, 'DB', \(to)) end
        return 'OK'
        """
    }
}
