public import CronExpressions

/// One try of a run, claimed and ready to start.
public struct Attempt: Hashable, Sendable {
    public var run: RunID
    public var number: Int
    public var fence: Int64
    public var trigger: Trigger
    public var job: Job
    /// The fire time, or the moment of the request or of the service's start.
    public var scheduledAt: Instant
    /// Fire times that this run covers beyond its own: what the job sees as `CRON_MISSED`.
    public var missed: Int
    /// The earliest fire time that it covers.
    public var first: Instant
    /// After this moment it must not start any more; `nil` is without limit.
    public var startDeadline: WallTime?
    /// To be asked before a start that comes late; only where the ledger is shared.
    public var gate: StartGate?
    /// Who asked for it, in words; `nil` where its schedule did.
    public var by: String?
    /// What the legacy service's data holds for the job: input and a file of its own, never shell text. Few jobs have one.
    public var body: [UInt8]?
    /// Standard input alone, of a run that no table has: a mail to be sent.
    public var input: [UInt8]?

    public init(
        run: RunID, number: Int = 1, fence: Int64, trigger: Trigger, job: Job, scheduledAt: Instant, missed: Int = 0,
        startDeadline: WallTime? = nil, body: [UInt8]? = nil, first: Instant? = nil
    ) {
        self.run = run
        self.number = number
        self.fence = fence
        self.trigger = trigger
        self.job = job
        self.scheduledAt = scheduledAt
        self.missed = missed
        self.first = first ?? scheduledAt
        self.startDeadline = startDeadline
        self.body = body
    }

    /// When it is meant to start; lateness counts from here.
    public var dueAt: Instant { run.occasion.fireTime.map(job.dueTime) ?? scheduledAt }

    /// How late it is when it starts at that time. Nothing where no fire time was due: somebody asked for it, or it goes with the service's start.
    public func lateness(at now: WallTime) -> Duration { run.occasion.fireTime == nil ? .zero : max(.zero, now - WallTime(dueAt)) }

    /// Its start, and its end where it succeeds, are not logged.
    public var isQuiet: Bool { job.command?.quiet ?? false }
}

/// What a runner tells about an attempt, in this order: at most one `started`, then exactly one `finished`.
public enum RunEvent: Hashable, Sendable {
    case started(Start)
    case finished(Finish)
}

/// Hears from a runner what became of the attempts that it was handed.
public protocol RunReporter: Sendable {
    /// Takes events of any attempts, oldest first.
    func report(_ events: [RunEvent]) async
}

/// What a run is asked to end as; its outcome then, however it ends.
public enum RunEnding: Hashable, Sendable {
    /// Somebody asked for it, or the service ends.
    case cancelled
    /// The next run of its job takes its place (`overlap=replace`).
    case replaced
    /// It lasted longer than its `timeout`.
    case timedOut

    public var outcome: Outcome {
        switch self {
        case .cancelled: .cancelled
        case .replaced: .replaced
        case .timedOut: .timedOut
        }
    }
}

/// Carries out attempts of one kind of action and reports how they end. Looks at an attempt's `gate` right before it starts it.
///
/// What a run was asked to be is the runner's to know: its `finished` event says `timedOut`, `cancelled` or `replaced`, and nobody reads that out
/// of a signal. Whoever asks first decides what it ends as; who asks later can only make it end sooner.
public protocol Runner: Sendable {
    /// Attempts of these claims may follow in a moment: what must be looked up for them can be begun. Returns at once.
    func prepare(_ claims: [Claim]) async

    /// Starts the attempts in order, or holds them until there is room. Every attempt ends in one `finished` event; never throws, because
    /// a launch that fails is an outcome.
    func start(_ attempts: [Attempt], reportingTo reporter: any RunReporter) async

    /// Asks runs to end: one that waits never starts, one that runs is told so, and is ended by force `killAfter` later. `nil` leaves it to the
    /// job's `kill-after`. Returns before they have ended; each ends in its one `finished` event.
    ///
    /// - Returns: the runs of `runs` that it has. Where one is missing, it has ended already or was never here.
    @discardableResult
    func cancel(_ runs: Set<RunID>, as ending: RunEnding, killAfter: Duration?) async -> Set<RunID>

    /// Takes over an attempt that an earlier life of the service started: false where nothing of it is left, and then it reports nothing.
    ///
    /// - Parameter job: as the table has it now, with its `timeout`; `nil` where the table has it no more.
    func adopt(_ run: OpenRun, of job: Job?, reportingTo reporter: any RunReporter) async -> Bool

    /// These are somebody else's now, who reports what becomes of them: it forgets them, and reports nothing.
    func letGo(_ runs: Set<RunID>) async

    /// The runs that it has, in no order: those that wait for their start, those that go on, those that are being ended.
    var runs: [RunID] { get async }

    // The end of the service.

    /// Starts nothing any more, lets what runs go on for `patience`, then cancels it with `killAfter`. Returns when all has ended and is
    /// reported. Asked again, the shorter patience counts.
    func stop(patience: Duration, killAfter: Duration) async

    /// Lets go of what ended runs left behind (processes that still write). The last call.
    func close() async
}

extension Runner {
    /// Nothing is to be prepared.
    public func prepare(_ claims: [Claim]) async {}

    /// It can take over nothing of an earlier life.
    public func adopt(_ run: OpenRun, of job: Job?, reportingTo reporter: any RunReporter) async -> Bool { false }

    public func letGo(_ runs: Set<RunID>) async {}
}
