internal import CronExpressions
internal import CronJobs
internal import CronStoreRedis
internal import CronTesting
internal import Testing

/// Workers use the ledger, and are no nodes to those that claim.
@Suite(.serialized, .realTime) struct RedisWorkersTests {
    private let a = JobID("a"), now = WallTime(nanoseconds: 1_700_000_000_000_000_000)

    private func worker(_ server: RedisServer) throws -> RedisLedger {
        RedisLedger(
            name: "test", client: try server.client(), clock: StoreClock(machine: ManualClocks(wall: now)), options: .made, host: "w",
            isWorker: true)
    }

    @Test func aWorkerTakesWhatIsQueuedAndHasNoPlaceAmongThoseThatClaim() async throws {
        let server = try RedisServer(), node = try server.ledger(), worker = try worker(server)
        // Alone, before there is any node.
        #expect(try await worker.renew([], now: now).isEmpty)
        #expect(await worker.view().nodes == [])
        var claim = made(a, 60)
        claim.pool = "gpu"
        guard case .won(let fence)? = try await node.claim([claim], now: now).first else { throw Complaint("not won") }
        let start = Start(run: claim.run, fence: fence, at: now, process: nil)
        #expect(try await worker.mayStart([start], from: .queued(pool: "cpu")) == [.elsewhere(.queued(pool: "gpu"))])
        #expect(try await worker.mayStart([start], from: .queued(pool: "gpu")) == [.go])
        #expect(try await node.mayStart([start], from: .queued(pool: "gpu")) == [.duplicate(node: worker.node)])
        let open = OpenRun(run: claim.run, attempt: 1, fence: fence, startedAt: nil, process: nil)
        #expect(try await node.renewal(of: [open], now: now).handedOver.map(\.to) == [worker.node])
        #expect(try await worker.renew([open], now: now).isEmpty)
        #expect(await node.view().nodes == [node.node])
        #expect(await worker.view().nodes == [node.node])
        #expect(try await node.finish([Finish(run: claim.run, fence: fence, outcome: .undelivered("expired"), at: now)]) == [false])
        #expect(try await worker.finish([Finish(run: claim.run, fence: fence, outcome: .succeeded, at: now)]) == [true])
        #expect(try await node.renewal(of: [open], now: now).lost == [open])
        await worker.close(now: now)
        #expect(try await server.client().raw("EXISTS", "{cron:test}:workers") == "0")
    }

    @Test func whoTakesItBackFirstKeepsWorkersFromIt() async throws {
        let server = try RedisServer(), node = try server.ledger(), worker = try worker(server)
        var claim = made(a, 60)
        claim.pool = "gpu"
        guard case .won(let fence)? = try await node.claim([claim], now: now).first else { throw Complaint("not won") }
        let start = Start(run: claim.run, fence: fence, at: now, process: nil)
        #expect(try await node.mayStart([start], from: .queued(pool: "gpu")) == [.go])
        #expect(try await worker.mayStart([start], from: .queued(pool: "gpu")) == [.duplicate(node: node.node)])
        #expect(try await node.finish([Finish(run: claim.run, fence: fence, outcome: .undelivered("expired"), at: now)]) == [true])
        let row = try await node.history(of: a, limit: 1).first
        #expect(row?.outcome == .undelivered("expired") && row?.startedAt == nil)
    }
}
