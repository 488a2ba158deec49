internal import CronExpressions
internal import CronJobs
internal import CronStoreRedis
internal import Testing

/// Whoever can write to the server can put anything there: it is passed over, or an error, never a trap.
@Suite("What stands on a Redis may be anything", .serialized, .realTime) struct RedisDamagedTests {
    private let a = JobID("a"), now = WallTime(nanoseconds: 1_700_000_000_000_000_000)
    private static let words = [
        "", "-", "x", "9223372036854775807", "-9223372036854775808", "1 2 3", "- - - - - - - - - - - -", "1 1 library a b 99 x",
    ]

    @Test("Rows that are none are passed over, and the good ones are still found", arguments: words)
    func rows(_ word: String) async throws {
        let server = try RedisServer(), client = try server.client(), ledger = try server.ledger()
        guard case .won(let fence)? = try await ledger.claim([made(a, 60)], now: now).first else { throw Complaint("not won") }
        let run = OpenRun(run: made(a, 60).run, attempt: 1, fence: fence, startedAt: nil, process: nil)
        try await ledger.keepFacts(true)
        let job = StoredJob(id: JobID("zz"), schedule: "", action: [1], origin: .library, author: "")
        _ = try await ledger.put(job, replacing: nil, now: now)
        for index in 0..<100 {
            _ = try await client.raw("HSET", "{cron:test}:stored", "j\(index)", word)
            _ = try await client.raw("ZADD", "{cron:test}:ids", "0", "j\(index)")
        }
        for (key, field) in [("pauses", "p"), ("until", "p"), ("output", "a@1700000060#1"), ("rows:a", "1700000060#1")] {
            _ = try await client.raw("HSET", "{cron:test}:\(key)", field, word)
        }
        _ = try await client.raw("SADD", "{cron:test}:paused", "p")
        _ = try await client.raw("LPUSH", "{cron:test}:pausing:p", word)
        _ = try await client.raw("ZADD", "{cron:test}:facts", "5", word)
        _ = try await client.raw("HSET", "{cron:test}:meta", "pauses", "other", "older", word, "jobs", word, "facts:gone", word)

        #expect(try await ledger.storedJobs(after: nil, limit: 3).map(\.id) == [job.id])
        #expect(try await ledger.storedJob(JobID("j0")) == nil)
        _ = try await ledger.countOfStoredJobs(.library)
        _ = try await ledger.pausedJobs()
        _ = try await ledger.pauses(now: now)
        _ = try await ledger.pauseHistory(of: JobID("p"))
        _ = try await ledger.output(of: run.run, attempt: 1)
        _ = try await ledger.facts(after: .min, limit: 9)
        _ = try await ledger.facts(after: .max, limit: 9)
        _ = try? await ledger.renewal(of: [run], now: now)
        _ = await ledger.view()
        _ = try? await ledger.request(.cancel, of: run.run, by: word, now: now)
        try await ledger.retain([], now: now)
        _ = try? await ledger.claim([made(JobID("p"), 60)], now: now)
    }

    @Test(
        "Places that are none, in what a renewal answers, are nobody's",
        arguments: ["0", "-9223372036854775808", "9223372036854775807", "2"])
    func places(_ place: String) async throws {
        let server = try await FakeServer { text in
            if text.contains("HELLO") { return "*4\r\n+server\r\n+redis\r\n+mode\r\n+standalone\r\n" }
            guard text.contains("EVAL") else { return "+OK\r\n" }
            return "*12\r\n+1700000000000000\r\n+0\r\n+0\r\n*1\r\n:\(place)\r\n*0\r\n+0\r\n*0\r\n*0\r\n+0\r\n+\r\n"
                + "*2\r\n:\(place)\r\n+node\r\n*2\r\n:\(place)\r\n+cancel:1:me\r\n"
        }
        let ledger = try quickLedger("redis://127.0.0.1:\(server.port)")
        let run = OpenRun(run: made(a, 60).run, attempt: 1, fence: 1, startedAt: nil, process: nil)
        #expect(try await ledger.renewal(of: [run], now: now) == Renewal())
    }
}
