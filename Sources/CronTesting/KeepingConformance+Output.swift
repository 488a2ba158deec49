internal import CronExpressions
internal import CronJobs

extension KeepingConformance {
    private static func store(_ ledger: any Ledger) throws -> any OutputStore { try unwrap(ledger.outputs, "it keeps output") }

    /// A run that ended, with the end of its output in its row.
    private static func finished(_ ledger: any Ledger, _ second: Int64, tail: [UInt8] = []) async throws -> RunID {
        let fence = try await LedgerConformance.won(ledger, LedgerConformance.claim(a, second))
        var finish = LedgerConformance.finish(LedgerConformance.run(a, second), fence: fence, at: second)
        finish.tail = tail
        try await expectEqual(ledger.finish([finish]), [true], "finished")
        return finish.run
    }

    private static func bytes(_ value: UInt8, _ count: Int) -> [UInt8] { [UInt8](repeating: value, count: count) }

    public static let outputs: [(name: String, run: Check)] = [
        (
            "output is kept once its run has an outcome, byte for byte, also after a reopening",
            { make, reopen in
                var ledger = try await opened(make)
                let fence = try await LedgerConformance.won(ledger, LedgerConformance.claim(a, 60)), run = LedgerConformance.run(a, 60)
                try await expectEqual(store(ledger).keepOutput(run, attempt: 1, OutputExcerpt(last: [1])), false, "it runs yet")
                try await expectEqual(store(ledger).output(of: run, attempt: 1), nil, "nothing")
                var finish = LedgerConformance.finish(run, fence: fence)
                finish.tail = Array("tail".utf8)
                _ = try await ledger.finish([finish])
                try await expectEqual(store(ledger).output(of: run, attempt: 1), nil, "nothing but what came with the outcome")
                let text = OutputExcerpt(first: [0, 39, 255], dropped: 1 << 40, last: [10, 32])
                try await expectEqual(store(ledger).keepOutput(run, attempt: 1, text), true, "kept")
                for (other, attempt) in [(run, 2), (LedgerConformance.run(b, 60), 1), (LedgerConformance.run(a, 61), 1)] {
                    try await expectEqual(store(ledger).keepOutput(other, attempt: attempt, text), false, "nobody's")
                    try await expectEqual(store(ledger).output(of: other, attempt: attempt), nil, "nobody's")
                }
                ledger = try await LedgerConformance.next(ledger, reopen)
                try await expectEqual(store(ledger).output(of: run, attempt: 1), text, "after a reopening")
                try await expectEqual(ledger.history(of: a, limit: 9).map(\.tail), [finish.tail], "its row is as it was")
                try await expectEqual(store(ledger).keepOutput(run, attempt: 1, OutputExcerpt()), true, "replaced")
                try await expectEqual(store(ledger).output(of: run, attempt: 1), OutputExcerpt(), "replaced")
            }
        ),
        (
            "of one run 64 KiB are kept, from its beginning and its end",
            { make, _ in
                let ledger = try await opened(make), run = try await finished(ledger, 60), limit = OutputLimit.ofRun
                let text = OutputExcerpt(last: bytes(1, limit / 4) + bytes(2, 10) + bytes(3, limit * 3 / 4))
                try await expectEqual(store(ledger).keepOutput(run, attempt: 1, text), true, "kept")
                let wanted = OutputExcerpt(first: bytes(1, limit / 4), dropped: 10, last: bytes(3, limit * 3 / 4))
                try await expectEqual(store(ledger).output(of: run, attempt: 1), wanted, "both ends of it")
            }
        ),
        (
            "overall it is bounded: the oldest goes first, the outcomes stay",
            { make, _ in
                let ledger = try await opened(make), store = try store(ledger)
                await store.limitOutput(to: 10_000)
                var runs: [RunID] = []
                for second in Int64(1)...40 {
                    let run = try await finished(ledger, second, tail: [9])
                    runs.append(run)
                    try await expectEqual(store.keepOutput(run, attempt: 1, OutputExcerpt(last: bytes(UInt8(second), 900))), true, "kept")
                }
                var kept: [RunID] = []
                for run in runs where try await store.output(of: run, attempt: 1) != nil { kept.append(run) }
                try expect((8...12).contains(kept.count), "\(kept.count) are kept")
                try expectEqual(kept, Array(runs.suffix(kept.count)), "the newest")
                try await expectEqual(ledger.history(of: a, limit: 99).count, 40, "history")
                try await expectEqual(
                    store.keepOutput(runs[39], attempt: 1, OutputExcerpt(last: bytes(1, 10_001))), false, "more than all that may be")
            }
        ),
        (
            "output goes with its run",
            { make, _ in
                let ledger = try await opened(make), store = try store(ledger), run = try await finished(ledger, 60)
                _ = try await store.keepOutput(run, attempt: 1, OutputExcerpt(last: [1, 2]))
                try await ledger.prune(Retention(age: .seconds(9_000_000), runsPerJob: 0), now: wall(61))
                try await expectEqual(store.output(of: run, attempt: 1), nil, "pruned")
                try await expectEqual(store.keepOutput(run, attempt: 1, OutputExcerpt(last: [1])), false, "nobody's")
            }
        ),
    ]
}
