internal import CronExpressions
internal import CronJobs

extension KeepingConformance {
    private static func store(_ ledger: any Ledger) throws -> any FactStore { try unwrap(ledger.facts, "it keeps facts") }

    /// All facts after a cursor, a page at a time.
    private static func all(_ store: any FactStore, after cursor: Int64 = 0, limit: Int = 2) async throws -> [Fact] {
        var facts: [Fact] = [], cursor = cursor
        while true {
            let page = try await store.facts(after: cursor, limit: limit)
            try expect(page.facts.count <= limit && !page.hasGap, "so many at most, none gone")
            if page.facts.isEmpty { return facts }
            facts += page.facts
            cursor = page.cursor
        }
    }

    private static func ended(_ claim: Claim, _ outcome: Outcome) -> Fact.Kind {
        .ended(claim.run, attempt: claim.attempt, outcome: outcome, first: claim.first, count: claim.count)
    }

    public static let facts: [(name: String, run: Check)] = [
        (
            "every decision is a fact, in its order, also after a reopening",
            { make, reopen in
                var ledger = try await opened(make)
                try await store(ledger).keepFacts(true)
                var range = LedgerConformance.claim(a, 120), manual = LedgerConformance.claim(b, 60)
                (range.first, range.count) = (at(60), 2)
                manual.run = RunID(job: b, .manual(at(60), 7))
                let odd = JobID("né e\n\u{0} x"),
                    skipped = Skip(job: odd, first: at(1), last: at(9), count: 3, outcome: .missed(3), since: at(0))
                let fences = LedgerConformance.fences(try await ledger.claim([range, manual], now: wall(120)))
                try expectEqual(fences.count, 2, "won")
                try await expectEqual(all(store(ledger)), [], "a claim that is won is no fact")
                let failure = Outcome.launchFailed(stage: "chdir (no ') \u{0} é")
                _ = try await ledger.finish([LedgerConformance.finish(range.run, fence: fences[0], failure)])
                try await expectEqual(ledger.finish([LedgerConformance.finish(range.run, fence: fences[0])]), [false], "no second outcome")
                try await ledger.skip([skipped, skipped], now: wall(130))
                try await ledger.setPaused(true, [a])
                let stopped = LedgerConformance.claim(a, 180)
                try await expectEqual(ledger.claim([stopped], now: wall(180)), [.skipped(.paused)], "stopped")
                ledger = try await LedgerConformance.next(ledger, reopen)
                let swept = try await ledger.sweep(now: wall(190))
                try expectEqual(swept.map(\.run), [manual.run], "swept")
                let found = try await all(store(ledger))
                let wanted: [Fact.Kind] = [
                    ended(range, failure),
                    .ended(RunID(job: odd, .scheduled(at(9))), attempt: 1, outcome: .missed(3), first: at(1), count: 3),
                    ended(stopped, .skipped(.paused)), .takenOver(manual.run, attempt: 1),
                ]
                try expectEqual(found.map(\.kind), wanted, "facts")
                try expectEqual(found.map(\.number), Array(Set(found.map(\.number))).sorted(), "numbers grow")
                try await expectEqual(store(ledger).lastFact(), found.last?.number ?? 0, "the last")
                try await expectEqual(all(store(ledger), after: found[1].number), Array(found[2...]), "after a cursor")
                try await expectEqual(store(ledger).facts(after: found[0].number, limit: 0).cursor, found[0].number, "none asked for")
            }
        ),
        (
            "without a consumer there are no facts; numbers are not given again, and what is gone shows",
            { make, reopen in
                var ledger = try await opened(make)
                func decide(_ second: Int64) async throws {
                    try await ledger.skip(
                        [Skip(job: a, first: at(second), last: at(second), count: 1, outcome: .missed(1), since: at(0))], now: wall(second))
                }
                try await decide(1)
                try await expectEqual(all(store(ledger)), [], "nobody wanted them")
                try await store(ledger).keepFacts(true)
                try await decide(2)
                let first = try unwrap(try await all(store(ledger)).first, "first")
                try await store(ledger).keepFacts(false)
                try await decide(3)
                let none = try await store(ledger).facts(after: 0, limit: 9)
                try expectEqual(none, FactPage(facts: [], after: 0, hasGap: true), "they are gone")
                ledger = try await LedgerConformance.next(ledger, reopen)
                try await decide(4)
                try await store(ledger).keepFacts(true)
                try await decide(5)
                let page = try await store(ledger).facts(after: first.number, limit: 9)
                try expectEqual(page.facts.count, 1, "the new one")
                try expect(page.cursor > first.number && !page.hasGap, "a new number")
                ledger = try await LedgerConformance.next(ledger, reopen)
                try await decide(6)
                try await expectEqual(store(ledger).facts(after: page.cursor, limit: 9).facts.count, 1, "also in its next life")
            }
        ),
    ]
}
