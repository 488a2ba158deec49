internal import CronExpressions
internal import CronJobs
@testable internal import CronStoreRedis
internal import CronTesting
internal import Glibc
internal import Testing

func made(_ job: JobID, _ seconds: Int64) -> Claim {
    let at = Instant(1_700_000_000 + seconds)
    return Claim(run: RunID(job: job, .scheduled(at)), trigger: .scheduled, first: at, since: Instant(1_700_000_000))
}

/// The server loses its memory, or the network loses a word; the nodes remember.
@Suite(.serialized, .realTime) struct RedisForgetsTests {
    private let a = JobID("a"), now = WallTime(nanoseconds: 1_700_000_000_000_000_000)
    private var quarantine: RedisLedgerOptions {
        var options = RedisLedgerOptions.made
        options.quarantine = .milliseconds(300)
        return options
    }

    private func decided(_ ledger: RedisLedger, _ claim: Claim) async throws -> ClaimAnswer {
        try await again {
            let answer = try await ledger.claim([claim], now: now).first
            if case .later? = answer { return nil }
            return answer
        }
    }

    private func isWon(_ answer: ClaimAnswer?) -> Bool { if case .won? = answer { true } else { false } }

    @Test func aNewServerDecidesNothingUntilItSettled() async throws {
        let server = try RedisServer()
        var options = quarantine
        options.quarantine = .seconds(1000)
        let ledger = try server.ledger(options)
        let first = try await ledger.claim([made(a, 60)], now: now).first
        guard case .later(let wait)? = first else { throw Complaint("\(String(describing: first))") }
        #expect(wait > .zero && wait <= .seconds(1000))
        await #expect(throws: StoreError.self) {
            try await ledger.skip(
                [Skip(job: a, first: Instant(1), last: Instant(1_700_000_001), count: 1, outcome: .missed(1), since: Instant(0))], now: now)
        }
        #expect(try await ledger.watermarks().isEmpty)
        _ = try await ledger.renew([], now: now)
        #expect(await ledger.view().quarantine > .zero)
        let startup = Claim(run: RunID(job: a, .startup(1)), trigger: .startup, first: Instant(1), since: Instant(0))
        guard case .won(let fence)? = try await ledger.claim([startup], now: now).first else {
            throw Complaint("what has no fire time need not wait")
        }
        let late = Start(run: startup.run, fence: fence, at: now, process: nil)
        let refusal = await #expect(throws: StoreError.self) { try await ledger.mayStart([late]) }
        #expect(refusal?.code == .quarantined, "whether it may still start, others may have yet to tell")
    }

    @Test func aNewServerDecidesOnceItSettled() async throws {
        let server = try RedisServer(), ledger = try server.ledger(quarantine)
        #expect(isWon(try await decided(ledger, made(a, 60))))
    }

    @Test func aFlushedServerIsToldEverythingAgain() async throws {
        let server = try RedisServer()
        let one = try server.ledger(quarantine), two = try server.ledger(quarantine), client = try server.client()
        guard case .won(let fence) = try await decided(one, made(a, 60)) else { throw Complaint("not won") }
        #expect(try await decided(two, made(a, 60)) == .taken(watermark: Instant(1_700_000_060)))
        _ = try await client.raw("FLUSHALL")
        #expect(try await decided(two, made(a, 60)) == .taken(watermark: Instant(1_700_000_060)), "two saw it, and said so")
        let open = OpenRun(run: made(a, 60).run, attempt: 1, fence: fence, startedAt: nil, process: nil)
        _ = try await again { try await one.renew([open], now: now).isEmpty ? true : nil }
        #expect(
            try await one.finish([Finish(run: open.run, fence: fence, outcome: .succeeded, at: now)]) == [true], "its run is open again")
    }

    @Test func aLostTailDoublesNothing() async throws {
        let server = try RedisServer(["--appendonly", "yes", "--appendfsync", "always"])
        let one = try server.ledger(quarantine), two = try server.ledger(quarantine)
        for second in Int64(1)...20 { #expect(isWon(try await decided(second % 2 == 0 ? one : two, made(a, second)))) }
        let size = try server.fileSize()
        var fences: [Int64] = []
        for second in Int64(21)...40 {
            guard case .won(let fence) = try await decided(one, made(a, second)) else { throw Complaint("not won") }
            fences.append(fence)
        }
        server.crash()
        try server.cut(to: size)
        try server.start()
        // The other node never saw the last twenty; the one that won them tells the server before anybody can win them again.
        _ = try await again { try await one.renew([], now: now).isEmpty ? true : nil }
        for second in [Int64(21), 30, 40] {
            #expect(try await decided(two, made(a, second)) == .taken(watermark: Instant(1_700_000_040)), "\(second)")
        }
        guard case .won(let next) = try await decided(two, made(a, 41)) else { throw Complaint("not won") }
        #expect(next > fences.last ?? .max, "fences grow all the same")
        #expect(try await one.finish([Finish(run: made(a, 40).run, fence: fences.last ?? 0, outcome: .succeeded, at: now)]) == [true])
    }

    @Test(arguments: [false, true])
    func aLostClaimIsHandedOutWhenAskedAgain(_ replyOnly: Bool) async throws {
        let (server, proxy, ledger) = try await behindProxy()
        defer { proxy.end() }
        _ = try await ledger.claim([made(a, 60)], now: now)
        proxy.lose(replyOnly ? .reply("EVALSHA") : .request("EVALSHA"))
        await #expect(throws: StoreError.self) { try await ledger.claim([made(a, 120)], now: now) }
        #expect(proxy.hasLost)
        let answer = try await again { try await ledger.claim([made(a, 120)], now: now).first }
        guard case .won(let fence) = answer else { throw Complaint("\(answer)") }
        #expect(try await ledger.claim([made(a, 120)], now: now) == [.taken(watermark: Instant(1_700_000_120))], "once")
        #expect(try await server.ledger().claim([made(a, 120)], now: now) == [.taken(watermark: Instant(1_700_000_120))])
        #expect(try await ledger.finish([Finish(run: made(a, 120).run, fence: fence, outcome: .succeeded, at: now)]) == [true])
    }

    @Test(arguments: [false, true])
    func aLostPortionOfManyClaimsIsHandedOutWhenAskedAgain(_ replyOnly: Bool) async throws {
        let (server, proxy, ledger) = try await behindProxy()
        defer { proxy.end() }
        let claims = (0..<600).map { made(JobID("job-\($0)"), 120) }
        proxy.lose(replyOnly ? .reply("EVALSHA") : .request("EVALSHA"))
        await #expect(throws: StoreError.self) { try await ledger.claim(claims, now: now) }
        #expect(proxy.hasLost)
        let answers = try await again { try await ledger.claim(claims, now: now) }
        #expect(answers.count == 600 && answers.allSatisfy(isWon))
        let others = try await server.ledger().claim(claims, now: now)
        #expect(!others.contains(where: isWon))
    }

    @Test func manyClaimsAreAnsweredInTheirOrder() async throws {
        let server = try RedisServer(), ledger = try server.ledger(), client = try server.client()
        for round in Int64(0)..<2 {
            let claims = (1...400).flatMap { second in ["a", "b"].map { made(JobID($0), 1000 * round + Int64(second)) } }
            let answers = try await ledger.claim(claims, now: now)
            #expect(answers.allSatisfy(isWon))
            let fences = answers.compactMap { if case .won(let fence) = $0 { fence } else { nil } }
            #expect(fences == fences.sorted() && Set(fences).count == 800)
            _ = try await client.raw("SCRIPT", "FLUSH")
        }
        #expect(try await ledger.watermarks() == [a: Instant(1_700_001_400), JobID("b"): Instant(1_700_001_400)])
    }

    @Test(arguments: [false, true])
    func aLostGateAnswerDoesNotBarTheStart(_ replyOnly: Bool) async throws {
        let (_, proxy, ledger) = try await behindProxy()
        defer { proxy.end() }
        guard case .won(let fence)? = try await ledger.claim([made(a, 60)], now: now).first else { throw Complaint("not won") }
        let start = Start(run: made(a, 60).run, fence: fence, at: now, process: nil)
        proxy.lose(replyOnly ? .reply("gate") : .request("gate"))
        await #expect(throws: StoreError.self) { try await ledger.mayStart([start]) }
        #expect(try await again { try await ledger.mayStart([start]) } == [.go])
        #expect(try await ledger.mayStart([start]) == [.duplicate(node: ledger.node)])
    }

    @Test(arguments: [false, true])
    func aLostFinishIsRecordedOnce(_ replyOnly: Bool) async throws {
        let (_, proxy, ledger) = try await behindProxy()
        defer { proxy.end() }
        guard case .won(let fence)? = try await ledger.claim([made(a, 60)], now: now).first else { throw Complaint("not won") }
        let finish = Finish(run: made(a, 60).run, fence: fence, outcome: .failed(.exit(3)), at: now)
        proxy.lose(replyOnly ? .reply("exit") : .request("exit"))
        await #expect(throws: StoreError.self) { try await ledger.finish([finish]) }
        #expect(try await again { try await ledger.finish([finish]) } == [true])
        #expect(try await ledger.history(of: a, limit: 9).map(\.outcome) == [.failed(.exit(3))])
    }

    @Test(arguments: [false, true])
    func lostRenewalsSkipsSweepsAndAssertionsAreAskedAgain(_ replyOnly: Bool) async throws {
        let (_, proxy, ledger) = try await behindProxy()
        defer { proxy.end() }
        let mark = "EVALSHA"
        func lose() { proxy.lose(replyOnly ? .reply(mark) : .request(mark)) }
        guard case .won(let fence)? = try await ledger.claim([made(a, 60)], now: now).first else { throw Complaint("not won") }
        let open = OpenRun(run: made(a, 60).run, attempt: 1, fence: fence, startedAt: nil, process: nil)
        lose()
        await #expect(throws: StoreError.self) { try await ledger.renew([open], now: now) }
        #expect(try await again { try await ledger.renew([open], now: now) } == [])
        let skip = Skip(
            job: a, first: Instant(1_700_000_120), last: Instant(1_700_000_180), count: 2, outcome: .missed(2), since: Instant(0))
        lose()
        await #expect(throws: StoreError.self) { try await ledger.skip([skip], now: now) }
        try await again { try await ledger.skip([skip], now: now) }
        lose()
        await #expect(throws: StoreError.self) { try await ledger.sweep(now: now) }
        #expect(try await again { try await ledger.sweep(now: now) } == [])
        lose()
        await #expect(throws: StoreError.self) { try await ledger.assert([JobID("b"): Instant(9)]) }
        try await again { try await ledger.assert([JobID("b"): Instant(9)]) }
        let marks = try await ledger.watermarks()
        #expect(marks[a] == Instant(1_700_000_180) && marks[JobID("b")] == Instant(9))
        #expect(try await ledger.history(of: a, limit: 9).count == 2)
    }

    private func behindProxy() async throws -> (RedisServer, Proxy, RedisLedger) {
        let server = try RedisServer(), proxy = try await Proxy(to: server)
        let ledger = try quickLedger("unix://\(proxy.socket)")
        // From here on the server knows every script by its hash.
        let job = JobID("warm"), at = Instant(1_700_000_060)
        guard case .won(let fence)? = try await ledger.claim([made(job, 60)], now: now).first else { throw Complaint("not won") }
        _ = try await ledger.mayStart([Start(run: made(job, 60).run, fence: fence, at: now, process: nil)])
        _ = try await ledger.finish([Finish(run: made(job, 60).run, fence: fence, outcome: .succeeded, at: now)])
        try await ledger.skip([Skip(job: job, first: at, last: at, count: 1, outcome: .missed(1), since: at)], now: now)
        _ = try await ledger.sweep(now: now)
        try await ledger.assert([job: at])
        return (server, proxy, ledger)
    }

    @Test func aClaimThatNoReplicaConfirmsIsNotStarted() async throws {
        let server = try RedisServer()
        let ledger = try server.ledger(query: "?wait=1")
        #expect(try await ledger.claim([made(a, 60)], now: now) == [.unconfirmed])
        #expect(try await ledger.record(of: a, at: Instant(1_700_000_060))?.outcome == .unconfirmed)
        #expect(try await ledger.claim([made(a, 60)], now: now) == [.taken(watermark: Instant(1_700_000_060))])
    }

    @Test func earlyByTheServersClockIsLater() async throws {
        let server = try RedisServer()
        var options = RedisLedgerOptions.made
        options.earliness = .milliseconds(500)
        let ledger = try server.ledger(options)
        let far = Instant(4_000_000_000)
        _ = try await ledger.renew([], now: now)
        let answer = try await ledger.claim(
            [Claim(run: RunID(job: a, .scheduled(far)), trigger: .scheduled, first: far, since: Instant(0))], now: now)
        guard case .later(let wait)? = answer.first else { throw Complaint("\(answer)") }
        #expect(wait > .seconds(86_400))
        #expect(try await ledger.watermarks().isEmpty, "and poisons no watermark")
    }

    @Test func whoTakesTheServersClockForAnotherDecidesNothingAndLearnsIt() async throws {
        let server = try RedisServer()
        var options = RedisLedgerOptions.made
        options.earliness = .milliseconds(500)
        let ledger = try server.ledger(options), clock = ledger.clock, before = clock.wall
        let second = before.instant
        let late = Claim(
            run: RunID(job: a, .scheduled(second)), trigger: .scheduled, first: second, since: Instant(0),
            startDeadline: WallTime(second + 60))
        #expect(try await ledger.claim([late], now: before) == [.later(.milliseconds(1))])
        #expect(try await ledger.watermarks().isEmpty, "decided by a clock that was years behind, it would be missed")
        #expect(clock.wall - before > .seconds(86_400))
        #expect(try await ledger.claim([late], now: clock.wall) == [.late])
        let portions = (0..<600).map { number in
            Claim(run: RunID(job: JobID("job-\(number)"), .scheduled(second)), trigger: .scheduled, first: second, since: Instant(0))
        }
        let other = try server.ledger(options)
        #expect(try await other.claim(portions, now: before).allSatisfy { $0 == .later(.milliseconds(1)) })
        #expect(try await other.claim(portions, now: other.clock.wall).allSatisfy { if case .won = $0 { true } else { false } })
    }
}
