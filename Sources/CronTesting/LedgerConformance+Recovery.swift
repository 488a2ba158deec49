internal import CronExpressions
internal import CronJobs

extension LedgerConformance {
    static let recovery: [(name: String, run: Check)] = [
        (
            "incarnations count up, and the last life's time is known",
            { make, reopen in
                var ledger = try await make()
                let first = try await ledger.open(bootID: boot, now: wall(5))
                try expectEqual(first.lastSeen, nil, "nothing was before the first")
                try expect(
                    first.incarnation >= wall(5).instant.seconds, "a store that forgot all gives no number twice: \(first.incarnation)")
                try await ledger.prune(Retention(), now: wall(65))
                ledger = try await reopen(ledger)
                let second = try await ledger.open(bootID: boot, now: wall(100))
                try expect(second.incarnation > first.incarnation, "second: \(second.incarnation)")
                let seen = try unwrap(second.lastSeen, "last seen")
                try expect(seen >= wall(65), "last seen is at least the last prune: \(seen)")
                await ledger.close(now: wall(200))
                ledger = try await reopen(ledger)
                let third = try await ledger.open(bootID: boot, now: wall(300))
                try expect(third.incarnation > second.incarnation, "third: \(third.incarnation)")
            }
        ),
        (
            "a life does not sweep its own attempts",
            { make, _ in
                let ledger = try await opened(make)
                _ = try await won(ledger, claim(a, 60))
                try await expectEqual(ledger.sweep(now: wall(61)), [], "sweep")
            }
        ),
        (
            "attempts of an earlier life are handed over once, under a new fence that the old owner does not have",
            { make, reopen in
                var ledger = try await opened(make)
                let process = ProcessIdentity(pid: 42, startTicks: 4711)
                let old = try await won(ledger, claim(a, 60)), done = try await won(ledger, claim(b, 60))
                let waiting = try await won(ledger, claim(b, 120, attempt: 1))
                try await ledger.start([Start(run: run(a, 60), fence: old, at: wall(61), process: process)])
                _ = try await ledger.finish([finish(run(b, 60), fence: done)])
                ledger = try await next(ledger, reopen)
                let swept = try await ledger.sweep(now: wall(70))
                try expectEqual(swept.map(\.run), [run(a, 60), run(b, 120)], "open ones, oldest first")
                try expectEqual(swept.map(\.process), [process, nil], "processes of this boot")
                try expectEqual(swept.map(\.startedAt), [wall(61), nil], "starts")
                for open in swept { try expect(open.fence > max(old, done, waiting), "a new fence") }
                try await expectEqual(ledger.sweep(now: wall(71)), [], "once only")
                try await expectEqual(ledger.finish([finish(run(a, 60), fence: old)]), [false], "the old fence is refused")
                try await ledger.start([Start(run: run(b, 120), fence: waiting, at: wall(99), process: nil)])
                try await expectEqual(ledger.record(of: b, at: at(120))?.startedAt, nil, "and its start")
                let answers = try await ledger.finish(swept.map { finish($0.run, attempt: $0.attempt, fence: $0.fence, .interrupted) })
                try expectEqual(answers, [true, true], "the new one holds")
            }
        ),
        (
            "a process of another boot is nobody",
            { make, reopen in
                var ledger = try await opened(make)
                let fence = try await won(ledger, claim(a, 60))
                try await ledger.start([
                    Start(run: run(a, 60), fence: fence, at: wall(61), process: ProcessIdentity(pid: 42, startTicks: 1))
                ])
                ledger = try await next(ledger, reopen, boot: "boot-b")
                let swept = try await ledger.sweep(now: wall(70))
                try expectEqual(swept.map(\.process), [nil], "process")
                try expectEqual(swept.map(\.startedAt), [wall(61)], "start")
            }
        ),
        (
            "attempts that nobody decided about are handed over again in the life after",
            { make, reopen in
                var ledger = try await opened(make)
                _ = try await won(ledger, claim(a, 60))
                var fences: [Int64] = []
                for _ in 0..<3 {
                    ledger = try await next(ledger, reopen)
                    fences += try await ledger.sweep(now: wall(70)).map(\.fence)
                }
                try expectEqual(fences.count, 3, "swept")
                try expectEqual(fences, Array(Set(fences)).sorted(), "growing fences")
            }
        ),
        (
            "assert raises watermarks and never lowers one",
            { make, _ in
                let ledger = try await opened(make)
                _ = try await won(ledger, claim(a, 60))
                try await ledger.assert([a: at(30), b: at(90)])
                try await expectEqual(ledger.watermarks(), [a: at(60), b: at(90)], "watermarks")
                try await ledger.assert([a: at(120), JobID("low"): Instant(.min)])
                try await expectEqual(ledger.watermarks(), [a: at(120), b: at(90), JobID("low"): Instant(.min)], "watermarks")
                try await expectTaken(ledger, claim(a, 120), at: 120)
                try await ledger.assert([:])
            }
        ),
        (
            "rewind sets back only what lies after the limit",
            { make, _ in
                let ledger = try await opened(make)
                let c = JobID("c")
                try await ledger.assert([a: at(100), b: at(101), c: at(9999)])
                try await expectEqual(ledger.rewind(marksAfter: at(100), to: at(50)), [b, c].sorted(), "touched")
                try await expectEqual(ledger.watermarks(), [a: at(100), b: at(50), c: at(50)], "watermarks")
                try await expectEqual(ledger.rewind(marksAfter: at(100), to: at(50)), [], "nothing left")
                _ = try await won(ledger, claim(c, 60))
            }
        ),
        (
            "after a rewind, a run that exists is taken and counts as decided",
            { make, _ in
                let ledger = try await opened(make)
                _ = try await won(ledger, claim(a, 9000))
                try await expectEqual(ledger.rewind(marksAfter: at(100), to: at(50)), [a], "touched")
                try await expectTaken(ledger, claim(a, 9000), at: 9000)
            }
        ),
        (
            "its secret is kept over all its lives",
            { make, reopen in
                let ledger = try await make()
                let first = try await ledger.open(bootID: boot, now: wall(0)).secret
                try expectEqual(first.utf8.count, 64, "digits")
                let second = try await reopen(ledger).open(bootID: "boot-b", now: wall(60)).secret
                try expectEqual(second, first, "secret of the next life")
            }
        ),
    ]
}
