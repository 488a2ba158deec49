internal import CronStoreRedis
internal import Testing

@Suite(.serialized, .realTime) struct EngineReportTests {
    @Test func whatEndangersALedgerIsSaid() async throws {
        let server = try RedisServer(["--maxmemory-policy", "allkeys-lru"])
        let report = try await server.client().engine()
        #expect((report.version.split(separator: ".").first.flatMap { Int($0) } ?? 0) >= 6, "\(report.version)")
        #expect(report.concerns == [.evicts(policy: "allkeys-lru"), .persistsNothing])
        #expect(report.concerns.allSatisfy { $0.description.hasSuffix(".") })
    }

    @Test func aWellSetUpServerIsNoConcern() async throws {
        let server = try RedisServer(["--appendonly", "yes"])
        #expect(try await server.client().engine().concerns.isEmpty)
    }

    @Test func whatIsForbiddenIsSaidToBeHidden() async throws {
        let server = try RedisServer(["--rename-command", "CONFIG", ""])
        let report = try await server.client().engine()
        #expect(report.evictionPolicy == .hidden)
        #expect(report.concerns == [.hidden(["maxmemory-policy", "appendonly", "save", "min-replicas-to-write"])])
    }
}
