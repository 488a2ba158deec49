internal import CronExpressions
internal import CronJobs

extension LedgerConformance {
    static let outcomes: [(name: String, run: Check)] = [
        (
            "an attempt goes from claimed to running to one outcome",
            { make, _ in
                let ledger = try await opened(make)
                let fence = try await won(ledger, Claim(run: run(a, 60), trigger: .catchUp, first: at(0), count: 2, since: at(-1)))
                var record = RunRecord(
                    run: run(a, 60), attempt: 1, trigger: .catchUp, first: at(0), count: 2, claimedAt: wall(0), startedAt: nil,
                    finishedAt: nil,
                    outcome: nil, resources: nil, tail: [])
                try await expectEqual(ledger.history(of: a, limit: 9), [record], "claimed")
                try await ledger.start([Start(run: run(a, 60), fence: fence, at: wall(61), process: ProcessIdentity(pid: 7, startTicks: 8))]
                )
                record.startedAt = wall(61)
                try await expectEqual(ledger.history(of: a, limit: 9), [record], "running")
                record.finishedAt = wall(62)
                record.outcome = .failed(.exit(3))
                record.resources = Resources(userTime: .nanoseconds(5), systemTime: .milliseconds(6))
                record.tail = [0, 39, 255, 10]
                let finish = Finish(
                    run: run(a, 60), fence: fence, outcome: .failed(.exit(3)), at: wall(62), resources: record.resources, tail: record.tail)
                try await expectEqual(ledger.finish([finish]), [true], "finished")
                try await expectEqual(ledger.history(of: a, limit: 9), [record], "finished")
            }
        ),
        (
            "an outcome is recorded once only",
            { make, _ in
                let ledger = try await opened(make)
                let fence = try await won(ledger, claim(a, 60))
                let finishes = [finish(run(a, 60), fence: fence, .timedOut), finish(run(a, 60), fence: fence)]
                try await expectEqual(ledger.finish(finishes), [true, false], "twice in one batch")
                try await expectEqual(ledger.finish([finishes[1]]), [false], "and later")
                try await ledger.start([Start(run: run(a, 60), fence: fence, at: wall(99), process: nil)])
                let record = try await unwrap(ledger.record(of: a, at: at(60)), "record")
                try expectEqual(record.outcome, .timedOut, "outcome")
                try expectEqual(record.startedAt, nil, "a start after the end is ignored")
                try await expectEqual(ledger.finish([]), [], "an empty batch")
            }
        ),
        (
            "unknown attempts and other fences are refused",
            { make, _ in
                let ledger = try await opened(make)
                let fence = try await won(ledger, claim(a, 60))
                let wrong = [
                    finish(run(a, 61), fence: fence), finish(run(b, 60), fence: fence), finish(run(a, 60), attempt: 2, fence: fence),
                    finish(run(a, 60), fence: fence - 1), finish(run(a, 60), fence: fence + 1),
                    finish(RunID(job: a, .manual(at(60), 0)), fence: fence),
                ]
                try await expectEqual(ledger.finish(wrong), wrong.map { _ in false }, "finish")
                try await ledger.start([
                    Start(run: run(a, 60), fence: fence - 1, at: wall(1), process: nil),
                    Start(run: run(b, 60), fence: fence, at: wall(1), process: nil),
                ])
                try await expectEqual(ledger.record(of: a, at: at(60))?.startedAt, nil, "start")
                let known = OpenRun(run: run(a, 60), attempt: 1, fence: fence, startedAt: nil, process: nil)
                var stale = known
                stale.fence -= 1
                try await expectEqual(ledger.renew([known, stale], now: wall(2)), [stale], "renew")
            }
        ),
        (
            "a finish may bring its start along",
            { make, _ in
                let ledger = try await opened(make)
                let fence = try await won(ledger, claim(a, 60))
                let finish = Finish(run: run(a, 60), fence: fence, outcome: .succeeded, startedAt: wall(61), at: wall(62))
                try await expectEqual(ledger.finish([finish]), [true], "finished")
                try await expectEqual(ledger.record(of: a, at: at(60))?.startedAt, wall(61), "start")
            }
        ),
        (
            "every outcome is read as it was written",
            { make, reopen in
                var ledger = try await opened(make)
                let outcomes: [Outcome] = [
                    .succeeded, .failed(.exit(-1)), .failed(.signal(9)), .failed(.outOfMemory), .timedOut, .cancelled, .replaced,
                    .skipped(.load),
                    .missed(4), .interrupted, .launchFailed(stage: "chdir (no ') \u{0} é)"), .launchFailed(stage: ""),
                    .undelivered("x(y"), .unconfirmed,
                    .unknownAdopted,
                ]
                for (index, outcome) in outcomes.enumerated() {
                    let fence = try await won(ledger, claim(a, Int64(index + 1)))
                    try await expectEqual(ledger.finish([finish(run(a, Int64(index + 1)), fence: fence, outcome)]), [true], "finished")
                }
                ledger = try await next(ledger, reopen)
                try await expectEqual(ledger.history(of: a, limit: 99).map(\.outcome), outcomes.reversed(), "outcomes")
            }
        ),
        (
            "history is newest first, of one job, and limited",
            { make, _ in
                let ledger = try await opened(make)
                for second in Int64(1)...5 { _ = try await ledger.claim([claim(a, second), claim(b, second)], now: wall(second)) }
                try await expectEqual(ledger.history(of: a, limit: 3).map(\.run), [run(a, 5), run(a, 4), run(a, 3)], "runs")
                try await expectEqual(ledger.history(of: a, limit: 0), [], "none")
                try await expectEqual(ledger.history(of: a, limit: -1), [], "none")
                try await expectEqual(ledger.history(of: b, limit: .max).count, 5, "all")
                try await expectEqual(ledger.history(of: JobID("nobody"), limit: 9), [], "unknown job")
                let both = try await ledger.histories(of: [b, a, JobID("nobody")], limit: 3)
                try await expectEqual(both[a] ?? [], ledger.history(of: a, limit: 3), "of several at once")
                try await expectEqual(both[b] ?? [], ledger.history(of: b, limit: 3), "of several at once")
                try expectEqual(both[JobID("nobody")] ?? [], [], "of several at once")
            }
        ),
        (
            "a skipped range is one row that answers for every time in it",
            { make, _ in
                let ledger = try await opened(make)
                try await ledger.skip(
                    [
                        Skip(job: a, first: at(60), last: at(300), count: 5, outcome: .missed(5), since: at(0)),
                        Skip(job: b, first: at(60), last: at(60), count: 1, outcome: .skipped(.overlap), since: at(0)),
                    ], now: wall(310))
                try await expectEqual(ledger.watermarks(), [a: at(300), b: at(60)], "watermarks")
                let record = RunRecord(
                    run: run(a, 300), attempt: 1, trigger: .scheduled, first: at(60), count: 5, claimedAt: wall(310), startedAt: nil,
                    finishedAt: wall(310), outcome: .missed(5), resources: nil, tail: [])
                try await expectEqual(ledger.history(of: a, limit: 9), [record], "history")
                for second in [Int64(60), 61, 180, 300] {
                    try await expectEqual(ledger.record(of: a, at: at(second)), record, "at \(second)")
                }
                for second in [Int64(59), 301] { try await expectEqual(ledger.record(of: a, at: at(second)), nil, "at \(second)") }
                try await expectTaken(ledger, claim(a, 180), at: 300)
                try await expectEqual(ledger.sweep(now: wall(320)), [], "nothing is open")
            }
        ),
        (
            "a range that is not after the watermark is ignored",
            { make, _ in
                let ledger = try await opened(make)
                _ = try await won(ledger, claim(a, 300))
                try await ledger.skip(
                    [
                        Skip(job: a, first: at(60), last: at(300), count: 5, outcome: .missed(5), since: at(0)),
                        Skip(job: b, first: at(60), last: at(300), count: 5, outcome: .missed(5), since: at(300)),
                    ], now: wall(310))
                try await expectEqual(ledger.history(of: a, limit: 9).map(\.run), [run(a, 300)], "history")
                try await expectEqual(ledger.history(of: b, limit: 9), [], "history by `since`")
                try await expectEqual(ledger.watermarks(), [a: at(300)], "watermarks")
            }
        ),
        (
            "a record is found by coalesced range and by its last attempt",
            { make, _ in
                let ledger = try await opened(make)
                _ = try await won(ledger, Claim(run: run(a, 300), trigger: .catchUp, first: at(60), count: 5, since: at(0)))
                _ = try await won(ledger, claim(a, 360))
                _ = try await won(ledger, claim(a, 360, attempt: 2))
                _ = try await won(ledger, Claim(run: RunID(job: a, .manual(at(500), 1)), trigger: .manual, first: at(500), since: at(0)))
                try await expectEqual(ledger.record(of: a, at: at(120))?.run, run(a, 300), "coalesced")
                try await expectEqual(ledger.record(of: a, at: at(360))?.attempt, 2, "last attempt")
                try await expectEqual(ledger.record(of: a, at: at(330)), nil, "between")
                try await expectEqual(ledger.record(of: a, at: at(500)), nil, "a manual run answers for no fire time")
            }
        ),
    ]
}
