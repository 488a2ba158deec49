internal import CLinux
internal import CronJobs
internal import LinuxEvents

// The end of the service: nothing new starts, what runs may finish for a while, then it is torn down. A job's `on-stop` says otherwise: it is torn
// down at once, or left alone. What is left alone is watched as long as something else is waited for; its row stays open, and the next life finds
// it there.
extension ProcessRunner {
    /// Starts nothing any more, waits for running processes up to `patience`, then sends TERM to their groups and KILL after `killAfter`.
    /// Returns when all have ended and every outcome has been reported. What processes left behind write is read until `close`.
    public func stop(patience: Duration, killAfter: Duration = .seconds(2)) async {
        isStopping = true
        stopKillAfter = killAfter
        cancelQueued()
        threads.handle(.stopping)
        if let stopTimer { loop.cancel(stopTimer) }
        if patience <= .zero {
            tearAllDown()
        } else {
            for process in processes.values where process.policies.values.onStop == .cancel {
                tearDown(process, as: .cancelled, killAfter: killAfter)
            }
            stopTimer = loop.after(patience) { [self] in tearAllDown() }
        }
        await withCheckedContinuation { continuation in
            idleWaiters.append(continuation)
            resumeIfIdle()
        }
    }

    public func close() {
        for pipe in latePipes { close(pipe) }
        for process in processes.values { abandon(process) }
    }

    func resumeIfIdle() {
        let isIdle = pending.isEmpty && processes.values.allSatisfy(\.isLeftAlone)
        guard isStopping, isIdle, endings.isEmpty, reports.isEmpty, !reports.isDelivering else { return }
        if let stopTimer { loop.cancel(stopTimer) }
        stopTimer = nil
        let waiters = idleWaiters
        idleWaiters.removeAll()
        for waiter in waiters { waiter.resume() }
    }

    /// Takes back what has not been started; what is with a thread comes back by itself, or hangs and is given up.
    private func cancelQueued() {
        let queued = Set(threads.withdraw { _ in true })
        for number in pending.keys.sorted() where delayed.contains(number) || queued.contains(number) { finish(number, .cancelled) }
    }

    /// Lets go of a process that goes on without us.
    private func abandon(_ process: RunningProcess) {
        if let watch = process.watch { loop.unwatch(watch) }
        if let timeout = process.timeout { loop.cancel(timeout) }
        processes[process.process] = nil
        CLinux.close(process.pidfd)
        for pipe in process.pipes { close(pipe) }
    }

    private func tearAllDown() {
        if let stopTimer { loop.cancel(stopTimer) }
        stopTimer = nil
        isTearingDown = true
        for number in Array(pending.keys) { giveUp(number, .unwanted) }
        for process in processes.values where !process.isLeftAlone { tearDown(process, as: .cancelled, killAfter: stopKillAfter) }
    }
}
