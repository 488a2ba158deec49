internal import CronExpressions
internal import CronJobs
internal import CronStoreRedis
internal import Testing

@Suite("Facts on a Redis", .serialized, .realTime) struct RedisFactsTests {
    private let now = WallTime(nanoseconds: 1_700_000_000_000_000_000)

    private func skip(_ second: Int64) -> Skip {
        let at = made(JobID("a"), second).first
        return Skip(job: JobID("a"), first: at, last: at, count: 1, outcome: .missed(1), since: Instant(0))
    }

    @Test("One consumer hears what every node decides, and changes of the table; a late claim and one beside another are decisions, too")
    func nodes() async throws {
        let server = try RedisServer(), one = try server.ledger(), two = try server.ledger()
        try await one.keepFacts(true)
        let revisions = RedisRevisionStore(name: "test", client: try server.client())
        _ = try await revisions.append([TableFile(path: "/t", content: [1])], hash: "h", origin: .edited, now: now)
        var late = made(JobID("late"), 60), first = made(JobID("b"), 60), beside = made(JobID("b"), 120)
        late.startDeadline = now
        (first.concurrencyLimit, beside.concurrencyLimit) = (1, 1)
        #expect(try await two.claim([late], now: now) == [.late])
        _ = try await two.claim([first], now: now)
        #expect(try await two.claim([beside], now: now) == [.skipped(.overlap)])
        let kinds = try await one.facts(after: 0, limit: 9).facts.map(\.kind)
        let wanted: [Fact.Kind] = [
            .tableChanged(revision: 1), .ended(late.run, attempt: 1, outcome: .missed(1), first: late.first, count: 1),
            .ended(beside.run, attempt: 1, outcome: .skipped(.overlap), first: beside.first, count: 1),
        ]
        #expect(kinds == wanted)
    }

    @Test("A server that forgot everything keeps facts again, under greater numbers") func flushed() async throws {
        let server = try RedisServer(), client = try server.client(), one = try server.ledger()
        try await one.keepFacts(true)
        try await one.skip([skip(60)], now: now)
        let before = try #require(try await one.facts(after: 0, limit: 9).facts.last)
        _ = try await client.raw("FLUSHALL")
        _ = try await again { try await one.renew([], now: now).isEmpty ? true : nil }
        try await again { try? await one.skip([skip(120)], now: now) }
        let after = try await one.facts(after: before.number, limit: 9).facts
        #expect(
            after.contains {
                $0.kind == .ended(made(JobID("a"), 120).run, attempt: 1, outcome: .missed(1), first: made(JobID("a"), 120).first, count: 1)
            })
    }

    @Test("They are bounded; a reader that was too slow hears of the gap") func bounded() async throws {
        let server = try RedisServer(), client = try server.client(), one = try server.ledger()
        try await one.keepFacts(true)
        // As if so many had been told.
        let fill = """
            for n = 1, 66560 do redis.call('ZADD', KEYS[1]..'facts', n, n .. ' 1 T 1') end
            redis.call('HSET', KEYS[1]..'meta', 'facts:size', 66560)
            """
        _ = try await client.raw("EVAL", fill, "1", "{cron:test}:")
        try await one.skip([skip(60)], now: now)
        let page = try await one.facts(after: 0, limit: 9)
        #expect(page.hasGap && page.facts.first?.number == 1026)
        #expect(try await client.raw("ZCARD", "{cron:test}:facts") == "65536")
        #expect(try await one.facts(after: 1025, limit: 9).hasGap == false)
    }
}
