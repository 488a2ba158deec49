internal import CronExpressions
internal import CronJobs
internal import CronStoreRedis
internal import CronTesting
internal import Glibc
internal import Testing

/// Figures, not checks: `CROND_FIGURES=1 swift test -c release --filter RedisFigures`.
@Suite(.serialized, .enabled(if: getenv("CROND_FIGURES") != nil)) struct RedisFigures {
    private let now = WallTime(nanoseconds: 1_700_000_000_000_000_000)

    @Test func claimsPerSecond() async throws {
        let server = try RedisServer()
        let ledger = try server.ledger()
        let jobs = (0..<1000).map { JobID("job-\($0)") }
        let rounds: Int64 = 40
        let clock = ContinuousClock()
        let spent = try await clock.measure {
            for second in 1...rounds {
                let answers = try await ledger.claim(jobs.map { made($0, second) }, now: now)
                #expect(answers.allSatisfy { if case .won = $0 { true } else { false } })
            }
        }
        let (seconds, rest) = spent.components
        let perSecond = Double(rounds) * 1000 / (Double(seconds) + Double(rest) / 1e18)
        print("claims per second, by 250: \(Int(perSecond))")
    }

    @Test func memoryOfAThousandJobs() async throws {
        let server = try RedisServer(), client = try server.client()
        let ledger = try server.ledger()
        func used() async throws -> Int {
            let info = try await client.raw("INFO", "memory")
            let line = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("used_memory:") }
            return line.flatMap { Int($0.dropFirst(12)) } ?? 0
        }
        _ = try await ledger.claim([made(JobID("warm"), 1)], now: now)
        let before = try await used()
        for second in Int64(1)...10 {
            let claims = (0..<1000).map { made(JobID("job-\($0)"), second) }
            let answers = try await ledger.claim(claims, now: now)
            let finishes = zip(claims, answers).compactMap { claim, answer -> Finish? in
                guard case .won(let fence) = answer else { return nil }
                return Finish(run: claim.run, fence: fence, outcome: .succeeded, startedAt: now, at: now)
            }
            _ = try await ledger.finish(finishes)
            let after = try await used()
            if second == 1 || second == 10 { print("memory of 1,000 jobs with \(second) runs each: \((after - before) / 1024) KiB") }
        }
    }
}
