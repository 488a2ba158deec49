internal import CronExpressions
internal import CronJobs

extension KeepingConformance {
    private static func store(_ ledger: any Ledger) throws -> any RequestStore { try unwrap(ledger.requests, "it passes on requests") }

    private static func open(_ claim: Claim, _ fence: Int64) -> OpenRun {
        OpenRun(run: claim.run, attempt: claim.attempt, fence: fence, startedAt: nil, process: nil)
    }

    public static let requests: [(name: String, run: Check)] = [
        (
            "a request is heard with the next renewal, and told until the run has ended; who asked first is kept",
            { make, reopen in
                var ledger = try await opened(make)
                let claim = LedgerConformance.claim(a, 60), other = LedgerConformance.claim(b, 60)
                let fence = try await LedgerConformance.won(ledger, claim), second = try await LedgerConformance.won(ledger, other)
                let runs = [open(claim, fence), open(other, second)], wanted = RunRequest(.cancel, by: "uid 7: née + ü", at: wall(70))
                try await expectEqual(ledger.renewal(of: runs, now: wall(69)), Renewal(), "nothing is asked")
                try await expectEqual(store(ledger).request(.cancel, of: claim.run, by: wanted.by, now: wall(70)), true, "asked")
                try await expectEqual(store(ledger).request(.cancel, of: claim.run, by: "late", now: wall(71)), true, "asked again")
                for second in Int64(72)...73 {
                    let heard = Renewal(requests: [.init(run: runs[0], request: wanted)])
                    try await expectEqual(ledger.renewal(of: runs, now: wall(second)), heard, "heard")
                    try await expectEqual(ledger.renew(runs, now: wall(second)), [], "nothing is lost")
                }
                try await ledger.start([Start(run: claim.run, fence: fence, at: wall(74), process: nil)])
                try await expectEqual(ledger.history(of: a, limit: 9).map(\.request), [wanted], "while it runs")
                let end = LedgerConformance.finish(claim.run, fence: fence, .cancelled)
                try await expectEqual(ledger.finish([end]), [true], "ended")
                try await expectEqual(store(ledger).request(.cancel, of: claim.run, by: "me", now: wall(80)), false, "it is over")
                ledger = try await LedgerConformance.next(ledger, reopen)
                let record = try unwrap(try await ledger.history(of: a, limit: 9).first, "record")
                try expectEqual(record.request, wanted, "who asked")
                try expectEqual(record.outcome, .cancelled, "outcome")
                try expectEqual(record.trigger, .scheduled, "trigger")
                try await expectEqual(ledger.histories(of: [a], limit: 9)[a]?.first?.request, wanted, "of several jobs")
            }
        ),
        (
            "who asked for a run is kept with it: while it is open, by who takes it over, and in the history",
            { make, reopen in
                var ledger = try await opened(make)
                let by = "uid 7, pid 8, host née=+~, ü", moment = LedgerConformance.at(60)
                let manual = Claim(run: RunID(job: a, .manual(moment, 9)), trigger: .manual, first: moment, since: moment, by: by)
                let fence = try await LedgerConformance.won(ledger, manual)
                try await expectEqual(store(ledger).request(.cancel, of: manual.run, by: "me", now: wall(70)), true, "asked to end")
                try await expectEqual(ledger.history(of: a, limit: 9).map(\.by), [by], "while it is open")
                ledger = try await LedgerConformance.next(ledger, reopen)
                let swept = try unwrap(try await ledger.sweep(now: wall(71)).first, "swept")
                try expectEqual(swept.claim, OpenRun.Claimed(trigger: .manual, first: moment, count: 1, by: by), "its claim")
                try expect(swept.fence > fence, "a new fence")
                _ = try await ledger.finish([LedgerConformance.finish(manual.run, fence: swept.fence, .interrupted)])
                let skipped = Skip(
                    job: b, first: LedgerConformance.at(60), last: LedgerConformance.at(60), count: 1, outcome: .missed(1),
                    since: LedgerConformance.at(0), by: by)
                try await ledger.skip([skipped], now: wall(72))
                _ = try await LedgerConformance.won(ledger, LedgerConformance.claim(b, 120))
                ledger = try await LedgerConformance.next(ledger, reopen)
                let record = try unwrap(try await ledger.history(of: a, limit: 9).first, "record")
                try expectEqual(record.by, by, "who asked")
                try expectEqual(record.trigger, .manual, "trigger")
                try expectEqual(record.request?.by, "me", "who asked for its end")
                try await expectEqual(
                    ledger.history(of: b, limit: 9).map(\.by), [nil, by], "of what never ran, and of what nobody asked for")
            }
        ),
        (
            "a request is of the attempt that is open, and of no run that is not",
            { make, reopen in
                var ledger = try await opened(make)
                let first = LedgerConformance.claim(a, 60), next = LedgerConformance.claim(a, 60, attempt: 2)
                try await expectEqual(store(ledger).request(.cancel, of: first.run, by: "me", now: wall(1)), false, "not there")
                let fence = try await LedgerConformance.won(ledger, first)
                _ = try await ledger.finish([LedgerConformance.finish(first.run, fence: fence, .failed(.exit(1)))])
                _ = try await LedgerConformance.won(ledger, next)
                try await expectEqual(store(ledger).request(.cancel, of: first.run, by: "me", now: wall(1)), true, "the second attempt")
                try await expectEqual(ledger.history(of: a, limit: 9).map { $0.request != nil }, [true, false], "of it alone")
                // Whoever takes it over hears of it, too.
                ledger = try await LedgerConformance.next(ledger, reopen)
                let swept = try await ledger.sweep(now: wall(70))
                try expectEqual(swept.map(\.claim?.trigger), [.scheduled], "trigger")
                try expectEqual(swept.map(\.request?.by), ["me"], "what was asked")
                try await expectEqual(ledger.renewal(of: swept, now: wall(71)).requests.map(\.request.by), ["me"], "heard")
            }
        ),
    ]

