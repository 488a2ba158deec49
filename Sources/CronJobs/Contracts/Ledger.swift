public import CronExpressions

// The ledger: every fire time ends in exactly one recorded outcome, and starts at most once an attempt.
//
// The safety state is one integer a job, the *watermark*: the last fire time decided. It moves only forward, in the same step that enters
// the run, and before anything is spawned; so a crash at any moment loses a start rather than doubling one. Everything else (open runs,
// fences, history) is about visibility and recovery.
//
//            claim ──▶ claimed, or queued for a pool ──start──▶ running ──finish──▶ one outcome
//            skip  ──▶ missed or skipped rows, watermark moved, nothing started
//            sweep ──▶ attempts of owners that are gone, handed to the caller under a new fence
//            assert ─▶ marks that we remember and the store forgot

/// One fire time (or start of the service, or request) that wants to run.
public struct Claim: Hashable, Sendable {
    public var run: RunID
    public var trigger: Trigger
    public var attempt: Int
    /// The earliest fire time that this run covers: coalesced catch-up covers several.
    public var first: Instant
    /// How many fire times it covers, itself included.
    public var count: Int
    /// The job's watermark as long as the store has no row for it.
    public var since: Instant
    /// After this moment it is missed. Judged by a shared store, whose clock is the one that counts; a single-node store leaves it to its caller.
    public var startDeadline: WallTime?
    /// How many runs of the job may be open over all nodes; judged by a shared store only.
    public var concurrencyLimit: Int?
    /// The workers that are to start it: it is entered as `queued` in their pool; `nil` is whoever claims it.
    public var pool: String?
    /// Who asked for it, in words; `nil` where its schedule did.
    public var by: String?

    public init(
        run: RunID, trigger: Trigger, attempt: Int = 1, first: Instant, count: Int = 1, since: Instant, startDeadline: WallTime? = nil,
        concurrencyLimit: Int? = nil, pool: String? = nil, by: String? = nil
    ) {
        self.run = run
        self.trigger = trigger
        self.attempt = attempt
        self.first = first
        self.count = count
        self.since = since
        self.startDeadline = startDeadline
        self.concurrencyLimit = concurrencyLimit
        self.pool = pool
        self.by = by
    }
}

extension Claim {
    /// Whether its job is one of the paused. Somebody who asks for a manual run wants it all the same.
    public func isStopped(by paused: Set<JobID>) -> Bool {
        if paused.isEmpty { return false }
        if case .manual = run.occasion { return false }
        return paused.contains(run.job) || paused.contains(run.job.withoutHost)
    }
}

/// What became of a claim.
public enum ClaimAnswer: Hashable, Sendable {
    /// Ours to start. The fence grows with every claim of this store.
    case won(fence: Int64)
    /// The fire time is not after the watermark, or this very run exists: somebody decided it already. A shared store also answers so, and
    /// decides nothing, where the watermark lies within the claim's range: the rest of it is to be claimed; and for a further attempt of a run
    /// of which somebody asked, while the attempt before was open, that it ends.
    case taken(watermark: Instant)

    /// The job is paused, or too many runs of it are open somewhere (which only a shared store judges): decided and recorded as skipped.
    case skipped(Outcome.SkipReason)

    // What only a shared store answers.

    /// Nothing was decided: it is too early by the store's clock, or the store waits until its nodes told it what they remember. Ask again
    /// after this long.
    case later(Duration)
    /// The start deadline has passed by the store's clock: decided and recorded as missed.
    case late
    /// Too few replicas of the store have the claim: decided, recorded as `unconfirmed`, not to be started.
    case unconfirmed
}

/// The process (or closure: no process) of a claimed attempt runs.
public struct Start: Hashable, Sendable {
    public var run: RunID
    public var attempt: Int
    public var fence: Int64
    public var at: WallTime
    public var process: ProcessIdentity?

    public init(run: RunID, attempt: Int = 1, fence: Int64, at: WallTime, process: ProcessIdentity?) {
        self.run = run
        self.attempt = attempt
        self.fence = fence
        self.at = at
        self.process = process
    }
}

/// An attempt has its outcome. It may come without a `Start` before it: both may be written in one commit.
public struct Finish: Hashable, Sendable {
    public var run: RunID
    public var attempt: Int
    public var fence: Int64
    public var outcome: Outcome
    /// `nil` when it never started.
    public var startedAt: WallTime?
    public var at: WallTime
    public var resources: Resources?
    /// The last bytes of its output, bounded by the caller.
    public var tail: [UInt8]
    /// Why a launch failed, in words, for the log; ledgers do not keep it.
    public var reason: String?
    /// The process's exit code, which `success-codes` may have made a success, for the log; ledgers do not keep it.
    public var exit: Int32?

