internal import CLinux
public import CronJobs
public import LinuxEvents

// Runs commands as processes.
//
// Problem: thousands of shells may start in one minute and end at any time; none may be lost, none told twice, nothing may wait for them.
//
// An attempt's way:
//     pending ──launcher threads──▶ running ──leader exits──▶ finished
//        │                            └──cancel, stop──▶ torn down ──no member of the group lives──▶ finished
//        └──deadline, stop, launch hangs or fails for good──▶ finished without a start
//
// Invariants
// * All state but the launcher threads' queue belongs to the event loop's thread: handlers reach it without a hop, because the actor's
//   executor is the loop. Nothing that may block happens there: not a launch, not a look-up.
// * Only the numbers of our own leaders are waited for, never "any child": exit codes cannot be stolen, and we steal nobody's.
// * A leader is reaped last. Until then its number, which is its group's number too, cannot be given to anybody else; so a signal to the
//   group never hits a stranger.
// * Each attempt gets exactly one `finished`; events leave in the order in which they came about, a batch at a time.
// * Bounds: runs at once; starts a turn; bytes, lines and time that one turn spends on output; one line held back a run, and what
//   is kept of its output (`OutputShelf`).
//   When the sink is congested output stays in the pipes, and then jobs wait for us, as they would for a full terminal.

/// A runner of crontab commands on an event loop.
public actor ProcessRunner: Runner {
    let loop: EventLoop
    let clocks: any Clocks
    let users: UserDirectory
    let options: RunnerOptions
    let sink: any OutputSink
    let launcher: Launcher
    let threads: LauncherThreads
    /// What is kept of the runs' output until somebody has stored it.
    public nonisolated let outputs: OutputShelf
    let warn: @Sendable (RunnerWarning) -> Void
    private var warned: Set<RunnerWarning> = []

    var environments: EnvironmentCache
    /// Attempts without a process, by a number that grows: with the launcher threads, or delayed.
    var pending: [UInt64: PendingAttempt] = [:]
    /// Those of them that are neither in the queue nor with a thread: somebody comes back to them.
    var delayed: Set<UInt64> = []
    private var lastNumber: UInt64 = 0
    /// Whom a user's look-up is waited for, by the user's name.
    var lookingUp: [String: [UInt64]] = [:]
    /// The service's own user, where its home has changed.
    var ownNow: User?
    var launchesArePaused = false
    var nextLook: (moment: MonotonicTime, timer: TimerToken)?
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

    var pastEnvironments = PastEnvironments()

    /// As it was read last.
    var memoryKills: (count: Int64, at: MonotonicTime)?
    /// Groups of ended runs in which something lives on.
    var leftGroups: [RunGroup] = []
    var groupsAreLookedAt = false

    var teardownTimer: TimerToken?
    var teardownRound = 0

    var reports = ReportQueue()
    var isStopping = false
    /// Nothing may run any more.
    var isTearingDown = false
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
        outputs = OutputShelf(limit: options.outputKeptInAll)
        environments = EnvironmentCache(options.secretNames)
        launcher = try Launcher(options: options)
        let bell = Bell()
        threads = LauncherThreads(launcher, places: options.maximumRunning, clocks: clocks) { [loop, bell] in
            loop.perform { bell.runner?.assumeIsolated { $0.takeNews() } }
        }
        cl_default_signal(SIGCHLD)
        bell.runner = self
    }

    deinit { threads.end() }

    /// The launcher threads' way to the runner.
    private final class Bell: @unchecked Sendable {
        /// Set before there is anything to tell.
        weak var runner: ProcessRunner?
    }

    /// How many processes run, are being started or torn down, adopted ones included.
    public var running: Int { processes.count + inFlight }

    /// How many attempts wait for room, a user look-up or a retry.
    public var queued: Int { pending.count - inFlight }

    private var inFlight: Int { threads.flyingNumbers.reduce(0) { pending[$1] == nil ? $0 : $0 + 1 } }

    public var runs: [RunID] { processes.values.map(\.run) + pending.values.map(\.attempt.run) }

    /// Whether a process is the leader of one of our runs and must be left to us to reap.
    public func owns(_ process: Int32) -> Bool { processes[process].map { !$0.isAdopted } ?? threads.owns(process) }

    public func start(_ attempts: [Attempt], reportingTo reporter: any RunReporter) {
        let reporter = Reporter(reporter)
        var numbers: [UInt64] = []
        for attempt in attempts {
            let attempt = PendingAttempt(attempt: attempt, reporter: reporter)
            if isStopping {
                finish(attempt, .cancelled)
                continue
            }
            lastNumber += 1
            pending[lastNumber] = attempt
            numbers.append(lastNumber)
        }
        submit(numbers)
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
