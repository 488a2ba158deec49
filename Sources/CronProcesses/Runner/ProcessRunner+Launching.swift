internal import CLinux
internal import CronJobs
internal import LinuxEvents

// Starting what waits: a bounded number a turn, up to the limit of runs at once, and again later what failed for want of resources.
extension ProcessRunner {
    /// Starts a turn's worth now and the rest in the turns that follow.
    func launchWaiting() {
        guard !launchIsScheduled else { return }
        var left = options.launchesPerTurn
        while !waiting.isEmpty {
            guard mayLaunch() else { return }
            if left == 0 { return scheduleLaunch() }
            left -= 1
            if let pending = waiting.popFirst() { launch(pending) }
        }
    }

    private func scheduleLaunch() {
        launchIsScheduled = true
        loop.nextTurn { [self] in
            launchIsScheduled = false
            launchWaiting()
        }
    }

    /// Whether there is room and no pause; sees to it that the wait does not outlast a deadline.
    private func mayLaunch() -> Bool {
        if launchesPausedUntil == nil, processes.count < options.maximumRunning { return true }
        if deadlineTimer == nil, let deadline = waiting.earliestDeadline {
            // A millisecond more: a deadline is the last moment to start, not the first too late.
            let wait = min(max(deadline - clocks.wall, .zero) + .milliseconds(1), .seconds(1))
            deadlineTimer = loop.after(wait) { [self] in
                deadlineTimer = nil
                dropOverdue()
                launchWaiting()
            }
        }
        return false
    }

    private func dropOverdue() {
        let now = clocks.wall
        for pending in waiting.remove(where: { $0.startDeadline.map { $0 < now } ?? false }) { finishOverdue(pending) }
    }

    private func finishOverdue(_ pending: PendingAttempt) {
        finish(pending, pending.failure.map { .launchFailed(stage: $0.stage) } ?? .skipped(.load), reason: pending.failure?.reason)
    }

    private func launch(_ pending: PendingAttempt) {
        let attempt = pending.attempt
        let now = clocks.wall
        if let deadline = attempt.startDeadline, deadline < now { return finishOverdue(pending) }
        if let gate = attempt.gate, !gate.isOpen(at: clocks.monotonic) { return ask(gate, pending, now) }
        guard let user = user(for: pending) else { return }
        let block = launcher.block(for: user, attempt.job.command.variables)
        let lateness = max(0, (now - WallTime(attempt.dueAt)).wholeMilliseconds)
        do {
            let launched = try launcher.launch(attempt, as: user, block: block, lateness: lateness)
            if launched.directoryError != 0 {
                let reason = SystemError.text(of: launched.directoryError)
                tellOnce(.homeUnavailable(directory: block.home, user: user.name, reason: reason))
            }
            supervise(pending, launched, now)
        } catch {
            failed(pending, error)
        }
    }

    /// Asks whether an attempt that waited too long is still ours; where nobody can tell, again a second later, up to its deadline.
    private func ask(_ gate: StartGate, _ pending: PendingAttempt, _ now: WallTime) {
        let attempt = pending.attempt
        let number = delay(pending)
        Task(executorPreference: loop) {
            let start = Start(run: attempt.run, attempt: attempt.number, fence: attempt.fence, at: now, process: nil)
            await self.answered(number, await gate.mayStart(start))
        }
    }

    private func answered(_ number: UInt64, _ mayStart: Bool?) {
        switch mayStart {
        case nil: loop.after(.seconds(1)) { [self] in release(number) }
        case true?:
            delayed[number]?.attempt.gate = nil
            release(number)
        case false?:
            if let pending = delayed.removeValue(forKey: number) { finish(pending, .interrupted) }
        }
    }

    /// Whom it runs as; `nil` when the attempt has been dealt with.
    private func user(for pending: PendingAttempt) -> User? {
        guard let name = pending.attempt.job.command.user, name != options.ownUser.name else { return options.ownUser }
        guard options.canSwitchUser else {
            tellOnce(.userIgnored(name: name))
            return options.ownUser
        }
        switch users.entry(name) {
        case .known(let user): return user
        case .unknown:
            finish(pending, .launchFailed(stage: "user"), reason: "there is no user \(name)")
            return nil
        case .unresolved:
            // The table's users are looked up when it is loaded; this is the rare attempt that comes before the answer.
            let number = delay(pending)
            Task(executorPreference: loop) {
                await self.users.resolve([name])
                let isAnswered = if case .unresolved = self.users.entry(name) { false } else { true }
                await self.release(number, userFailure: isAnswered ? nil : "user \(name) cannot be looked up now")
            }
            return nil
        }
    }

    private func failed(_ pending: PendingAttempt, _ failure: LaunchFailure) {
        var pending = pending
        pending.failure = failure
        pending.tries += 1
        guard failure.isPassing else { return finish(pending, .launchFailed(stage: failure.stage), reason: failure.reason) }
        noteShortage(failure)
        let wait = Duration.milliseconds(min(50 << min(pending.tries - 1, 6), 2000))
        if failure.concernsAll, launchesPausedUntil == nil {
            launchesPausedUntil = clocks.monotonic + wait
            loop.after(wait) { [self] in
                launchesPausedUntil = nil
                launchWaiting()
            }
        }
        let number = delay(pending)
        loop.after(wait) { [self] in release(number) }
    }

    private func delay(_ pending: PendingAttempt) -> UInt64 {
        lastDelay += 1
        delayed[lastDelay] = pending
        return lastDelay
    }

    private func release(_ number: UInt64, userFailure reason: String? = nil) {
        guard let pending = delayed.removeValue(forKey: number) else { return }
        if let reason { return finish(pending, .launchFailed(stage: "user"), reason: reason) }
        waiting.append(pending)
        launchWaiting()
    }

    private func supervise(_ pending: PendingAttempt, _ launched: Launched, _ now: WallTime) {
        let attempt = pending.attempt
        let process = RunningProcess(
            run: attempt.run, number: attempt.number, fence: attempt.fence, startedAt: now, process: launched.process,
            pidfd: launched.pidfd, reporter: pending.reporter, isAdopted: false)
        process.bodyFile = launched.bodyFile
        processes[launched.process] = process
        let mode = attempt.job.settings.values.log
        for (stream, descriptor) in [(OutputStream.stdout, launched.output), (.stderr, launched.error)] {
            let pipe = JobPipe(descriptor: descriptor, run: attempt.run, stream: stream, mode: mode, tail: process.tail)
            process.pipes.append(pipe)
            watch(pipe)
        }
        watchExit(of: process)
        noteLaunch()
        let identity = ProcessTable.identity(of: launched.process)
        report(
            .started(Start(run: attempt.run, attempt: attempt.number, fence: attempt.fence, at: now, process: identity)),
            to: pending.reporter)
    }
}
