internal import CronExpressions
internal import CronJobs

/// What a ledger keeps beside marks and runs, sentence by sentence: stored jobs, output, pauses, requests, pools, facts. Of a ledger that keeps only some of it, run those checks alone.
public enum KeepingConformance {
    public typealias Make = LedgerConformance.Make
    public typealias Reopen = LedgerConformance.Reopen
    public typealias Check = LedgerConformance.Check

    public static let checks: [(name: String, run: Check)] = jobs + outputs + pauses + requests + pools + facts + consumers + past

    static let a = LedgerConformance.a, b = LedgerConformance.b

    static func opened(_ make: Make) async throws -> any Ledger { try await LedgerConformance.opened(make) }
    static func wall(_ seconds: Int64) -> WallTime { LedgerConformance.wall(seconds) }
    static func at(_ seconds: Int64) -> Instant { LedgerConformance.at(seconds) }
}
