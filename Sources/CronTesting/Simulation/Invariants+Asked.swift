internal import CronJobs

// What somebody who asked was told.

extension Invariants {
    struct Asked {
        /// Runs that are in the ledger, as it was said.
        var promised: Set<RunID> = []
        /// What was refused.
        var refused: Set<UInt32> = []
        /// Runs that start no further attempt; those that were begun by then are others'.
        var cancelled: [RunID: Cancelled] = [:]
    }

    struct Cancelled {
        var begun: Set<Int>
        /// It runs, here or elsewhere, and is told to end.
        var isEnding: Bool
    }

    mutating func promised(_ run: RunID) { asked.promised.insert(run) }

    mutating func refused(_ token: UInt32) { asked.refused.insert(token) }

    mutating func cancelled(_ run: RunID, but begun: Set<Int>, isEnding: Bool) {
        if asked.cancelled[run] == nil { asked.cancelled[run] = Cancelled(begun: begun, isEnding: isEnding) }
    }

    mutating func checkAsked(_ attempt: Attempt, _ situation: Situation, _ ledger: ModelLedger) {
        if attempt.number == 1, case .manual(_, let token) = attempt.run.occasion, asked.refused.contains(token) {
            broken(.refusedRest, "\(attempt.run) was refused")
        }
        checkCancelled(attempt, situation, ledger)
    }

    private mutating func checkCancelled(_ attempt: Attempt, _ situation: Situation, _ ledger: ModelLedger) {
        guard !asked.cancelled.isEmpty, let cancelled = asked.cancelled[attempt.run], !cancelled.begun.contains(attempt.number),
            !situation.isFromMemory, !isDoubted(attempt.run)
        else { return }
        // A wish is kept beside the run; where the ledger could not be told, it is gone with its node.
        let before = (1..<attempt.number).compactMap { ledger.row(attempt.run, $0)?.record }.filter { $0.request == nil }
        if before.contains(where: { $0.outcome == .interrupted }) || cancelled.isEnding && before.last?.attempt == attempt.number - 1 {
            return
        }
        broken(.cancelledRest, "\(attempt.run)#\(attempt.number) was cancelled")
    }

    /// Each run that somebody was promised is in the ledger.
    mutating func settleAsked(_ ledger: ModelLedger) {
        for run in asked.promised where ledger.row(run, 1) == nil && !isLost(Name(run: run, attempt: 1)) {
            broken(.oneOutcome, "\(run) was promised, and is not in the ledger")
        }
    }
}
