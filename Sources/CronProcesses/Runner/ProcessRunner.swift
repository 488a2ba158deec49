internal import CLinux
public import CronJobs
public import LinuxEvents

// Runs commands as processes.
//
// Problem: thousands of shells may start in one minute and end at any time; none may be lost, none told twice, nothing may wait for them.
//
// An attempt's way:
//     waiting ──launch──▶ running ──leader exits──▶ finished
//        │                   └──cancel, stop──▶ torn down ──no member of the group lives──▶ finished
//        └──deadline, stop, launch fails for good──▶ finished without a start
//
// Invariants
// * All state belongs to the event loop's thread: handlers reach it without a hop, because the actor's executor is the loop.
// * Only the numbers of our own leaders are waited for, never "any child": exit codes cannot be stolen, and we steal nobody's.
// * A leader is reaped last. Until then its number, which is its group's number too, cannot be given to anybody else; so a signal to the
//   group never hits a stranger.
// * Each attempt gets exactly one `finished`; events leave in the order in which they came about, a batch at a time.
// * Bounds: runs at once; starts a turn; bytes, lines and time that one turn spends on output; one line held back and a tail of 4 KiB a run.
//   When the sink is congested output stays in the pipes, and then jobs wait for us, as they would for a full terminal.

/// A runner of crontab commands on an event loop.
public actor ProcessRunner: Runner {
    let loop: EventLoop
    let clocks: any Clocks
    let users: UserDirectory
    let options: RunnerOptions
    let sink: any OutputSink
    let launcher: Launcher
    let warn: @Sendable (RunnerWarning) -> Void
    private var warned: Set<RunnerWarning> = []

    var waiting = LaunchQueue()
    /// Attempts that wait out a failure or a look-up, by a number of their own.
    var delayed: [UInt64: PendingAttempt] = [:]
    var lastDelay: UInt64 = 0
    var launchIsScheduled = false
    var launchesPausedUntil: MonotonicTime?
    var deadlineTimer: TimerToken?
    var shortage = Shortage()

    var processes: [Int32: RunningProcess] = [:]
    /// Pipes whose run is over, oldest first.
    var latePipes: [JobPipe] = []
    var pausedPipes: [JobPipe] = []
    var readyPipes = PipeQueue()
    var visitsAreScheduled = false
    /// Reaped runs whose outcome waits for the rest of their output.
    var endings: [ObjectIdentifier: RunningProcess] = [:]
    var endingTimer: TimerToken?
    let readBuffer = ReadBuffer()

    var teardownTimer: TimerToken?
    var teardownRound = 0

    var reports = ReportQueue()
    var isStopping = false
    var stopTimer: TimerToken?
    var stopKillAfter = Duration.seconds(2)
    var idleWaiters: [CheckedContinuation<Void, Never>] = []

    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// Sets SIGCHLD to its default disposition: a process that ignores it loses its children's exit codes.
    public init(
        loop: EventLoop, clocks: any Clocks, users: UserDirectory, options: RunnerOptions, output sink: any OutputSink,
        warn: @escaping @Sendable (RunnerWarning) -> Void = { _ in }
    ) throws(SystemError) {
        self.loop = loop
        self.clocks = clocks
        self.users = users
        self.options = options
        self.sink = sink
        self.warn = warn
        launcher = try Launcher(options: options)
        cl_default_signal(SIGCHLD)
    }

    /// How many processes run or are being torn down, adopted ones included.
    public var running: Int { processes.count }

    /// How many attempts wait for room, a user look-up or a retry.
    public var queued: Int { waiting.count + delayed.count }

    public var runningRuns: [RunID] { processes.values.map(\.run) }

    /// Whether a process is the leader of one of our runs and must be left to us to reap.
    public func owns(_ process: Int32) -> Bool { processes[process].map { !$0.isAdopted } ?? false }

    public func start(_ attempts: [Attempt], reportingTo reporter: any RunReporter) {
        let reporter = Reporter(reporter)
        for attempt in attempts {
            let pending = PendingAttempt(attempt: attempt, reporter: reporter)
            if isStopping {
                finish(pending, .cancelled)
            } else {
                waiting.append(pending)
            }
        }
        if !waiting.isEmpty { launchWaiting() }
    }

    // MARK: Reporting

    func report(_ event: RunEvent, to reporter: Reporter) {
        reports.append(event, to: reporter)
        guard !reports.isDelivering else { return }
        reports.isDelivering = true
        Task(executorPreference: loop) { await self.deliver() }
    }

    func finish(_ pending: PendingAttempt, _ outcome: Outcome, reason: String? = nil) {
        let attempt = pending.attempt
        let finish = Finish(
            run: attempt.run, attempt: attempt.number, fence: attempt.fence, outcome: outcome, at: clocks.wall, reason: reason)
        report(.finished(finish), to: pending.reporter)
    }

    private func deliver() async {
        while !reports.isEmpty {
            for (target, events) in reports.takeAll() { await target.report(events) }
        }
        reports.isDelivering = false
        resumeIfIdle()
    }

    func tellOnce(_ warning: RunnerWarning) {
        if warned.count < 10_000, warned.insert(warning).inserted { warn(warning) }
    }
}

/// Memory that every read of a pipe goes through.
final class ReadBuffer: @unchecked Sendable {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)
    deinit { bytes.deallocate() }
}
