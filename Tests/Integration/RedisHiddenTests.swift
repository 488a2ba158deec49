internal import CronExpressions
internal import CronJobs
internal import CronStoreRedis
internal import CronTesting
internal import Testing

/// Servers that tell nothing of themselves, as managed ones do.
@Suite(.serialized, .realTime) struct RedisHiddenTests {
    private let a = JobID("a"), now = WallTime(nanoseconds: 1_700_000_000_000_000_000)
    private let arguments = [
        "--appendonly", "yes", "--appendfsync", "always", "--user", "cr", "on", ">pw", "~*", "&*", "+@all", "-info", "-config",
    ]

    private func ledger(_ server: RedisServer, quarantine: Duration = .milliseconds(300)) throws -> RedisLedger {
        var options = RedisLedgerOptions.made
        options.quarantine = quarantine
        return try quickLedger("unix://cr:pw@\(server.socket)", options)
    }

    private func decided(_ ledger: RedisLedger, _ claim: Claim) async throws -> ClaimAnswer {
        try await again {
            let answer = try await ledger.claim([claim], now: now).first
            if case .later? = answer { return nil }
            return answer
        }
    }

    private func isLater(_ answer: ClaimAnswer?) -> Bool { if case .later? = answer { true } else { false } }
    private func isWon(_ answer: ClaimAnswer?) -> Bool { if case .won? = answer { true } else { false } }

    @Test func itIsSaidOnceAndClearly() async throws {
        let server = try RedisServer(arguments)
        let report = try await quickClient("unix://cr:pw@\(server.socket)").engine()
        #expect(report.concerns.contains(.hidesRestarts))
        let words = report.concerns.map(\.description).joined(separator: " ")
        #expect(words.contains("INFO") && words.contains("+info") && words.contains("appendonly"), "\(words)")
        #expect(try await server.client().engine().concerns.isEmpty, "who may ask is told")
    }

    @Test func aLostTailDoublesNothing() async throws {
        let server = try RedisServer(arguments)
        // Long enough for the one that knows it to come second.
        let one = try ledger(server, quarantine: .seconds(2)), two = try ledger(server, quarantine: .seconds(2))
        #expect(isWon(try await decided(one, made(a, 60))))
        _ = try await again { try await two.renew([], now: now).isEmpty ? true : nil }
        let size = try server.fileSize()
        #expect(isWon(try await decided(one, made(a, 120))))
        try server.setBack(to: size)
        // Who knows nothing of it comes first.
        let first = try await again { try await two.claim([made(a, 120)], now: now).first }
        #expect(isLater(first), "\(first)")
        _ = try await again { try await one.renew([], now: now).isEmpty ? true : nil }
        #expect(try await decided(two, made(a, 120)) == .taken(watermark: Instant(1_700_000_120)))
    }

    @Test func aNewNodeHoldsNobodyUpWhoWasThereBefore() async throws {
        let server = try RedisServer(arguments)
        let one = try ledger(server)
        #expect(isWon(try await decided(one, made(a, 60))))
        let two = try ledger(server, quarantine: .seconds(1000))
        #expect(isLater(try await two.claim([made(a, 120)], now: now).first), "it may be a server that was started anew")
        #expect(isWon(try await one.claim([made(a, 120)], now: now).first), "no: an old connection lives")
        #expect(isWon(try await two.claim([made(a, 180)], now: now).first), "so nobody waits any more")
    }

    @Test func twoNewNodesDoNotVouchForEachOther() async throws {
        let server = try RedisServer(arguments)
        let one = try ledger(server, quarantine: .seconds(1000)), two = try ledger(server, quarantine: .seconds(1000))
        for _ in 0..<3 {
            for ledger in [one, two] { #expect(isLater(try await ledger.claim([made(a, 60)], now: now).first)) }
        }
    }

    @Test func aNodeThatMayAskAndOneThatMayNotAgree() async throws {
        let server = try RedisServer(arguments)
        var options = RedisLedgerOptions.made
        options.quarantine = .milliseconds(300)
        let open = try server.ledger(options), hidden = try ledger(server)
        for second in Int64(1)...3 {
            #expect(isWon(try await decided(open, made(a, 10 * second))))
            #expect(isWon(try await decided(hidden, made(a, 10 * second + 5))))
        }
        #expect(isWon(try await open.claim([made(a, 100)], now: now).first), "neither unsettles the other")
        #expect(isWon(try await hidden.claim([made(a, 101)], now: now).first))
    }
}
