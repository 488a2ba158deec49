internal import CLinux
public import LinuxEvents

// Orphans of a service that has no init above it.
//
// A subreaper becomes the parent of every grandchild whose parent has died, and must reap it. Waiting for "any child" would take the exit codes
// of runs away from the runner; so the children are listed and only those that are no run's leader are waited for, one by one, at most once a
// second, since nobody waits for an orphan's exit code.

/// Reaps children that are not the runner's. Lives on the event loop.
public actor OrphanReaper {
    private let loop: EventLoop
    private let runner: ProcessRunner
    private var isScheduled = false
    /// Not before this moment, in nanoseconds since boot.
    private var nextSweep: Int64 = 0

    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    public init(loop: EventLoop, runner: ProcessRunner) {
        self.loop = loop
        self.runner = runner
    }

    /// Makes this process the parent of orphans below it.
    public static func becomeSubreaper() -> Bool { cl_set_child_subreaper() == 0 }

    /// Says that a child has ended: to be called for every SIGCHLD, on the loop or not.
    public nonisolated func childEnded() {
        if loop.isCurrent {
            assumeIsolated { $0.schedule() }
        } else {
            loop.perform { self.assumeIsolated { $0.schedule() } }
        }
    }

    private func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        let wait = max(0, nextSweep - SystemClocks.bootNanoseconds())
        loop.after(.nanoseconds(wait)) { [self] in
            isScheduled = false
            nextSweep = SystemClocks.bootNanoseconds() + 1_000_000_000
            sweep()
        }
    }

    private func sweep() {
        let runner = runner
        for child in ProcessTable.children() where child > 1 {
            let isRun = runner.assumeIsolated { $0.owns(child) }
            if isRun { continue }
            var info = siginfo_t()
            waitid(P_PID, id_t(child), &info, WEXITED | WNOHANG)
        }
    }
}
