internal import CronExpressions
internal import CronJobs

extension LedgerConformance {
    private static let day: Int64 = 86_400

    /// Claims and finishes runs at the given seconds.
    private static func finished(_ ledger: any Ledger, _ job: JobID, _ seconds: [Int64]) async throws {
        for second in seconds {
            let fence = try await won(ledger, claim(job, second))
            _ = try await ledger.finish([finish(run(job, second), fence: fence, at: second)])
        }
    }

    static let bounds: [(name: String, run: Check)] = [
        (
            "prune by count keeps the newest finished runs of each job",
            { make, _ in
                let ledger = try await opened(make)
                _ = try await won(ledger, claim(a, 1))
                try await finished(ledger, a, [2, 3, 4, 5, 6])
                try await finished(ledger, b, [2, 3])
                try await ledger.prune(Retention(age: .seconds(1_000_000), runsPerJob: 3), now: wall(10))
                try await expectEqual(ledger.history(of: a, limit: 99).map(\.run), [6, 5, 4, 1].map { run(a, $0) }, "open ones stay")
                try await expectEqual(ledger.history(of: b, limit: 99).count, 2, "below the bound")
                try await expectEqual(ledger.record(of: a, at: at(2)), nil, "pruned")
                try await expectEqual(ledger.watermarks(), [a: at(6), b: at(3)], "watermarks stay")
                try await expectTaken(ledger, claim(a, 2), at: 6)
                try await ledger.prune(Retention(age: .seconds(1_000_000), runsPerJob: 0), now: wall(10))
                try await expectEqual(ledger.history(of: a, limit: 99).map(\.run), [run(a, 1)], "none but open ones")
            }
        ),
        (
            "prune by age goes by the end of a run",
            { make, _ in
                let ledger = try await opened(make)
                try await finished(ledger, a, [10, 20, 30])
                try await ledger.skip([Skip(job: b, first: at(1), last: at(2), count: 2, outcome: .missed(2), since: at(0))], now: wall(15))
                try await ledger.prune(Retention(age: .seconds(100), runsPerJob: 1000), now: wall(120))
                try await expectEqual(ledger.history(of: a, limit: 99).map(\.run), [run(a, 30), run(a, 20)], "history")
                try await expectEqual(ledger.history(of: b, limit: 99), [], "skips, too")
            }
        ),
        (
            "many prunes hold many jobs within bounds",
            { make, _ in
                let ledger = try await opened(make)
                let jobs = (0..<40).map { JobID("job-\($0)") }
                for second in Int64(1)...8 {
                    let claims = jobs.map { claim($0, second) }
                    let won = fences(try await ledger.claim(claims, now: wall(second)))
                    try expectEqual(won.count, jobs.count, "won")
                    _ = try await ledger.finish(zip(claims, won).map { finish($0.run, fence: $1, at: second) })
                    try await ledger.prune(Retention(age: .seconds(1_000_000), runsPerJob: 2), now: wall(second))
                }
                for job in jobs {
                    try await expectEqual(ledger.history(of: job, limit: 99).map(\.run), [run(job, 8), run(job, 7)], "history")
                }
            }
        ),
        (
            "jobs that are gone are forgotten after 30 days, not before",
            { make, _ in
                let ledger = try await opened(make)
                try await ledger.assert([a: at(60), b: at(60)])
                try await ledger.retain([a], now: wall(100))
                try await ledger.retain([a], now: wall(100 + 29 * day))
                try await ledger.prune(Retention(), now: wall(100 + 29 * day))
                try await expectEqual(ledger.watermarks(), [a: at(60), b: at(60)], "remembered")
                try await ledger.retain([a], now: wall(101 + 30 * day))
                try await expectEqual(ledger.watermarks(), [a: at(60)], "forgotten")
            }
        ),
        (
            "prune forgets, too, and a job that came back stays",
            { make, _ in
                let ledger = try await opened(make)
                try await ledger.assert([a: at(60), b: at(60)])
                try await ledger.retain([], now: wall(100))
                try await ledger.retain([b], now: wall(200))
                try await ledger.prune(Retention(), now: wall(200 + 31 * day))
                try await expectEqual(ledger.watermarks(), [b: at(60)], "watermarks")
            }
        ),
        (
            "a gone job is not forgotten while an attempt of it is open",
            { make, _ in
                let ledger = try await opened(make)
                let fence = try await won(ledger, claim(a, 60))
                try await ledger.retain([], now: wall(100))
                try await ledger.prune(Retention(), now: wall(100 + 40 * day))
                try await expectEqual(ledger.watermarks(), [a: at(60)], "watermarks")
                _ = try await ledger.finish([finish(run(a, 60), fence: fence, at: 100 + 40 * day)])
                try await ledger.prune(Retention(), now: wall(101 + 40 * day))
                try await expectEqual(ledger.watermarks(), [:], "watermarks")
            }
        ),
    ]
}
