internal import CronExpressions
internal import CronJobs
@testable internal import CronStoreRedis
internal import CronTesting
internal import Testing

/// Nodes of different versions on one server: what the older one left is kept, and the older ones decide nothing any more.
@Suite("Versions of the store on a Redis", .serialized, .realTime) struct RedisVersionsTests {
    private let a = JobID("a"), b = JobID("b"), now = WallTime(nanoseconds: 1_700_000_000_000_000_000)
    private let old = "web-0:boot:1"

    /// A node of the first version claims a fire time.
    private func claimOfOld(_ client: RedisClient, _ job: String, _ second: Int, since: Int = 0) async throws -> String {
        let at = "\(1_700_000_000 + second)"
        return try await client.raw(
            "EVAL", RedisStoreOne.claim, "1", "{cron:test}:meta", "0", "30000", "30000", old, "1:0", "1000", "\(now.nanoseconds)", "1", "",
            "", job, at, "1", at, "\(1_700_000_000 + since)", at, "1", "scheduled", "", "")
    }

    @Test("What version 1 left is there: marks, open and finished runs with their output, pauses") func takenOver() async throws {
        let server = try RedisServer(), client = try server.client()
        #expect(try await claimOfOld(client, "a", 60).contains("integer"))
        // As its verbs for outcomes and pauses wrote them.
        _ = try await client.raw("HSET", "{cron:test}:mark", "b", "1700000120")
        _ = try await client.raw("ZADD", "{cron:test}:hist:b", "1700000000000001", "1700000120#1")
        _ = try await client.raw("SADD", "{cron:test}:jobs", "b")
        _ = try await client.raw(
            "HSET", "{cron:test}:rows:b", "1700000120#1",
            "1700000060 2 catch-up \(now.nanoseconds) \(now.nanoseconds) \(now.nanoseconds) 5 6 failed(exit%203) last words")
        _ = try await client.raw("SADD", "{cron:test}:paused", "p")
        _ = try await client.raw("HSET", "{cron:test}:pauses", "p", "1700000000000000")
        _ = try await client.raw("HSET", "{cron:test}:meta", "pauses", "1700000000000000")
        _ = try await client.raw("ZADD", "{cron:test}:nodes", "9999999999999", old)

        let ledger = try server.ledger()
        _ = try await ledger.open(bootID: "boot", now: now)
        _ = try await ledger.renew([], now: now)
        let view = await ledger.view()
        #expect(view.refused == [old])
        #expect(view.nodes == [ledger.node])
        #expect(view.paused == [JobID("p")])
        #expect(try await ledger.pausedJobs() == [JobID("p")])
        #expect(try await ledger.watermarks() == [a: Instant(1_700_000_060), b: Instant(1_700_000_120)])
        #expect(try await ledger.history(of: a, limit: 9).map(\.outcome) == [nil])
        let record = try #require(try await ledger.record(of: b, at: Instant(1_700_000_060)))
        #expect(record.outcome == .failed(.exit(3)) && record.count == 2 && record.tail == Array("last words".utf8))
        #expect(try await ledger.claim([made(a, 60)], now: now) == [.taken(watermark: Instant(1_700_000_060))])
        _ = try await client.raw("ZADD", "{cron:test}:open", "1", "a@1700000060#1")
        let swept = try await ledger.sweep(now: now)
        #expect(swept.map(\.run) == [made(a, 60).run])
        #expect(try await ledger.finish(swept.map { Finish(run: $0.run, fence: $0.fence, outcome: .interrupted, at: now) }) == [true])
    }

    @Test("What a dead process of this host held is taken over at once; what may live is left alone") func dead() async throws {
        let server = try RedisServer(), client = try server.client(), first = try server.ledger()
        _ = try await first.open(bootID: "boot", now: now)
        _ = try await first.claim([made(a, 60), made(b, 60)], now: now)
        let parts = first.node.split(separator: "."), dead = [parts[0], parts[1], "1", "abc"].joined(separator: ".")
        // One of the rows is that of a process which had our number before us.
        let row = try await client.raw("HGET", "{cron:test}:runs", "a@1700000060#1")
        #expect(row.contains(first.node))
        _ = try await client.raw(
            "EVAL",
            "local r = redis.call('HGET', KEYS[1], ARGV[1]) local i, j = string.find(r, ARGV[2], 1, true) "
                + "redis.call('HSET', KEYS[1], ARGV[1], string.sub(r, 1, i - 1) .. ARGV[3] .. string.sub(r, j + 1)) return 'OK'",
            "1", "{cron:test}:runs", "a@1700000060#1", first.node, dead)
        _ = try await client.raw("ZADD", "{cron:test}:nodes", "9999999999999", dead)
        let second = try server.ledger()
        _ = try await second.open(bootID: "boot", now: now)
        let swept = try await second.sweep(now: now)
        #expect(swept.map(\.run) == [made(a, 60).run])
        #expect(swept.allSatisfy { $0.ownerSeenAt.map { now - $0 < .seconds(60) } ?? false }, "it was there a moment ago")
        #expect(try await client.raw("ZSCORE", "{cron:test}:nodes", dead).contains("null"))
    }

    @Test("A node of version 1 fails before it writes, and gets nothing back by emptying the server") func stopped() async throws {
        let server = try RedisServer(), client = try server.client(), ledger = try server.ledger()
        #expect(try await claimOfOld(client, "a", 60).contains("integer"))
        _ = try await ledger.renew([], now: now)
        for _ in 0..<2 {
            let marks = try await ledger.watermarks()
            #expect(try await claimOfOld(client, "a", 9000).contains("not a float"))
            #expect(try await claimOfOld(client, "new", 9000).contains("not a float"))
            #expect(try await ledger.watermarks() == marks)
            // Whoever of the two comes first to an empty server: a fire time is won once.
            _ = try await client.raw("FLUSHALL")
            #expect(try await claimOfOld(client, "b", 60).contains("integer"))
            let answer = try await again { () -> ClaimAnswer? in
                let answer = try await ledger.claim([made(b, 60)], now: now).first
                if case .later? = answer { return nil }
                return answer
            }
            #expect(answer == .taken(watermark: Instant(1_700_000_060)))
        }
    }

    @Test("The store of a newer version is refused by name, and not changed") func newer() async throws {
        let server = try RedisServer(), client = try server.client(), ledger = try server.ledger()
        _ = try await ledger.claim([made(a, 60)], now: now)
        _ = try await client.raw("HSET", "{cron:test}:meta", "store", "3")
        func refusal(_ body: () async throws(StoreError) -> Void) async -> StoreError? {
            do throws(StoreError) { try await body() } catch { return error }
            return nil
        }
        let errors = [
            await refusal { () throws(StoreError) in _ = try await ledger.claim([made(a, 120)], now: now) },
            await refusal { () throws(StoreError) in _ = try await ledger.open(bootID: "boot", now: now) },
            await refusal { () throws(StoreError) in _ = try await ledger.renew([], now: now) },
            await refusal { () throws(StoreError) in
                _ = try await ledger.put(StoredJob(id: a, schedule: "", action: [], origin: .library, author: ""), replacing: nil, now: now)
            },
        ]
        for error in errors {
            #expect(error?.code == .newerSchema)
            #expect(error?.message.contains("newer version of crond") == true)
        }
        #expect(try await client.raw("HGET", "{cron:test}:mark", "a") == "1700000060")
    }
}