    public static let pools: [(name: String, run: Check)] = [
        (
            "an attempt may be entered as queued for a pool, and is shown so until it starts",
            { make, reopen in
                var ledger = try await opened(make)
                var queued = LedgerConformance.claim(a, 60), ended = LedgerConformance.claim(a, 120),
                    swept = LedgerConformance.claim(a, 180)
                (queued.pool, ended.pool, swept.pool) = ("gpu pool ü", "x", "y:z")
                let claims = [LedgerConformance.claim(b, 60), queued, ended, swept, LedgerConformance.claim(b, 120)]
                let fences = LedgerConformance.fences(try await ledger.claim(claims, now: wall(180)))
                try expectEqual(fences.count, 5, "won")
                try expectEqual(fences, fences.sorted(), "in order")
                try await expectEqual(ledger.history(of: a, limit: 9).map(\.pool), ["y:z", "x", "gpu pool ü"], "pools")
                try await expectEqual(ledger.history(of: b, limit: 9).map(\.pool), [nil, nil], "no pools")
                try await ledger.start([Start(run: queued.run, fence: fences[1], at: wall(181), process: nil)])
                _ = try await ledger.finish([LedgerConformance.finish(ended.run, fence: fences[2], .undelivered("expired"))])
                try await expectEqual(ledger.history(of: a, limit: 9).map(\.pool), ["y:z", nil, nil], "one waits")
                ledger = try await LedgerConformance.next(ledger, reopen)
                let found = try await ledger.sweep(now: wall(200))
                try expectEqual(found.map(\.run), [claims[0].run, queued.run, swept.run, claims[4].run], "open ones")
                try expectEqual(found.map(\.state), [.claimed, .running, .queued(pool: "y:z"), .claimed], "states")
                // It waits on, under its new fence.
                try await expectEqual(ledger.history(of: a, limit: 1).map(\.pool), ["y:z"], "waits")
                try await expectEqual(ledger.renewal(of: found, now: wall(201)), Renewal(), "ours")
            }
        )
    ]
}
