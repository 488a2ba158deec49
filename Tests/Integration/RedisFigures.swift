internal import CronExpressions
internal import CronJobs
internal import CronStoreRedis
internal import CronStoreSQLite
internal import CronTesting
internal import Glibc
internal import Testing

/// Figures, not checks: `CROND_FIGURES=1 swift test -c release --filter RedisFigures`.
@Suite(.serialized, .enabled(if: getenv("CROND_FIGURES") != nil)) struct RedisFigures {
    private let now = WallTime(nanoseconds: 1_700_000_000_000_000_000)
    private let clock = ContinuousClock()

    @Test func claimsPerSecond() async throws {
        let server = try RedisServer(["--appendonly", "yes", "--appendfsync", "everysec"])
        let ledger = try server.ledger()
        let rounds: Int64 = 40
        let spent = try await clock.measure {
            for second in 1...rounds { try await win((0..<1000).map { made(JobID("job-\($0)"), second) }, from: ledger) }
        }
        print("claims per second over Redis, by 250: \(Int(Double(rounds) * 1000 / spent.inSeconds))")
    }

    /// What a claim adds to a start: over Redis, which writes its file each second as most are set up, and in a file of SQLite, which waits for
    /// the disk. Both on this machine, in turns.
    @Test func timeOfAClaim() async throws {
        let server = try RedisServer(["--appendonly", "yes", "--appendfsync", "everysec"])
        let redis = try server.ledger()
        let sqlite = try await SQLiteStore.open(path: "\(server.folder)/ledger.db", now: now)
        _ = try await sqlite.open(bootID: "boot", now: now)
        for size in [1, 40] {
            var spent: (redis: [Duration], sqlite: [Duration]) = ([], [])
            for second in Int64(1)...500 {
                let claims = (0..<size).map { made(JobID("job-\(size)-\($0)"), second) }
                spent.redis.append(try await clock.measure { try await win(claims, from: redis) })
                spent.sqlite.append(try await clock.measure { try await win(claims, from: sqlite) })
            }
            print("\(size) claims at once over Redis: \(Self.words(spent.redis)); in SQLite: \(Self.words(spent.sqlite))")
        }
        await sqlite.close(now: now)
    }

    @Test func memoryOfAThousandJobs() async throws {
        let server = try RedisServer(), client = try server.client()
        func used() async throws -> Int {
            let info = try await client.raw("INFO", "memory")
            let line = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("used_memory:") }
            return line.flatMap { Int($0.dropFirst(12)) } ?? 0
        }
        // What a server needs once, however many jobs there are, is taken before.
        try await run(1, by: try server.ledger())
        _ = try await client.raw("FLUSHALL")
        let ledger = try server.ledger()
        _ = try await ledger.claim([made(JobID("warm"), 1)], now: now)
        let before = try await used()
        for second in Int64(1)...10 {
            try await run(second, by: ledger)
            let after = try await used()
            if second == 1 || second == 10 { print("memory of 1,000 jobs with \(second) runs each: \((after - before) / 1024) KiB") }
        }
    }

    /// Claims and finishes a run of each of 1,000 jobs.
    private func run(_ second: Int64, by ledger: RedisLedger) async throws {
        let claims = (0..<1000).map { made(JobID("job-\($0)"), second) }
        let answers = try await ledger.claim(claims, now: now)
        let finishes = zip(claims, answers).compactMap { claim, answer -> Finish? in
            guard case .won(let fence) = answer else { return nil }
            return Finish(run: claim.run, fence: fence, outcome: .succeeded, startedAt: now, at: now)
        }
        _ = try await ledger.finish(finishes)
    }

    private func win(_ claims: [Claim], from ledger: any Ledger) async throws {
        let answers = try await ledger.claim(claims, now: now)
        #expect(answers.allSatisfy { if case .won = $0 { true } else { false } })
    }

    private static func words(_ spent: [Duration]) -> String {
        let sorted = spent.sorted()
        guard !sorted.isEmpty else { return "nothing" }
        func milliseconds(_ part: Double) -> Double { (sorted[Int(part * Double(sorted.count - 1))].inSeconds * 100_000).rounded() / 100 }
        return "median \(milliseconds(0.5)) ms, p99 \(milliseconds(0.99)) ms"
    }
}

extension Duration {
    fileprivate var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