    public init(
        run: RunID, attempt: Int = 1, fence: Int64, outcome: Outcome, startedAt: WallTime? = nil, at: WallTime,
        resources: Resources? = nil, tail: [UInt8] = [], reason: String? = nil, exit: Int32? = nil
    ) {
        self.run = run
        self.attempt = attempt
        self.fence = fence
        self.outcome = outcome
        self.startedAt = startedAt
        self.at = at
        self.resources = resources
        self.tail = tail
        self.reason = reason
        self.exit = exit
    }
}

/// Fire times that are decided without a start: one row for the whole range, watermark moved to `last` in the same step.
public struct Skip: Hashable, Sendable {
    public var job: JobID
    public var first: Instant
    public var last: Instant
    public var count: Int
    /// `missed` or `skipped`.
    public var outcome: Outcome
    public var since: Instant
    /// Who asked for the job, in words, where somebody did.
    public var by: String?

    public init(job: JobID, first: Instant, last: Instant, count: Int, outcome: Outcome, since: Instant, by: String? = nil) {
        self.job = job
        self.first = first
        self.last = last
        self.count = count
        self.outcome = outcome
        self.since = since
        self.by = by
    }
}

/// An attempt that was entered and has no outcome yet.
public struct OpenRun: Hashable, Sendable {
    public var run: RunID
    public var attempt: Int
    public var fence: Int64
    public var startedAt: WallTime?
    public var process: ProcessIdentity?
    /// What it does, as a sweep found it. One that is `queued` was never started, and waits on under its new fence.
    public var state: AttemptState
    /// What its claim said, where the ledger was asked for it.
    public var claim: Claimed?
    /// The last moment at which its owner is known to have lived, by our clock, to about a minute; `nil` where nobody knows.
    public var ownerSeenAt: WallTime?
    /// What was asked of it, where the ledger was asked for it.
    public var request: RunRequest?

    /// The part of a claim that a further attempt takes over.
    public struct Claimed: Hashable, Sendable {
        public var trigger: Trigger
        public var first: Instant
        public var count: Int
        public var by: String?

        public init(trigger: Trigger, first: Instant, count: Int, by: String? = nil) {
            self.trigger = trigger
            self.first = first
            self.count = count
            self.by = by
        }
    }

    public init(
        run: RunID, attempt: Int, fence: Int64, startedAt: WallTime?, process: ProcessIdentity?, claim: Claimed? = nil,
        ownerSeenAt: WallTime? = nil, state: AttemptState = .claimed, request: RunRequest? = nil
    ) {
        self.run = run
        self.attempt = attempt
        self.fence = fence
        self.startedAt = startedAt
        self.process = process
        self.claim = claim
        self.ownerSeenAt = ownerSeenAt
        self.state = state
        self.request = request
    }
}

/// One line of history. `first`...`run`'s fire time is the range that it answers for.
public struct RunRecord: Hashable, Sendable {
    public var run: RunID
    public var attempt: Int
    public var trigger: Trigger
    public var first: Instant
    public var count: Int
    public var claimedAt: WallTime
    public var startedAt: WallTime?
    public var finishedAt: WallTime?
    /// `nil` while it is open.
    public var outcome: Outcome?
    public var resources: Resources?
    public var tail: [UInt8]
    /// Whose workers it waits for, while it does.
    public var pool: String?
    /// What was asked of it while it was open.
    public var request: RunRequest?
    /// Who asked for it, in words; `nil` where its schedule did.
    public var by: String?

    public init(
        run: RunID, attempt: Int, trigger: Trigger, first: Instant, count: Int, claimedAt: WallTime, startedAt: WallTime?,
        finishedAt: WallTime?, outcome: Outcome?, resources: Resources?, tail: [UInt8], pool: String? = nil, request: RunRequest? = nil,
        by: String? = nil
    ) {
        self.run = run
        self.attempt = attempt
        self.trigger = trigger
        self.first = first
        self.count = count
        self.claimedAt = claimedAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.outcome = outcome
        self.resources = resources
        self.tail = tail
        self.pool = pool
        self.request = request
        self.by = by
    }
}

/// What opening the ledger told about its past.
public struct LedgerOpening: Hashable, Sendable {
    /// Grows with every opening, and is at least the clock's seconds then, so that a store which forgot everything gives none twice; part of
    /// an `@reboot` run's name.
    public var incarnation: Int64
    /// The last wall time that the previous life noted; `nil` for a new ledger.
    public var lastSeen: WallTime?
    /// 64 hexadecimal digits that the ledger keeps over all lives, and that no job's user may read: what a run is marked with follows from it.
    public var secret: String

    public init(incarnation: Int64, lastSeen: WallTime?, secret: String = Self.newSecret()) {
        self.incarnation = incarnation
        self.lastSeen = lastSeen
        self.secret = secret
    }

