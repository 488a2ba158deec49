internal import CronExpressions
internal import CronJobs

extension KeepingConformance {
    private static func store(_ ledger: any Ledger) throws -> any PauseStore { try unwrap(ledger.pauses, "it keeps pauses") }

    /// In the twenty-third century, by whatever clock.
    private static let never = WallTime(Instant(9_000_000_000))

    public static let pauses: [(name: String, run: Check)] = [
        (
            "a pause keeps its end and who asked for it, also after a reopening",
            { make, reopen in
                var ledger = try await opened(make)
                try await store(ledger).pause([a], until: never, by: "uid 0 at web-0: ü", now: wall(10))
                try await store(ledger).pause([b], until: nil, by: "", now: wall(10))
                for _ in 0..<2 {
                    let pauses = try await store(ledger).pauses(now: wall(20))
                    try expectEqual(Set(pauses.keys), [a, b], "paused")
                    try expectEqual(pauses[a]?.until, never, "end")
                    try expectEqual(pauses[a]?.by, "uid 0 at web-0: ü", "who")
                    try expect(pauses[a]?.from != nil, "when")
                    try expectEqual(pauses[b]?.until, nil, "no end")
                    try await expectEqual(ledger.pausedJobs(), [a, b], "paused")
                    ledger = try await LedgerConformance.next(ledger, reopen)
                }
                try await expectEqual(ledger.claim([LedgerConformance.claim(a, 60)], now: wall(60)), [.skipped(.paused)], "stopped")
                try await store(ledger).resume([a, b], by: "me", now: wall(30))
                try await expectEqual(store(ledger).pauses(now: wall(40)), [:], "none")
                _ = try await LedgerConformance.won(ledger, LedgerConformance.claim(a, 120))
            }
        ),
        (
            "a pause whose end has come stops nothing",
            { make, _ in
                let ledger = try await opened(make)
                try await store(ledger).pause([a], until: wall(5), by: "me", now: wall(0))
                try await expectEqual(store(ledger).pauses(now: wall(6)), [:], "over")
                let answers = try await ledger.claim([LedgerConformance.claim(a, 60)], now: wall(60))
                try expectEqual(LedgerConformance.fences(answers).count, 1, "won")
                try await expectEqual(ledger.pausedJobs(), [], "over")
                // Somebody may pause it again.
                try await store(ledger).pause([a], until: never, by: "me", now: wall(70))
                try await expectEqual(ledger.claim([LedgerConformance.claim(a, 120)], now: wall(120)), [.skipped(.paused)], "stopped")
            }
        ),
        (
            "it is told what was paused when and by whom, the last words of each job",
            { make, reopen in
                var ledger = try await opened(make)
                try await store(ledger).pause([a, b], until: nil, by: "one", now: wall(10))
                try await store(ledger).pause([a], until: never, by: "two", now: wall(20))
                try await store(ledger).resume([a], by: "three", now: wall(30))
                ledger = try await LedgerConformance.next(ledger, reopen)
                let history = try await store(ledger).pauseHistory(of: a)
                try expectEqual(history.words.map(\.by), ["one", "two", "three"], "words")
                try expectEqual(history.words.map(\.isPause), [true, true, false], "words")
                let times = history.words.compactMap(\.at)
                try expectEqual(times, times.sorted(), "in their order")
                try expectEqual(history.periods.map(\.pause.by), ["two", "one"], "periods")
                try expectEqual(history.periods.map(\.endedBy), ["three", "two"], "ended")
                try expectEqual(history.period(at: try unwrap(times.first, "first"))?.pause.by, "one", "who")
                try await expectEqual(store(ledger).pauseHistory(of: b).words.map(\.by), ["one"], "of another job")
                try await expectEqual(store(ledger).pauseHistory(of: JobID("nobody")), PauseHistory(), "of none")
                for number in 0..<PauseHistory.bound { try await store(ledger).pause([a], until: nil, by: "\(number)", now: wall(40)) }
                let words = try await store(ledger).pauseHistory(of: a).words
                try expectEqual(words.map(\.by), (0..<PauseHistory.bound).map(String.init), "bounded")
            }
        ),
    ]
}
