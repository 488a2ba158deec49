internal import CronExpressions
public import CronJobs

/// What every `Ledger` does, sentence by sentence, as checks that throw a `ConformanceFailure`.
///
/// A new implementation runs them all:
///
/// ```swift
/// for check in LedgerConformance.checks { try await check.run({ MemoryLedger() }, { ledger in ledger }) }
/// ```
public enum LedgerConformance {
    /// An empty ledger on which `open` was not called yet.
    public typealias Make = @Sendable () async throws -> any Ledger
    /// The same ledger in its next life, again before `open`; for a ledger in memory, itself.
    public typealias Reopen = @Sendable (any Ledger) async throws -> any Ledger
    public typealias Check = @Sendable (_ make: Make, _ reopen: Reopen) async throws -> Void

    public static let checks: [(name: String, run: Check)] = claims + outcomes + recovery + bounds

    static let boot = "boot-a"
    static let a = JobID("a"), b = JobID(derivedFrom: 0xfeed)

    /// A wall time, by seconds after a fixed moment; its fire times are counted from the same one.
    static func wall(_ seconds: Int64) -> WallTime { WallTime(at(seconds)) }
    static func at(_ seconds: Int64) -> Instant { Instant(1_700_000_000 + seconds) }

    static func opened(_ make: Make) async throws -> any Ledger {
        let ledger = try await make()
        _ = try await ledger.open(bootID: boot, now: wall(0))
        return ledger
    }

    static func next(_ ledger: any Ledger, _ reopen: Reopen, boot: String = boot) async throws -> any Ledger {
        let ledger = try await reopen(ledger)
        _ = try await ledger.open(bootID: boot, now: wall(0))
        return ledger
    }

    static func run(_ job: JobID, _ seconds: Int64) -> RunID { RunID(job: job, .scheduled(at(seconds))) }

    static func claim(_ job: JobID, _ seconds: Int64, attempt: Int = 1, since: Int64 = 0) -> Claim {
        Claim(run: run(job, seconds), trigger: .scheduled, attempt: attempt, first: at(seconds), since: at(since))
    }

    /// Claims one run and expects to win it.
    static func won(_ ledger: any Ledger, _ claim: Claim, file: String = #fileID, line: Int = #line) async throws -> Int64 {
        let answers = try await ledger.claim([claim], now: wall(0))
        guard case .won(let fence)? = answers.first, answers.count == 1 else {
            throw ConformanceFailure(file: file, line: line, text: "\(claim.run) not won: \(answers)")
        }
        return fence
    }

    static func expectTaken(
        _ ledger: any Ledger, _ claim: Claim, at mark: Int64, file: String = #fileID, line: Int = #line
    ) async throws {
        let answers = try await ledger.claim([claim], now: wall(0))
        try expectEqual(answers, [.taken(watermark: at(mark))], "\(claim.run)", file: file, line: line)
    }

    static func finish(_ run: RunID, attempt: Int = 1, fence: Int64, _ outcome: Outcome = .succeeded, at seconds: Int64 = 1) -> Finish {
        Finish(run: run, attempt: attempt, fence: fence, outcome: outcome, at: wall(seconds))
    }

    static func fences(_ answers: [ClaimAnswer]) -> [Int64] {
        answers.compactMap { if case .won(let fence) = $0 { fence } else { nil } }
    }
}