    /// A secret for a ledger that has none yet.
    public static func newSecret() -> String {
        (0..<4).map { _ in
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

/// Durable memory of what was decided. Implementations decide nothing themselves.
///
/// Each call is one atomic step over its whole batch: all of it holds when the call returns, none of it when the call throws. *A call that
/// threw is not a claim*: the caller must not start anything from it.
public protocol Ledger: Sendable {
    /// Begins a life: gives it a new incarnation and notes `bootID`, which tells whether recorded processes can still exist.
    /// Called once, before anything else.
    func open(bootID: String, now: WallTime) async throws(StoreError) -> LedgerOpening

    /// The watermarks of all jobs that have a row. A job without one stands where its revision was introduced.
    func watermarks() async throws(StoreError) -> [JobID: Instant]

    /// Enters attempts before they are spawned; answers in order.
    ///
    /// A scheduled run wins iff its fire time is after the job's watermark (`since` without a row), which then moves to it. Manual and startup
    /// runs, and attempts after the first, never move the watermark; they win iff that run and attempt is new. What would win and belongs to a
    /// paused job is recorded as `skipped(paused)` instead, manual runs excepted. Durable on return.
    func claim(_ claims: [Claim], now: WallTime) async throws(StoreError) -> [ClaimAnswer]

    /// Notes that claimed attempts run. Need not be durable on return. Unknown, finished or re-fenced attempts are ignored.
    func start(_ starts: [Start]) async throws(StoreError)

    /// Extends the leases of open attempts that are this node's own; answers those that are no longer ours. A single-node store has no leases
    /// and answers none but attempts that it does not know under that fence.
    func renew(_ runs: [OpenRun], now: WallTime) async throws(StoreError) -> [OpenRun]

    /// The same, with all that there is to hear: to whom attempts were handed over, and what is asked of those that are ours.
    func renewal(of runs: [OpenRun], now: WallTime) async throws(StoreError) -> Renewal

    /// Records outcomes; `true` where it was recorded, `false` where the attempt is unknown, already finished, or has a newer fence.
    func finish(_ finishes: [Finish]) async throws(StoreError) -> [Bool]

    /// Decides ranges of fire times without a start; those not after the watermark are ignored. Durable on return.
    func skip(_ skips: [Skip], now: WallTime) async throws(StoreError)

    /// Takes over attempts whose owner is gone (an earlier incarnation; an expired lease) under a new fence, so that exactly one caller
    /// decides about each. `process` is `nil` where the recorded process belongs to another boot.
    func sweep(now: WallTime) async throws(StoreError) -> [OpenRun]

    /// Raises watermarks that the store forgot; never lowers one.
    func assert(_ marks: [JobID: Instant]) async throws(StoreError)

    /// Sets watermarks back to `mark` where they lie after `limit`: the clock had been wrong. Answers the jobs it touched.
    func rewind(marksAfter limit: Instant, to mark: Instant) async throws(StoreError) -> [JobID]

    /// Pauses jobs, or lets them go on. Those that run on every host are named without the host. Durable on return.
    func setPaused(_ isPaused: Bool, _ jobs: Set<JobID>) async throws(StoreError)

    func pausedJobs() async throws(StoreError) -> Set<JobID>

    /// Tells which jobs the table has now: others count as gone from `now` on, and are forgotten after 30 days.
    func retain(_ jobs: Set<JobID>, now: WallTime) async throws(StoreError)

    /// Drops finished history beyond the retention, and notes `now` as last seen.
    func prune(_ retention: Retention, now: WallTime) async throws(StoreError)

    /// History of a job, newest first.
    func history(of job: JobID, limit: Int) async throws(StoreError) -> [RunRecord]

    /// History of several jobs, each newest first, in one question where that is cheaper; it may come without the runs' output.
    func histories(of jobs: [JobID], limit: Int) async throws(StoreError) -> [JobID: [RunRecord]]

    /// The record that answers for a fire time of a job, ranges included; `nil` if there is none (yet, or any more).
    func record(of job: JobID, at fireTime: Instant) async throws(StoreError) -> RunRecord?

    /// Writes what is pending and gives the store free for another process; attempts that are still open are given up.
    func close(now: WallTime) async

    /// What more it can do because other nodes use it, too; `nil` for a single-node store.
    nonisolated var shared: (any SharedLedger)? { get }
}

extension Ledger {
    public nonisolated var shared: (any SharedLedger)? { nil }

    /// One question for each job: for stores that cannot ask about several at once.
    public func histories(of jobs: [JobID], limit: Int) async throws(StoreError) -> [JobID: [RunRecord]] {
        var histories: [JobID: [RunRecord]] = [:]
        for job in jobs { histories[job] = try await history(of: job, limit: limit) }
        return histories
    }
}
