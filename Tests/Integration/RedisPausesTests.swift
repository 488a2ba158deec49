internal import CronExpressions
internal import CronJobs
internal import CronStoreRedis
internal import CronTesting
internal import Testing

/// The server loses the pauses; the nodes remember the last word about each.
@Suite(.serialized, .realTime) struct RedisPausesTests {
    private let a = JobID("a"), b = JobID("b"), now = WallTime(nanoseconds: 1_700_000_000_000_000_000)
    private var quarantine: RedisLedgerOptions {
        var options = RedisLedgerOptions.made
        options.quarantine = .milliseconds(300)
        return options
    }

    private func claimed(_ ledger: RedisLedger, _ claim: Claim) async throws -> ClaimAnswer {
        try await again {
            let answer = try await ledger.claim([claim], now: now).first
            if case .later? = answer { return nil }
            return answer
        }
    }

    /// Hears what there is, as every few seconds.
    private func renew(_ ledgers: RedisLedger...) async throws {
        for ledger in ledgers { _ = try await again { try await ledger.renew([], now: now).isEmpty ? true : nil } }
    }

    @Test func aPauseOutlivesAFlushInWhoeverHeardOfIt() async throws {
        let server = try RedisServer(), client = try server.client()
        let one = try server.ledger(quarantine), two = try server.ledger(quarantine)
        try await one.setPaused(true, [a])
        try await renew(two)
        #expect(await two.view().paused == [a])
        await one.close(now: now)
        _ = try await client.raw("FLUSHALL")
        #expect(try await claimed(two, made(a, 60)) == .skipped(.paused))
        #expect(try await two.pausedJobs() == [a])
    }

    @Test func whatWasLetGoOnMeanwhileIsNotPausedAgain() async throws {
        let server = try RedisServer(), client = try server.client()
        let one = try server.ledger(quarantine), two = try server.ledger(quarantine)
        try await one.setPaused(true, [a, b])
        try await renew(two)
        _ = try await client.raw("FLUSHALL")
        // Before anybody told the server anything.
        try await two.setPaused(false, [a])
        try await renew(one, two, one)
        #expect(try await one.pausedJobs() == [b])
        guard case .won = try await claimed(one, made(a, 60)) else { throw Complaint("paused") }
        #expect(try await claimed(two, made(b, 60)) == .skipped(.paused))
    }

    @Test func theLastWordCountsWhicheverNodeSaysItFirst() async throws {
        let server = try RedisServer(), client = try server.client()
        let one = try server.ledger(quarantine), two = try server.ledger(quarantine)
        try await one.setPaused(true, [a])
        try await renew(two)
        // The other never hears of it.
        try await one.setPaused(false, [a])
        try await one.setPaused(true, [b])
        for order in [[one, two], [two, one]] {
            _ = try await client.raw("FLUSHALL")
            for ledger in order { try await renew(ledger) }
            try await renew(one, two)
            #expect(try await one.pausedJobs() == [b])
            #expect(await two.view().paused == [b])
        }
    }

    @Test func wordsOfSeveralNodesAreHeardByAll() async throws {
        let server = try RedisServer()
        let one = try server.ledger(), two = try server.ledger(), three = try server.ledger()
        try await one.setPaused(true, [a])
        try await two.setPaused(true, [b])
        try await renew(one, two, three)
        for ledger in [one, two, three] { #expect(await ledger.view().paused == [a, b]) }
        try await three.setPaused(false, [b])
        try await renew(one, two)
        for ledger in [one, two, three] { #expect(await ledger.view().paused == [a]) }
    }

    @Test("A pause ends by the server's clock, at every node; its end and who asked outlive a flush") func ends() async throws {
        let server = try RedisServer(), client = try server.client()
        let one = try server.ledger(quarantine), two = try server.ledger(quarantine)
        func time() async throws -> Int64 {
            let time = try await client.raw("EVAL", "return redis.call('TIME')[1]", "0")
            return try #require(Int64(time))
        }
        let seconds = try await time()
        try await one.pause([b], until: WallTime(Instant(seconds + 9_999)), by: "uid 7", now: now)
        // Where it ended before the other heard of it, once more.
        _ = try await again { () async throws -> Bool? in
            try await one.pause([a], until: WallTime(Instant(time() + 2)), by: "one", now: now)
            try await renew(two)
            return await two.view().paused == [a, b] ? true : nil
        }
        await one.close(now: now)
        _ = try await client.raw("FLUSHALL")
        #expect(try await claimed(two, made(b, 60)) == .skipped(.paused))
        #expect(try await two.pauses(now: now)[b]?.by == "uid 7")
        #expect(try await two.pauses(now: now)[b]?.until == WallTime(Instant(seconds + 9_999)))
        #expect(try await two.pauseHistory(of: b).words.map(\.by) == ["uid 7"])
        _ = try await again { try await two.pauses(now: now)[a] == nil ? true : nil }
        guard case .won = try await claimed(two, made(a, 60)) else { throw Complaint("paused") }
        try await renew(two)
        #expect(await two.view().paused == [b])
        #expect(try await two.pausedJobs() == [b])
    }
}
