internal import CronExpressions
internal import CronJobs
internal import CronEngine

/// A call of the shared ledger on its way.
struct LedgerCall {
    enum Question {
        case open, marks
        case skip([Skip], WallTime)
        /// - isSure: the server's clock was heard just now.
        case claim([Claim], WallTime, isSure: Bool)
        case start([Start])
        case finish([Finish])
        case renew([OpenRun])
        case rewind(Instant, Instant)
        case search([JobID])
        case sweep
        case gate(Start)
        case request(RunID, by: String)
        case history(RunID)
        case once(OnceQuestion)

        var point: Fault.Point {
            switch self {
            case .open: .open
            case .marks: .marks
            case .skip: .skip
            case .claim: .claim
            case .start: .start
            case .finish: .finish
            case .renew: .renew
            case .rewind: .rewind
            case .search: .search
            case .sweep: .sweep
            case .gate: .gate
            case .request: .request
            case .history: .history
            case .once: .once
            }
        }
    }

    enum Reply {
        case opened(LedgerOpening, clock: WallTime)
        case marks([JobID: Instant])
        case done
        case quarantined
        case claims(ModelLedger.ClaimReply, clock: WallTime, settledAt: WallTime)
        case finished([Bool])
        case renewed(Renewal, clock: WallTime, view: SharedView)
        case rewound([JobID])
        case found([JobID: [RunRecord]])
        case swept([OpenRun])
        /// `nil`: it is in quarantine.
        case gated(StartAnswer?)
        case requested(isOpen: Bool)
        case records([RunRecord])
        case once(OnceReply)
    }

    /// Who waits for the answer.
    enum Waiter {
        case fiber(Int, Outage.Call)
        /// Outcomes that are written once starts are.
        case outcomes(Int, [Finish])
        case sweep(isBoot: Bool)
        case gate(Int)
        case nobody
        case boot
        case table
    }

    var node: Int
    var life: Int
    var question: Question
    var waiter: Waiter
    var caller: ModelLedger.Caller
    var token: Int64 = 0
    var sent: MonotonicTime
    var wall: WallTime
    var reply: Reply?
}
