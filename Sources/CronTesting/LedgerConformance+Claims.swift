internal import CronExpressions
internal import CronJobs

extension LedgerConformance {
    static let claims: [(name: String, run: Check)] = [
        (
            "a fire time is won once, and moves the watermark",
            { make, _ in
                let ledger = try await opened(make)
                _ = try await won(ledger, claim(a, 60))
                try await expectEqual(ledger.watermarks(), [a: at(60)], "watermarks")
                try await expectTaken(ledger, claim(a, 60), at: 60)
                try await expectTaken(ledger, claim(a, 59), at: 60)
                _ = try await won(ledger, claim(a, 61))
                _ = try await won(ledger, claim(b, 1))
                try await expectEqual(ledger.watermarks(), [a: at(61), b: at(1)], "watermarks")
            }
        ),
        (
            "without a row, `since` is the watermark; with one, it is not looked at",
            { make, _ in
                let ledger = try await opened(make)
                try await expectTaken(ledger, claim(a, 60, since: 60), at: 60)
                try await expectTaken(ledger, claim(a, 60, since: 100), at: 100)
                try await expectEqual(ledger.watermarks(), [:], "a claim that is taken leaves no row")
                _ = try await won(ledger, claim(a, 61, since: 60))
                _ = try await won(ledger, claim(a, 70, since: 1000))
                try await expectTaken(ledger, claim(a, 65, since: 0), at: 70)
            }
        ),
        (
            "manual and startup runs win once each and never move a watermark",
            { make, _ in
                let ledger = try await opened(make)
                let manual = RunID(job: a, .manual(at(5000), 7)), startup = RunID(job: a, .startup(1))
                for (run, trigger) in [(manual, Trigger.manual), (startup, .startup), (RunID(job: a, .manual(at(5000), 8)), .manual)] {
                    let claim = Claim(run: run, trigger: trigger, first: at(5000), since: at(10))
                    _ = try await won(ledger, claim)
                    try await expectTaken(ledger, claim, at: 10)
                }
                try await expectEqual(ledger.watermarks(), [:], "watermarks")
                _ = try await won(ledger, claim(a, 20))
                try await expectTaken(ledger, Claim(run: manual, trigger: .manual, first: at(5000), since: at(10)), at: 20)
            }
        ),
        (
            "later attempts win once each and never move a watermark",
            { make, _ in
                let ledger = try await opened(make)
                _ = try await won(ledger, claim(a, 60))
                _ = try await won(ledger, claim(a, 120))
                _ = try await won(ledger, claim(a, 60, attempt: 2))
                try await expectTaken(ledger, claim(a, 60, attempt: 2), at: 120)
                _ = try await won(ledger, claim(b, 60, attempt: 3))
                try await expectEqual(ledger.watermarks(), [a: at(120)], "watermarks")
            }
        ),
        (
            "fire times of a paused job are recorded as skipped, also after a reopening; manual runs are not",
            { make, reopen in
                var ledger = try await opened(make)
                let everywhere = a.on(host: "web-0")
                try await ledger.setPaused(true, [a])
                ledger = try await next(ledger, reopen)
                try await expectEqual(ledger.pausedJobs(), [a], "paused")
                let again = RunID(job: a, .manual(at(60), 1)), startup = RunID(job: a, .startup(9))
                let claims = [
                    claim(a, 60), claim(everywhere, 60), claim(a, 60, attempt: 2),
                    Claim(run: startup, trigger: .startup, first: at(60), since: at(0)),
                ]
                try await expectEqual(ledger.claim(claims, now: wall(60)), Array(repeating: .skipped(.paused), count: 4), "skipped")
                try await expectTaken(ledger, claim(a, 60), at: 60)
                _ = try await won(ledger, Claim(run: again, trigger: .manual, first: at(60), since: at(0)))
                _ = try await won(ledger, claim(b, 60))
                let record = try unwrap(try await ledger.record(of: everywhere, at: at(60)), "record")
                try expectEqual(record.outcome, .skipped(.paused), "outcome")
                try expectEqual(record.finishedAt, record.claimedAt, "ended")
                try await ledger.setPaused(false, [a, b])
                try await expectEqual(ledger.pausedJobs(), [], "resumed")
                _ = try await won(ledger, claim(a, 120))
            }
        ),
        (
            "a batch is answered in order, later claims seeing earlier ones",
            { make, _ in
                let ledger = try await opened(make)
                let answers = try await ledger.claim([claim(a, 60), claim(a, 60), claim(b, 60), claim(a, 30), claim(a, 90)], now: wall(90))
                try expectEqual(answers.count, 5, "answers")
                try expectEqual(answers[1], .taken(watermark: at(60)), "the second")
                try expectEqual(answers[3], .taken(watermark: at(60)), "the fourth")
                try expectEqual(fences(answers).count, 3, "won")
                try await expectEqual(ledger.claim([], now: wall(90)), [], "an empty batch")
            }
        ),
        (
            "fences grow with every claim and over every reopening, even when the clock goes back",
            { make, reopen in
                var ledger = try await opened(make)
                var last: Int64 = 0
                for life in 0..<4 {
                    let jobs = (0..<5).map { JobID("job\(life)-\($0)") }
                    let answers = try await ledger.claim(jobs.map { claim($0, 60) }, now: wall(Int64(1000 - life * 300)))
                    let new = fences(answers)
                    try expectEqual(new.count, 5, "won")
                    for fence in new {
                        try expect(fence > last, "fence \(fence) after \(last)")
                        last = fence
                    }
                    ledger = try await next(ledger, reopen)
                }
            }
        ),
        (
            "of racing claimers one wins",
            { make, _ in
                let ledger = try await opened(make)
                for second in Int64(1)...20 {
                    let wins = try await withThrowingTaskGroup(of: Int.self) { group in
                        for _ in 0..<4 {
                            group.addTask { fences(try await ledger.claim([claim(a, second), claim(b, second)], now: wall(second))).count }
                        }
                        return try await group.reduce(0, +)
                    }
                    try expectEqual(wins, 2, "wins for two jobs")
                }
            }
        ),
        (
            "watermarks and claims last over a reopening",
            { make, reopen in
                var ledger = try await opened(make)
                _ = try await won(ledger, claim(a, 60))
                let manual = Claim(run: RunID(job: a, .manual(at(1), 1)), trigger: .manual, first: at(1), since: at(0))
                _ = try await won(ledger, manual)
                ledger = try await next(ledger, reopen)
                try await expectEqual(ledger.watermarks(), [a: at(60)], "watermarks")
                try await expectTaken(ledger, claim(a, 60), at: 60)
                try await expectTaken(ledger, manual, at: 60)
            }
        ),
        (
            "names and extreme numbers are kept as they are",
            { make, reopen in
                var ledger = try await opened(make)
                let names = [
                    "", "'", "\"; DROP TABLE run; --", "nul\u{0}byte", "nul\u{0}other", "é🎉", "a@b", "%s", "\n",
                    String(repeating: "x", count: 5000),
                ]
                for name in names { _ = try await won(ledger, claim(JobID(name), 60)) }
                for second in [Int64.min + 1, 0, Int64.max] {
                    let run = RunID(job: a, .scheduled(Instant(second)))
                    // A range begins after what is decided.
                    let first = Instant(second == .min + 1 ? .min : second)
                    _ = try await won(ledger, Claim(run: run, trigger: .catchUp, first: first, count: .max, since: Instant(.min)))
                }
                ledger = try await next(ledger, reopen)
                let marks = try await ledger.watermarks()
                try expectEqual(marks.count, names.count + 1, "jobs")
                for name in names {
                    try expectEqual(marks[JobID(name)], at(60), "mark of \(name.debugDescription)")
                    try await expectEqual(ledger.history(of: JobID(name), limit: 9).map(\.run), [run(JobID(name), 60)], "history")
                }
                try expectEqual(marks[a], Instant(.max), "mark")
            }
        ),
    ]
}
