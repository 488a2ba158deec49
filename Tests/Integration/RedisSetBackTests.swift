internal import CronExpressions
internal import CronJobs
internal import CronStoreRedis
internal import CronTesting
internal import Testing

/// The server comes back as it was some time ago, while nodes run that know what it confirmed since.
@Suite(.serialized, .realTime) struct RedisSetBackTests {
    private let a = JobID("a"), b = JobID("b"), now = WallTime(nanoseconds: 1_700_000_000_000_000_000)
    private var quarantine: RedisLedgerOptions {
        var options = RedisLedgerOptions.made
        options.quarantine = .milliseconds(300)
        return options
    }
    private let durable = ["--appendonly", "yes", "--appendfsync", "always"]

    private func decided(_ ledger: RedisLedger, _ claim: Claim) async throws -> ClaimAnswer {
        try await again {
            let answer = try await ledger.claim([claim], now: now).first
            if case .later? = answer { return nil }
            return answer
        }
    }

    private func won(_ ledger: RedisLedger, _ claim: Claim) async throws -> Int64 {
        let answer = try await decided(ledger, claim)
        guard case .won(let fence) = answer else { throw Complaint("\(claim.run): \(answer)") }
        return fence
    }

    private func taken(at second: Int64) -> ClaimAnswer { .taken(watermark: Instant(1_700_000_000 + second)) }

    private func finish(_ claim: Claim, _ fence: Int64, _ outcome: Outcome = .succeeded) -> Finish {
        Finish(run: claim.run, attempt: claim.attempt, fence: fence, outcome: outcome, startedAt: now, at: now, tail: Array("done".utf8))
    }

    private func reached(_ ledger: RedisLedger) async throws {
        _ = try await again { try await ledger.renew([], now: now).isEmpty ? true : nil }
    }

    @Test func whoComesFirstDoesNotSpeakForAll() async throws {
        let server = try RedisServer(durable)
        let one = try server.ledger(quarantine), two = try server.ledger(quarantine), three = try server.ledger(quarantine)
        _ = try await won(one, made(a, 60))
        let size = try server.fileSize()
        let last = try await (won(one, made(b, 60)), won(two, made(a, 120)), won(two, made(a, 180)))
        try server.setBack(to: size)
        // The first tells what it knows and asks at once; the second comes later, with a newer mark of the same job.
        try await reached(one)
        let client = try server.client()
        _ = try await client.raw("HSET", "{cron:test}:meta", "quar", "9999999999999")
        guard case .later? = try await one.claim([made(a, 120)], now: now).first else { throw Complaint("decided in quarantine") }
        try await reached(two)
        _ = try await client.raw("HSET", "{cron:test}:meta", "quar", "0")
        #expect(try await decided(one, made(a, 120)) == taken(at: 180), "the highest mark wins")
        #expect(try await decided(three, made(a, 180)) == taken(at: 180))
        #expect(try await decided(three, made(b, 60)) == taken(at: 60))
        #expect(try await won(three, made(b, 120)) > last.2, "fences grow")
        #expect(try await two.renew([open(made(a, 180), last.2), open(made(a, 120), last.1)], now: now).isEmpty, "its runs are open again")
    }

    private func open(_ claim: Claim, _ fence: Int64) -> OpenRun {
        OpenRun(run: claim.run, attempt: claim.attempt, fence: fence, startedAt: nil, process: nil)
    }

    @Test func anAttemptThatEndedInALostTailIsNotWonAgain() async throws {
        let server = try RedisServer(durable)
        let one = try server.ledger(quarantine), two = try server.ledger(quarantine)
        let first = try await won(one, made(a, 60))
        #expect(try await one.finish([finish(made(a, 60), first, .failed(.exit(1)))]) == [true])
        let size = try server.fileSize()
        var second = made(a, 60)
        second.attempt = 2
        let fence = try await won(one, second)
        #expect(try await one.finish([finish(second, fence)]) == [true])
        try server.setBack(to: size)
        try await reached(one)
        #expect(try await decided(two, second) == taken(at: 60))
        let history = try await two.history(of: a, limit: 9)
        #expect(history.map(\.attempt) == [2, 1])
        #expect(history.map(\.outcome) == [.succeeded, .failed(.exit(1))])
    }

