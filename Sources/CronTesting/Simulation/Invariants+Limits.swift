internal import CronExpressions
internal import CronJobs

// What holds a start back: the job's own runs, the room of the service, the load of its machine.

extension Invariants {
    /// Another attempt of the same job, which goes on.
    struct Rival {
        var name: Name
        var isHere: Bool
        /// Its node has it in the ledger.
        var isEntered: Bool
    }

    mutating func checkLimits(_ attempt: Attempt, _ situation: Situation) {
        // What a ledger forgot and nobody told it in time may go beside what it gave since then.
        if situation.isForced || isLost(Name(run: attempt.run, attempt: attempt.number)) { return }
        let policies = situation.policies, limit: Int
        switch policies.overlap {
        case .allow: limit = policies.maxRunning
        case .skip, .replace: limit = 1
        case .queue:
            limit = 1
            // Hours apart, somebody has set the clock back.
            if attempt.number == 1, let fireTime = attempt.run.occasion.fireTime, let last = situation.lastOfQueue, fireTime < last,
                last - fireTime < 3600
            {
                broken(.queuesKept, "\(attempt.run) starts after that of \(last.seconds)")
            }
        }
        // What waits for its own runs knows those of its node; others are counted by the ledger, as far as it has them.
        let rivals = situation.rivals.filter { rival in
            policies.overlap.waits ? rival.isHere : !situation.wasFromMemory && rival.isEntered && !isLost(rival.name)
        }
        if rivals.count >= limit {
            broken(
                .limitsKept,
                "\(attempt.run)#\(attempt.number) starts beside \(rivals.map { "\($0.name)" }.sorted().joined(separator: ", "))")
        }
    }

    /// A run begins to wait for its own.
    ///
    /// - Parameter open: how many of its job go or wait on its node, itself included.
    mutating func queued(_ attempt: Attempt, open: Int, limit: Int) {
        if open > 1 + limit { broken(.queuesKept, "\(attempt.run)#\(attempt.number) is one of \(open) that go or wait") }
    }

    /// - Parameter count: how many the runner has then, but for those that somebody wants beside whatever goes.
    mutating func handOver(_ attempt: Attempt, among count: Int, limit: Int) {
        if count > limit { broken(.roomKept, "\(attempt.run)#\(attempt.number) is one of \(count) that go") }
    }

    /// - Parameter isBusy: what the machine was told when it asked last; nil if it never did.
    mutating func passGate(_ attempt: Attempt, isBusy: Bool?) {
        guard let isBusy else { return broken(.loadHeeded, "\(attempt.run)#\(attempt.number) starts, and nobody looked at the load") }
        if isBusy { broken(.loadHeeded, "\(attempt.run)#\(attempt.number) starts on a busy machine") }
    }
}
