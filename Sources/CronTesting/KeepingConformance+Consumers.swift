internal import CronExpressions
internal import CronJobs

extension KeepingConformance {
    private static func stores(_ ledger: any Ledger) throws -> (facts: any FactStore, consumers: any ConsumerStore) {
        (try unwrap(ledger.facts, "it keeps facts"), try unwrap(ledger.consumers, "it keeps where consumers stand"))
    }

    private static func decide(_ ledger: any Ledger, _ second: Int64) async throws {
        try await ledger.skip(
            [Skip(job: a, first: at(second), last: at(second), count: 1, outcome: .missed(1), since: at(0))], now: wall(second))
    }

    static let consumers: [(name: String, run: Check)] = [
        (
            "a consumer begins behind the last fact, or where it says that it stood, and goes on where it stopped, with what it noted",
            { make, reopen in
                var ledger = try await opened(make)
                let facts = try stores(ledger).facts
                try await facts.keepFacts(true)
                try await decide(ledger, 1)
                let begin = try await facts.lastFact()
                try await expectEqual(stores(ledger).consumers.attend("one", known: nil, now: wall(2)), .at(begin, lost: 0), "behind it")
                try await expectEqual(stores(ledger).consumers.attend("two", known: 0, now: wall(2)), .at(0, lost: 0), "where it stood")
                try await expectEqual(stores(ledger).consumers.notes(of: "one"), [:], "nothing noted")
                try await decide(ledger, 2)
                let end = try await facts.lastFact(), odd = "né e\n\u{0} x"
                try await expectEqual(
                    stores(ledger).consumers.advance("one", from: begin, to: end, notes: ["a": "1", odd: odd, "b": ""], now: wall(3)), true,
                    "moved")
                try await expectEqual(
                    stores(ledger).consumers.advance("one", from: begin, to: end, notes: ["a": "2"], now: wall(3)), false,
                    "it does not stand there any more")
                try await stores(ledger).consumers.leave("one")
                ledger = try await LedgerConformance.next(ledger, reopen)
                try await expectEqual(stores(ledger).consumers.attend("one", known: 7, now: wall(4)), .at(end, lost: 0), "where it stopped")
                try await expectEqual(stores(ledger).consumers.notes(of: "one"), ["a": "1", odd: odd, "b": ""], "what it noted")
                try await expectEqual(
                    stores(ledger).consumers.advance("one", from: end, to: end, notes: [odd: nil, "c": nil], now: wall(5)), true,
                    "notes alone")
                try await expectEqual(stores(ledger).consumers.notes(of: "one"), ["a": "1", "b": ""], "taken away")
                try await expectEqual(stores(ledger).consumers.notes(of: "two"), [:], "each has its own")
            }
        ),
        (
            "a consumer hears how many facts are gone that it did not read",
            { make, _ in
                let ledger = try await opened(make), (facts, consumers) = try stores(ledger)
                try await facts.keepFacts(true)
                for second in 1...3 { try await decide(ledger, Int64(second)) }
                let first = try unwrap(try await facts.facts(after: 0, limit: 1).facts.first, "a fact")
                _ = try await consumers.attend("one", known: 0, now: wall(5))
                try await expectEqual(
                    consumers.advance("one", from: 0, to: first.number, notes: [:], now: wall(5)), true, "the first is read")
                try await facts.keepFacts(false)
                try await expectEqual(consumers.attend("one", known: nil, now: wall(6)), .at(first.number, lost: 2), "the others are gone")
            }
        ),
        (
            "a start is a fact once, before its end, whichever record of it comes first; and so is what a service lacks, where facts are wanted",
            { make, _ in
                let ledger = try await opened(make), facts = try stores(ledger).facts
                try await facts.noteDegraded("disk", reason: "nobody hears it", now: wall(1))
                try await facts.keepFacts(true)
                let noted = LedgerConformance.claim(a, 60), unnoted = LedgerConformance.claim(b, 60)
                let fences = LedgerConformance.fences(try await ledger.claim([noted, unnoted], now: wall(60)))
                let start = Start(run: noted.run, fence: fences[0], at: wall(61), process: nil)
                try await ledger.start([start])
                try await ledger.start([start, Start(run: unnoted.run, fence: fences[1] + 1, at: wall(61), process: nil)])
                var ends = [noted, unnoted].indices.map { LedgerConformance.finish([noted, unnoted][$0].run, fence: fences[$0], at: 70) }
                ends[0].startedAt = wall(61)
                ends[1].startedAt = wall(62)
                _ = try await ledger.finish(ends)
                try await facts.noteDegraded("disk", reason: "it is full (né)", now: wall(80))
                let wanted: [Fact.Kind] = [
                    .started(noted.run, attempt: 1, at: wall(61)),
                    .ended(noted.run, attempt: 1, outcome: .succeeded, first: at(60), count: 1),
                    .started(unnoted.run, attempt: 1, at: wall(62)),
                    .ended(unnoted.run, attempt: 1, outcome: .succeeded, first: at(60), count: 1),
                    .degraded("disk", reason: "it is full (né)"),
                ]
                try await expectEqual(facts.facts(after: 0, limit: 9).facts.map(\.kind), wanted, "facts")
            }
        ),
    ]
}
