internal import CLinux
internal import CronJobs
internal import LinuxEvents

// The end of a run: its leader has exited. A normally finished run leaves its group alone.
extension ProcessRunner {
    func watchExit(of process: RunningProcess) {
        do {
            process.watch = try loop.watch(process.pidfd, .readable) { [self] _ in exited(process) }
        } catch {
            // No memory for the watch, or a kernel without pidfds: look again now and then. (Another's child always has a pidfd.)
            if !process.isAdopted, !hasNoStatus(process) { return exited(process) }
            loop.after(.milliseconds(200)) { [self] in watchExit(of: process) }
        }
    }

    /// Whether its exit status is not to be had yet: it runs, or has ended and is traced by a process that has not looked at its end.
    private func hasNoStatus(_ process: RunningProcess) -> Bool {
        var info = siginfo_t()
        return waitid(P_PID, id_t(process.process), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_signo != SIGCHLD
    }

    private func exited(_ process: RunningProcess) {
        unwatch(process)
        gatherInBurst()
        process.hasExited = true
        if let timeout = process.timeout { loop.cancel(timeout) }
        process.timeout = nil
        if process.teardown == nil, process.policies.values.linger == .kill, !process.isAdopted {
            tearDown(process, as: nil, killAfter: process.policies.values.killAfter)
        } else if process.teardown == nil {
            finish(process, override: nil)
        } else {
            // Its group may live on: the leader stays a zombie, so that the group's number stays reserved.
            scheduleTeardownRound(after: .zero)
        }
    }

    /// While many wait to be started, many end: each of them makes three descriptors ready, one after the other.
    func gatherInBurst() { if pending.count >= Self.burst { loop.gather() } }

    private static let burst = 16
    /// Five minutes.
    private static let tracedLooks = 1500

    /// A tracer sees an end first, and may keep the status to itself. A run whose outcome follows from it is finished when it
    /// is there; that run lasts longer by it, and no outcome is made up.
    private func waitsForStatus(_ process: RunningProcess) -> Bool {
        guard !process.isAdopted, process.statusLooks < Self.tracedLooks, hasNoStatus(process) else { return false }
        if !process.isStatusAwaited {
            process.isStatusAwaited = true
            process.statusLooks += 1
            loop.after(.milliseconds(200)) { [self] in
                guard processes[process.process] === process else { return }
                process.isStatusAwaited = false
                // The rounds of a teardown come back to it by themselves.
                if process.teardown == nil { finish(process, override: nil) }
            }
        }
        return true
    }

    /// Reaps a leader whose run is over, once its tracer lets go of it. Its number is nobody else's until then.
    private func reapLater(_ leader: pid_t) {
        loop.after(.seconds(1)) { [self] in
            var status: Int32 = 0
            if processes[leader] == nil, wait4(leader, &status, WNOHANG, nil) == 0 { reapLater(leader) }
        }
    }

    /// Reaps the leader; the outcome is what the exit status says, or `override`, and is told once its output is read.
    func finish(_ process: RunningProcess, override: Outcome?) {
        if override == nil, waitsForStatus(process) { return }
        unwatch(process)
        CLinux.close(process.pidfd)
        var outcome = Outcome.unknownAdopted
        var exit: Int32?
        var resources: Resources?
        if !process.isAdopted {
            var status: Int32 = 0
            var usage = rusage()
            switch wait4(process.process, &status, WNOHANG, &usage) {
            case process.process:
                (outcome, exit) = Self.outcome(of: status, process.policies.values.successCodes)
                if override == nil, wasKilledForMemory(process, outcome) { outcome = .failed(.outOfMemory) }
                resources = Resources(userTime: Duration(usage.ru_utime), systemTime: Duration(usage.ru_stime))
            // It has ended, and its tracer has the status.
            case 0:
                outcome = .unknownAdopted
                reapLater(process.process)
            default: outcome = .interrupted
            }
        }
        processes[process.process] = nil
        if let environment = process.environment {
            pastEnvironments.add(environment.user, environment.variables, of: process.run, attempt: process.number)
        }
        if let group = process.group { remove(group) }
        process.bodyFile?.remove()
        process.end = (override ?? outcome, exit, resources, clocks.wall)
        process.exitedAt = clocks.monotonic
        tellWhenRead(process)
        threads.handle(.ended)
    }

    /// Tells the outcome of a run that is over.
    func report(_ process: RunningProcess) {
        guard let end = process.end else { return }
        let tail = process.output?.excerpt.tail(OutputLimit.inRow) ?? []
        if let output = process.output { outputs.ended(output) }
        let finish = Finish(
            run: process.run, attempt: process.number, fence: process.fence, outcome: end.outcome, startedAt: process.startedAt,
            at: end.at, resources: end.resources, tail: tail, exit: end.exit)
        report(.finished(finish), to: process.reporter)
    }

    private func unwatch(_ process: RunningProcess) {
        if let watch = process.watch { loop.unwatch(watch) }
        process.watch = nil
    }

    private static func outcome(of status: Int32, _ successes: ExitCodes) -> (outcome: Outcome, exit: Int32?) {
        let signal = status & 0x7f
        if signal != 0 { return (.failed(.signal(signal)), nil) }
        let code = status >> 8 & 0xff
        return (successes.contains(code) ? .succeeded : .failed(.exit(code)), code)
    }
}

extension Duration {
    fileprivate init(_ time: timeval) { self = .seconds(Int64(time.tv_sec)) + .microseconds(Int64(time.tv_usec)) }
}