    @Test func outcomesOfALostTailAreEnteredAgain() async throws {
        let server = try RedisServer(durable)
        let one = try server.ledger(quarantine), two = try server.ledger(quarantine)
        let held = try await won(one, made(b, 60))
        let size = try server.fileSize()
        let fence = try await won(one, made(a, 60))
        let finishes = [finish(made(a, 60), fence, .failed(.exit(3))), finish(made(b, 60), held)]
        #expect(try await one.finish(finishes) == [true, true])
        let at = Instant(1_700_000_180)
        try await one.skip([Skip(job: a, first: Instant(1_700_000_120), last: at, count: 2, outcome: .missed(2), since: at)], now: now)
        let before = try await (one.history(of: a, limit: 9), one.history(of: b, limit: 9))
        try server.setBack(to: size)
        try await reached(one)
        let after = try await (two.history(of: a, limit: 9), two.history(of: b, limit: 9))
        #expect(Set(after.0) == Set(before.0) && after.0.count == 2)
        #expect(after.1 == before.1)
        #expect(try await two.record(of: a, at: Instant(1_700_000_120))?.outcome == .missed(2))
        var limited = made(b, 120)
        limited.concurrencyLimit = 1
        _ = try await won(two, limited)
    }

    @Test func whatIsKnownOfOutcomesIsBounded() async throws {
        let server = try RedisServer(durable)
        let one = try server.ledger(quarantine), client = try server.client()
        _ = try await won(one, made(a, 1))
        for round in Int64(1)...6 {
            let claims = (0..<1000).map { made(JobID("job-\($0)"), round) }
            let answers = try await one.claim(claims, now: now)
            let finishes = zip(claims, answers).compactMap { claim, answer -> Finish? in
                guard case .won(let fence) = answer else { return nil }
                return finish(claim, fence)
            }
            #expect(try await one.finish(finishes).count == 1000)
        }
        _ = try await client.raw("FLUSHALL")
        _ = try await won(one, made(a, 60))
        #expect(try await client.raw("EVAL", "return #redis.call('KEYS', '{cron:test}:rows:*')", "0") == "1000")
        #expect(try await one.history(of: JobID("job-999"), limit: 99).count == 5, "4,096 outcomes, the newest")
        #expect(try await one.history(of: JobID("job-0"), limit: 99).count == 4)
    }

    @Test func fencesGrowThoughTheClockWentBack() async throws {
        let server = try RedisServer(durable)
        let one = try server.ledger(quarantine), two = try server.ledger(quarantine)
        _ = try await won(one, made(a, 60))
        let size = try server.fileSize()
        // As a clock would that is a year ahead.
        _ = try await server.client().raw("HINCRBY", "{cron:test}:meta", "fence", "31536000000000")
        let fence = try await won(one, made(a, 120))
        #expect(try await one.finish([finish(made(a, 120), fence)]) == [true])
        try server.setBack(to: size)
        try await reached(one)
        #expect(try await won(two, made(a, 180)) > fence)
    }

    @Test func aSettingBackInPlaceIsNoticedByTheFence() async throws {
        let server = try RedisServer()
        var options = quarantine
        // Long enough for the one that knows it to come second.
        options.quarantine = .seconds(2)
        let one = try server.ledger(options), two = try server.ledger(options), client = try server.client()
        _ = try await won(one, made(b, 60))
        let fence = try await client.raw("HGET", "{cron:test}:meta", "fence")
        _ = try await won(one, made(a, 60))
        // Another node hears of it by its heartbeat only.
        try await reached(two)
        for key in ["mark", "runs", "open", "act", "hist:a"] { _ = try await client.raw("DEL", "{cron:test}:\(key)") }
        _ = try await client.raw("HSET", "{cron:test}:meta", "fence", fence)
        guard case .later? = try await two.claim([made(a, 60)], now: now).first else { throw Complaint("two decides at once") }
        try await reached(one)
        #expect(try await decided(two, made(a, 60)) == taken(at: 60))
    }

    @Test func ofTwoOwnersTheNewerFenceHasTheRun() async throws {
        let server = try RedisServer()
        let one = try server.ledger(quarantine), client = try server.client()
        let fence = try await won(one, made(a, 60))
        let key = "a@1700000060#1", old = "\(fence - 5) claimed another:node - - - - 1700000060 1 scheduled 1 1"
        _ = try await client.raw("HSET", "{cron:test}:runs", key, old)
        _ = try await client.raw("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        #expect(try await again { try await one.finish([finish(made(a, 60), fence)]) } == [true])
        #expect(try await client.raw("HLEN", "{cron:test}:act") == "0")
    }
}
