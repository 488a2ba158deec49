internal import CronExpressions
internal import CronJobs
internal import CronEngine

// The other end of a call where a service has its store to itself: no leases, no other nodes, its own clock. What a call does holds, or the call fails.

extension Simulation {
    mutating func applyAlone(_ call: LedgerCall) -> LedgerCall.Reply {
        let now = nodes[call.node].wall(time)
        switch call.question {
        case .open: return .opened(ledger.open(now: now), clock: now)
        case .marks: return .marks(ledger.watermarks)
        case .skip(let skips, let entered):
            enter(skips, entered, call, isAlive: true)
            return .done
        case .claim(let claims, let entered, _):
            return .claims(.answers(decideAlone(claims, entered)), clock: now, settledAt: ledger.settledAt)
        case .start(let starts):
            ledger.start(starts)
            return .done
        case .finish(let finishes):
            let recorded = mutation == .losesOutcomes ? finishes.map { _ in true } : ledger.finish(finishes)
            for (finish, isRecorded) in zip(finishes, recorded) { invariants.finished(finish, isRecorded: isRecorded) }
            return .finished(recorded)
        case .rewind(let limit, let mark):
            let jobs = ledger.rewind(marksAfter: limit, to: mark)
            invariants.rewound(jobs, ledger)
            return .rewound(jobs)
        case .search(let jobs): return .found(Dictionary(uniqueKeysWithValues: jobs.map { ($0, ledger.history(of: $0, limit: 64)) }))
        case .sweep: return .swept(ledger.sweep(now: now))
        case .request(let run, let by): return .requested(isOpen: ledger.request(.cancel, of: run, by: by, now: now))
        case .history(let run): return .records(ledger.history(of: run.job, limit: 1024))
        case .renew, .gate, .once: return .done
        }
    }

    private mutating func decideAlone(_ claims: [Claim], _ entered: WallTime) -> [ModelLedger.Answer] {
        zip(claims, ledger.claim(claims, now: entered)).map { claim, answer in
            if claim.attempt == 1 {
                switch answer {
                case .won, .skipped: report.fireTimes += claim.count
                default: break
                }
            }
            defer { invariants.moved(claim.run.job, ledger) }
            switch answer {
            case .won(let fence):
                invariants.won(.init(run: claim.run, attempt: claim.attempt), fence: fence, skew: serverSkew, now: entered)
                return .won(fence)
            case .taken(let mark): return .taken(mark: mark, isKnown: true)
            case .skipped(let reason):
                if reason == .paused { invariants.held(claim.run, now: entered) }
                return .skipped(reason)
            case .later(let wait): return .later(wait)
            case .late, .unconfirmed: return .late
            }
        }
    }
}
