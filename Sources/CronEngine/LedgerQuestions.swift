internal import CronJobs

/// Asks the ledger what the machine wants to know of it.
struct LedgerQuestions: Sendable {
    let ledger: any Ledger
    /// Hears of claims before they are made: what it needs for their starts can be fetched meanwhile.
    let runner: any Runner
    /// How far back the history of a job is searched for attempts that have none after them.
    private static let searchedRuns = 64

    /// Where whoever asks runs: no claim goes round by another thread.
    nonisolated(nonsending) func answer(_ question: SchedulerMachine.Question) async throws(StoreError) -> SchedulerMachine.Answer {
        switch question {
        case .skip(let skips, let now):
            try await ledger.skip(skips, now: now)
            return .skipped
        case .claim(let claims, let now):
            await runner.prepare(claims)
            return .claimed(try await ledger.claim(claims, now: now))
        case .write(let group):
            if !group.starts.isEmpty { try await ledger.start(group.starts) }
            if group.finishes.isEmpty { return .outcomesWritten(refused: []) }
            let answers = try await ledger.finish(group.finishes)
            return .outcomesWritten(refused: zip(group.finishes, answers).filter { !$1 }.map(\.0))
        case .renew(let open, let now): return .renewed(try await ledger.renewal(of: open, now: now))
        case .rewind(let limit, let mark): return .rewound(try await ledger.rewind(marksAfter: limit, to: mark))
        case .search(let jobs): return .found(try await ledger.histories(of: jobs, limit: Self.searchedRuns))
        case .request(let run, let by, let now):
            return .requested(run, isOpen: try await ledger.requests?.request(.cancel, of: run, by: by, now: now) ?? false)
        case .history(let run): return .history(run, try await ledger.history(of: run.job, limit: Self.searchedRuns * 16))
        }
    }
}
