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
        var outcome: Outcome
        var killAfter: Duration
    }

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
    var tail = OutputTail()
    var hasExited = false
    /// From TERM to KILL, where whoever ends it says nothing else.
    var killAfter = JobPolicies.standard.values.killAfter
    var teardown: Teardown?
    var bodyFile: BodyFile?
    /// How it ended, once it is reaped.
    var end: (outcome: Outcome, resources: Resources?, at: WallTime)?
    var exitedAt: MonotonicTime?

    init(
        run: RunID, number: Int, fence: Int64, startedAt: WallTime?, process: Int32, pidfd: Int32, reporter: Reporter, isAdopted: Bool
    ) {
        self.run = run
        self.number = number
        self.fence = fence
        self.startedAt = startedAt
        self.process = process
        self.pidfd = pidfd
        self.reporter = reporter
        self.isAdopted = isAdopted
    }
}
