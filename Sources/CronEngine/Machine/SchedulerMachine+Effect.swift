package import CronExpressions
package import CronJobs

// What the machine is told, and what it wants done. All of it carries batches. `ask`, `askPeers`, `start` and `awaitOutcomes` are answered at once:
// what follows from the answer is done before the effects behind it.

extension SchedulerMachine {
    package enum Event {
        case time
        case tableReplaced(NewTable)
        /// Jobs that no table has come, each with where it stands, and go; who asked for them, in words.
        case storedChanged(added: [(job: any KeptJob, watermark: Instant)], removed: [JobID], askedBy: [JobID: String] = [:])
        /// The service's start, by its incarnation: its `@reboot` jobs are due. Once.
        case serviceStarted(Int64)
        /// Somebody waits until all that was decided and reported is in the ledger.
        case settle
        case stop
        /// Counts an attempt of an earlier life, which somebody watches, among the running ones.
        case adopted(Attempt)
        /// An attempt has no owner any more.
        case interrupted(OpenRun, Job?)
        /// An attempt that waits for workers is ours by now, under a new fence: its owner is gone. The job is the table's, if that has it.
        case takenOver(OpenRun, Job?)
        case reported([RunEvent])
        case leasesDue
        /// Somebody wants a run of a job now, and waits for the answer.
        case runWanted(RunOrder)
        /// Somebody wants a run to end, and waits for the answer. Under the lock, unless the machine has the run.
        case cancelWanted(CancelOrder)
        /// What the system tells of its load.
        case loadRead([LoadGate.Resource: Double])
        /// The history is to be searched for runs that nobody tries again; `ofWorkers`: only for those of jobs that workers run.
        case retriesWanted(ofWorkers: Bool)
        case answered(Answer)
    }

    /// The table that takes the place of the present one.
    package struct NewTable {
        var jobs: [Job]
        /// Those whose times are others now.
        var rescheduled: [JobID]
        /// Of jobs that the ledger knows and the machine does not yet.
        var watermarks: [JobID: Instant]
        /// Where a job that nobody knows begins: fire times up to it are not its own.
        var since: Instant

        package init(jobs: [Job], rescheduled: [JobID], watermarks: [JobID: Instant], since: Instant) {
            self.jobs = jobs
            self.rescheduled = rescheduled
            self.watermarks = watermarks
            self.since = since
        }
    }

    package enum Effect {
        case ask(Question)
        /// What did the last renewal hear of others?
        case askPeers
        /// Hand attempts to the runner once the time has come; asked for at a moment, unless they do without the store.
        case start([Attempt], at: WallTime, asked: MonotonicTime?)
        /// Hand attempts to the runner that waited, once the time has come, beside all else; asked for at a moment.
        case release([Attempt], at: WallTime, asked: MonotonicTime?)
        /// Have the runner end runs.
        case cancel([RunID], as: RunEnding)
        /// Have the runner forget runs: others report what becomes of them.
        case letGo([RunID])
        /// Somebody's answer.
        case answer(RunOrder, RunAnswer)
        case answerCancel(CancelOrder, CancelAnswer)
        /// Look what load there is, and say so, beside all else.
        case readLoad
        /// Wait a moment for more outcomes, and then say so, beside all else.
        case gatherOutcomes
        /// Wait until nothing is gathered or written any more.
        case awaitOutcomes
        case tell([SchedulerEvent])
        /// The ledger has these outcomes, or has refused them.
        case recorded([Finish])
        /// Look at the clock now, whenever that was planned.
        case wake
    }

    /// A call of the ledger.
    package enum Question {
        case skip([Skip], now: WallTime)
        case claim([Claim], now: WallTime)
        case write(OutcomeQueue.Group)
        case renew([OpenRun], now: WallTime)
        case rewind(marksAfter: Instant, to: Instant)
        /// The histories of jobs.
        case search([JobID])
        /// Is this run open somewhere? Then its owner is to end it.
        case request(RunID, by: String, now: WallTime)
        /// The history of a run's job.
        case history(RunID)

        package var call: Outage.Call {
            switch self {
            case .skip, .claim: .claim
            case .write: .outcome
            case .renew: .renewal
            case .rewind, .search, .request, .history: .look
            }
        }
    }

    package enum Answer {
        /// To any question to the store.
        case failed(StoreError, Outage.Call)
        case skipped
        case claimed([ClaimAnswer])
        case handedOver
        case outcomesGathered
        /// Those that it refused are another node's by now, or known already.
        case outcomesWritten(refused: [Finish])
        case outcomesSettled
        case renewed(Renewal)
        case heard(SharedView)
        case rewound([JobID])
        case found([JobID: [RunRecord]])
        case requested(RunID, isOpen: Bool)
        case history(RunID, [RunRecord])
    }
}
