internal import CronJobs
internal import CronStoreRedis
internal import Testing

@Suite("Output on a Redis that is full", .serialized, .realTime) struct RedisOutputTests {
    private let now = WallTime(nanoseconds: 1_700_000_000_000_000_000)

    private func used(_ client: RedisClient) async throws -> Int {
        let line = try await client.raw("INFO", "memory").split(whereSeparator: \.isNewline).first { $0.hasPrefix("used_memory:") }
        return try #require(line.flatMap { Int($0.dropFirst(12)) })
    }

    @Test("Claims and outcomes are not refused for output that fills the memory: the output goes", arguments: [1, 600])
    func outputGoesFirst(claimsAtOnce: Int) async throws {
        let server = try RedisServer(), client = try server.client(), ledger = try server.ledger(), job = JobID("a")
        let run = made(job, 60).run
        for second in Int64(60)..<76 {
            guard case .won(let fence)? = try await ledger.claim([made(job, second)], now: now).first else { throw Complaint("not won") }
            let finish = Finish(run: made(job, second).run, fence: fence, outcome: .succeeded, at: now)
            #expect(try await ledger.finish([finish]) == [true])
            #expect(try await ledger.keepOutput(finish.run, attempt: 1, OutputExcerpt(last: [UInt8](repeating: 65, count: 64 << 10))))
        }
        // Well below what is in use: a server gives the buffers of a quiet connection (tens of KB) back whenever it likes, and would have room again.
        let room = try await used(client) - (128 << 10)
        _ = try await client.raw("CONFIG", "SET", "maxmemory-policy", "noeviction", "maxmemory", "\(room)")
        #expect(
            try await ledger.keepOutput(run, attempt: 1, OutputExcerpt(last: [1])) == false,
            "no room for more, and nothing else is given up for it")
        #expect(try await ledger.output(of: run, attempt: 1)?.count == 64 << 10)
        let claims = (0..<claimsAtOnce).map { made(JobID("job-\($0)"), 60) }
        let answers = try await ledger.claim(claims, now: now)
        #expect(answers.allSatisfy { if case .won = $0 { true } else { false } }, "\(answers.prefix(3))")
        #expect(try await ledger.output(of: run, attempt: 1) == nil, "only what came with the outcome is left")
        #expect(try await ledger.history(of: job, limit: 9).first?.outcome == .succeeded)
    }
}
