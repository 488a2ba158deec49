internal import CronJobs
internal import LinuxEvents

/// A process that carries out an attempt, from its launch until its outcome is told. Loop thread only.
final class RunningProcess {
    /// How a run is brought to its end.
    struct Teardown {
        enum Phase {
            /// Asked for, no signal sent yet.
            case requested
            case terminating(until: MonotonicTime)
            case killing(until: MonotonicTime)
        }
        var phase = Phase.requested
        /// `nil` is what the leader's exit says: it has ended by itself, and what it left behind goes with it.
        var outcome: Outcome?
        var killAfter: Duration

        /// Somebody else asks for the end, too: it comes no later.
        mutating func hasten(_ killAfter: Duration, now: MonotonicTime) {
            self.killAfter = min(self.killAfter, killAfter)
            if case .terminating(let deadline) = phase { phase = .terminating(until: min(deadline, now + killAfter)) }
        }
    }

    /// The service's end is not its own. Whatever is being ended already is.
    var isLeftAlone: Bool { policies.values.onStop == .abandon && teardown == nil }

    let run: RunID
    let number: Int
    let fence: Int64
    let startedAt: WallTime?
    /// Also the number of its session and of its group.
    let process: Int32
    let pidfd: Int32
    let reporter: Reporter
    /// Somebody else's child: it can be watched, not reaped.
    let isAdopted: Bool
    var watch: Watch?
    var pipes: [JobPipe] = []
    /// What is kept of its output; `nil` for an adopted one, whose output is lost.
    var output: RunOutput?
    var hasExited = false
    /// How often its exit status was asked for in vain, and whether it is to be again.
    var statusLooks = 0
    var isStatusAwaited = false
    let policies: JobPolicies
    var group: RunGroup?
    /// Kills for want of memory in our surroundings when it began.
    var memoryKillsBefore: Int64?
    /// Ends it when its `timeout` is over.
    var timeout: TimerToken?
    var teardown: Teardown?
    var bodyFile: BodyFile?
    var environment: EnvironmentBlock?
    /// How it ended, once it is reaped.
    var end: (outcome: Outcome, exit: Int32?, resources: Resources?, at: WallTime)?
    var exitedAt: MonotonicTime?

    init(
        run: RunID, number: Int, fence: Int64, startedAt: WallTime?, process: Int32, pidfd: Int32, reporter: Reporter,
        policies: JobPolicies, isAdopted: Bool
    ) {
        self.run = run
        self.number = number
        self.fence = fence
        self.startedAt = startedAt
        self.process = process
        self.pidfd = pidfd
        self.reporter = reporter
        self.policies = policies
        self.isAdopted = isAdopted
    }
}
