internal import CronExpressions
internal import CronJobs

extension KeepingConformance {
    private static func store(_ ledger: any Ledger) throws -> any HistoryStore { try unwrap(ledger.past, "it finds rows of the past") }

    /// Three jobs: `a` each minute and failing each third time, `b` each third minute, and one of 3 fire times missed at once.
    private static func filled(_ ledger: any Ledger) async throws -> [RunID] {
        var runs: [RunID] = []
        for minute in Int64(1)...30 {
            for job in minute.isMultiple(of: 3) ? [a, b] : [a] {
                let claim = LedgerConformance.claim(job, minute * 60)
                let fence = try await LedgerConformance.won(ledger, claim)
                let outcome: Outcome = minute.isMultiple(of: 3) ? .failed(.exit(3)) : .succeeded
                _ = try await ledger.finish([Finish(run: claim.run, fence: fence, outcome: outcome, at: wall(minute * 60 + 1))])
                runs.append(claim.run)
            }
        }
        let skip = Skip(job: JobID("c"), first: at(60), last: at(180), count: 3, outcome: .missed(3), since: at(0))
        try await ledger.skip([skip], now: wall(1900))
        return runs + [RunID(job: JobID("c"), .scheduled(at(180)))]
    }

    /// All rows of a scan, page by page.
    private static func all(_ ledger: any Ledger, _ change: (inout HistoryScan) -> Void) async throws -> [RunID] {
        var scan = HistoryScan(), runs: [RunID] = []
        scan.limit = 7
        change(&scan)
        for _ in 0..<200 {
            let page = try await store(ledger).scan(scan)
            try expect(page.rows.count <= scan.limit, "a page has its limit")
            runs += page.rows.map(\.record.run)
            guard let next = page.next else { return runs }
            scan.after = next
        }
        throw ConformanceFailure(file: #fileID, line: #line, text: "the pages have no end")
    }

    public static let past: [(name: String, run: Check)] = [
        (
            "a run that a later life takes over and ends was carried out by who started it",
            { make, reopen in
                var ledger = try await opened(make)
                let claim = LedgerConformance.claim(a, 60), fence = try await LedgerConformance.won(ledger, claim)
                let process = ProcessIdentity(pid: 42, startTicks: 4711)
                try await ledger.start([Start(run: claim.run, fence: fence, at: wall(61), process: process)])
                func owner() async throws -> RunOwner? { try await ledger.owners?.owner(of: claim.run, attempt: 1) }
                var expected = try unwrap(try await owner(), "its owner")
                try expectEqual(expected.process, 42, "its process")
                for _ in 0..<2 {
                    ledger = try await LedgerConformance.next(ledger, reopen)
                    expected.fence = try unwrap(try await ledger.sweep(now: wall(70)).first, "swept").fence
                    try await expectEqual(owner(), expected, "while it is open")
                }
                _ = try await ledger.finish([LedgerConformance.finish(claim.run, fence: expected.fence, .interrupted)])
                try await expectEqual(owner(), expected, "and after")
            }
        ),
        (
            "the rows of all jobs come in pages, newest first or oldest first, each once",
            { make, reopen in
                var ledger = try await opened(make)
                let runs = try await filled(ledger)
                for _ in 0..<2 {
                    try await expectEqual(all(ledger) { _ in }, runs.reversed(), "newest first")
                    try await expectEqual(all(ledger) { $0.isOldestFirst = true }, runs, "oldest first")
                    try await expectEqual(all(ledger) { $0.limit = 1000 }, runs.reversed(), "one page")
                    ledger = try await LedgerConformance.next(ledger, reopen)
                }
            }
        ),
        (
            "a scan finds what it asks for: jobs, outcomes, open runs, a time",
            { make, _ in
                let ledger = try await opened(make)
                let runs = try await filled(ledger)
                let open = LedgerConformance.claim(b, 2400)
                _ = try await LedgerConformance.won(ledger, open)
                try await expectEqual(all(ledger) { $0.jobs = [b] }, [open.run] + runs.filter { $0.job == b }.reversed(), "of a job")
                try await expectEqual(all(ledger) { $0.isOpen = true }, [open.run], "open")
                try await expectEqual(all(ledger) { $0.outcomes = ["missed"] }, [runs[runs.count - 1]], "missed")
                try await expectEqual(all(ledger) { ($0.jobs, $0.outcomes) = ([a], ["failed"]) }.count, 10, "failed")
                try await expectEqual(all(ledger) { $0.jobs = [JobID("nobody")] }, [], "of nobody")
            }
        ),
        (
            "the last run of each job is the one that was decided last",
            { make, _ in
                let ledger = try await opened(make)
                _ = try await filled(ledger)
                let names = [a, b, JobID("c"), JobID("nobody")] + (0..<100).map { JobID("job-\($0)") }
                for asked in [Array(names.prefix(4)), names] {
                    let last = try await store(ledger).lastRuns(of: asked).mapValues(\.run.occasion.fireTime)
                    try expectEqual(last[a], at(1800), "a")
                    try expectEqual(last[b], at(1800), "b")
                    try expectEqual(last[JobID("c")], at(180), "c")
                    try expect(last[JobID("nobody")] == nil, "nobody")
                }
            }
        ),
        (
            "what lies around a time is found; a range that holds it lies not after it",
            { make, _ in
                let ledger = try await opened(make)
                _ = try await filled(ledger)
                var found = try await store(ledger).neighbours(of: a, at: at(90))
                try expectEqual(found.before?.run.occasion.fireTime, at(60), "before")
                try expectEqual(found.after?.run.occasion.fireTime, at(120), "after")
                found = try await store(ledger).neighbours(of: a, at: at(60))
                try expect(found.before == nil, "nothing before the first")
                try expectEqual(found.after?.run.occasion.fireTime, at(120), "after")
                found = try await store(ledger).neighbours(of: JobID("c"), at: at(120))
                try expect(found.before == nil && found.after == nil, "the range answers itself")
                try await expect(store(ledger).neighbours(of: JobID("c"), at: at(240)).before?.count == 3, "the range before")
            }
        ),
    ]
}
