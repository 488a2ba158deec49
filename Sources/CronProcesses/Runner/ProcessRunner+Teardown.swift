internal import CLinux
public import CronJobs
internal import LinuxEvents

// Ending runs by force, whole groups at a time.
//
// A leader that dies on TERM may leave a grandchild that ignores it, so the end of the leader is not the end. And kill(-group) goes on
// succeeding as long as the leader is a zombie, so its success tells nothing either. Hence rounds, at 10, 50, 200 ms and every 200 ms after:
// one pass over /proc, made less often where it takes long, finds the live members of all groups concerned; a run without any, whose leader has exited, is reaped and finished.
// Members are found by session as well, because a shell with job control puts its children into groups of their own.
//
//     requested ──TERM──▶ terminating ──killAfter──KILL──▶ killing ──2 s──▶ given up: finished as soon as the leader has exited
extension ProcessRunner {
    /// Ends runs: one that waits does not start; a running one gets TERM, and KILL `killAfter` later, with all its group.
    @discardableResult
    public func cancel(_ runs: Set<RunID>, as ending: RunEnding, killAfter: Duration? = nil) -> Set<RunID> {
        var found: Set<RunID> = []
        _ = threads.withdraw { runs.contains($0.run) }
        for (number, pending) in pending where runs.contains(pending.attempt.run) {
            found.insert(pending.attempt.run)
            if threads.isFlying(number) {
                self.pending[number]?.end(as: ending.outcome, killAfter: killAfter)
                threads.handle(.unwanted(number))
            } else {
                finish(number, ending.outcome)
            }
        }
        for process in processes.values where runs.contains(process.run) {
            tearDown(process, as: ending.outcome, killAfter: killAfter ?? process.policies.values.killAfter)
            found.insert(process.run)
        }
        return found
    }

    /// Whoever asks first says what it ends as; who asks later can only hasten the end.
    func tearDown(_ process: RunningProcess, as outcome: Outcome?, killAfter: Duration) {
        guard process.teardown == nil else {
            process.teardown?.hasten(killAfter, now: clocks.monotonic)
            // Only its own status was waited for: whoever wants it ended waits for none.
            if process.statusLooks > 0, process.teardown?.outcome == nil { process.teardown?.outcome = outcome }
            return
        }
        process.teardown = RunningProcess.Teardown(outcome: outcome, killAfter: killAfter)
        teardownRound = 0
        scheduleTeardownRound(after: .zero)
    }

    /// Ends a run when its `timeout` is over, `lasted` being what it has run for.
    func limitTime(of process: RunningProcess, lasted: Duration) {
        guard let timeout = process.policies.values.timeout else { return }
        process.timeout = loop.after(max(.zero, timeout - lasted)) { [self] in
            process.timeout = nil
            tearDown(process, as: .timedOut, killAfter: process.policies.values.killAfter)
        }
    }

    func scheduleTeardownRound(after wait: Duration) {
        if let teardownTimer { loop.cancel(teardownTimer) }
        teardownTimer = loop.after(wait) { [self] in
            teardownTimer = nil
            runTeardownRound()
        }
    }

    /// Where others run thousands of processes a pass is long: it is made less often, but once a second.
    private static let restAfterPass = 20

    private func runTeardownRound() {
        let concerned = processes.values.filter { $0.teardown != nil }
        guard !concerned.isEmpty else { return }
        let began = clocks.monotonic
        let members = ProcessTable.members(of: Set(concerned.map(\.process)))
        let now = clocks.monotonic
        for process in concerned { advance(process, live: members.map { everyone(in: process, $0[process.process] ?? []) }, now) }
        let waits = [10, 50, 200]
        let left = processes.values.lazy.filter { $0.teardown != nil }
        guard !left.isEmpty else { return }
        let wait = Duration.milliseconds(waits[min(teardownRound, waits.count - 1)])
        scheduleTeardownRound(after: max(wait, min((now - began) * Self.restAfterPass, .seconds(1))))
        teardownRound += 1
    }

    /// Those of its groups and session, and where it has a control group of its own, those that left them, too.
    private func everyone(in process: RunningProcess, _ known: [ProcessTable.Member]) -> [ProcessTable.Member] {
        guard let group = process.group else { return known }
        let others = Set(group.members).subtracting(known.map(\.process)).subtracting([process.process])
        return known + others.map { ProcessTable.Member(process: $0, group: 0) }
    }

    /// `live` is `nil` where nobody can say: then only the clock and the leader's exit count.
    private func advance(_ process: RunningProcess, live: [ProcessTable.Member]?, _ now: MonotonicTime) {
        guard var teardown = process.teardown else { return }
        var live = live
        if process.isAdopted, process.hasExited {
            // The number of an adopted leader that was reaped elsewhere may be a stranger's by now: then somebody has it.
            let isTaken = ProcessTable.stat(of: process.process)?.isLive ?? false
            live = isTaken ? [] : live ?? []
        }
        if process.hasExited, live?.isEmpty == true { return finish(process, override: teardown.outcome) }
        switch teardown.phase {
        case .requested:
            signal(process, live ?? [], SIGTERM)
            teardown.phase = .terminating(until: now + teardown.killAfter)
        case .terminating(let deadline):
            guard now >= deadline else { return }
            signal(process, live ?? [], SIGKILL)
            teardown.phase = .killing(until: now + .seconds(2))
            teardownRound = 0
        case .killing(let deadline):
            if process.hasExited, now >= deadline || live == nil { return finish(process, override: teardown.outcome) }
            signal(process, live ?? [], SIGKILL)
        }
        process.teardown = teardown
    }

    /// To the leader's group at once, and to every other group of its session.
    private func signal(_ process: RunningProcess, _ live: [ProcessTable.Member], _ number: Int32) {
        if process.isAdopted, process.hasExited {
            for member in live { kill(member.process, number) }
            return
        }
        kill(-process.process, number)
        if number == SIGKILL { process.group?.killAll() }
        for member in live where member.group == 0 { kill(member.process, number) }
        for group in Set(live.map(\.group)) where group != process.process && group > 1 { kill(-group, number) }
    }
}
