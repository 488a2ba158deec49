internal import CLinux
internal import CronJobs
internal import LinuxEvents

// Attempts on their way to a process: to the launcher threads and back, and again later what failed for want of resources.
//
//     submit ──▶ launcher threads ──▶ supervise
//        ▲              ├── its gate has closed: the store is asked ──┐
//        │              ├── no user of that name: looked up again ────┤
//        │              └── short of something: a while later ────────┤
//        └────────────────────────── delayed ◀────────────────────────┘
extension ProcessRunner {
    /// Hands attempts to the launcher threads, oldest first.
    func submit(_ numbers: [UInt64]) {
        var starts: [(LaunchTicket, LaunchOrder)] = []
        for number in numbers {
            guard let pending = pending[number], let user = user(for: number, pending) else { continue }
            let attempt = pending.attempt
            guard let command = attempt.job.command else {
                finish(number, .launchFailed(stage: "action"), reason: "this is no command: \(attempt.job.action)")
                continue
            }
            self.pending[number]?.memoryKillsBefore = recentMemoryKills()
            let ticket = LaunchTicket(
                number: number, lane: launcher.mustSwitch(to: user) ? .user(user.uid) : .own, run: attempt.run,
                deadline: attempt.startDeadline, gate: attempt.gate)
            do {
                starts.append((ticket, try LaunchOrder(attempt, command, as: user, block(for: user, command.variables))))
            } catch {
                failed(number, error)
            }
        }
        threads.submit(starts)
        scheduleLook()
    }

    private func block(for user: User, _ variables: Variables) -> EnvironmentBlock {
        environments.block(
            container: options.containerEnvironment, user: user, variables: variables, foreign: user.uid != options.ownUser.uid)
    }

    // MARK: What the threads tell

    func takeNews() {
        let (news, isMore) = threads.takeNews(options.launchesPerTurn)
        for item in news {
            switch item {
            case .returned(let number, .success(let launched), let at): started(number, launched, at)
            case .returned(let number, .failure(let failure), _): failed(number, failure)
            case .effect(.ask(let number)): ask(number)
            case .effect(.refuse(let number)):
                finish(number, .launchFailed(stage: "stalled"), reason: "earlier starts hang and could not be killed")
            case .effect(.overdue(let number, let isStalled)): finishOverdue(number, isStalled: isStalled)
            case .effect(.giveUp(let number, let cause)): giveUp(number, cause)
            case .effect(.makeThread): threads.makeThread()
            case .effect: break
            }
        }
        if isMore { loop.nextTurn { [self] in takeNews() } }
        scheduleLook()
        resumeIfIdle()
    }

    private func started(_ number: UInt64, _ launched: Launched, _ at: WallTime) {
        // Whoever gives a start up has it killed and reaped by its thread, so what comes back as started is still wanted by somebody.
        guard let pending = pending.removeValue(forKey: number) else { return }
        if launched.directoryError != 0 {
            let reason = SystemError.text(of: launched.directoryError)
            let user = pending.user ?? options.ownUser
            tellOnce(
                .homeUnavailable(
                    directory: block(for: user, pending.attempt.job.command?.variables ?? .none).home, user: user.name, reason: reason))
        }
        supervise(pending, launched, at)
    }

    /// Ends a start that hangs, by force. One that has just come back is dealt with when its result is.
    func giveUp(_ number: UInt64, _ cause: LaunchPool.Cause) {
        guard threads.giveUp(number) else { return }
        let isEnding = isStopping || pending[number]?.ending != nil
        let reason =
            switch cause {
            case .stopped: "its process was stopped before it reached its program, and was killed"
            case .unanswered: "the program, HOME, cwd or SHELL is on a file system that does not answer"
            case .unwanted: "it hung before it reached its program"
            }
        finish(number, isEnding ? .cancelled : .launchFailed(stage: "stalled"), reason: reason)
    }

    // MARK: What is in the way

    /// Ends an attempt that has no process.
    func finish(_ number: UInt64, _ outcome: Outcome, reason: String? = nil) {
        guard let pending = pending.removeValue(forKey: number) else { return }
        finish(pending, pending.ending?.outcome ?? outcome, reason: reason)
    }

    private func finishOverdue(_ number: UInt64, isStalled: Bool) {
        if isStalled {
            return finish(number, .launchFailed(stage: "stalled"), reason: "an earlier start hung until the grace of this one was over")
        }
        let failure = pending[number]?.failure
        finish(number, failure.map { .launchFailed(stage: $0.stage) } ?? .skipped(.load), reason: failure?.reason)
    }

    /// Asks whether an attempt that waited too long is still ours; where nobody can tell, again a second later, up to its deadline.
    private func ask(_ number: UInt64) {
        guard let attempt = delay(number)?.attempt, let gate = attempt.gate else { return }
        let start = Start(run: attempt.run, attempt: attempt.number, fence: attempt.fence, at: clocks.wall, process: nil)
        Task(executorPreference: loop) { await self.answered(number, await gate.mayStart(start)) }
    }

    private func answered(_ number: UInt64, _ mayStart: Bool?) {
        switch mayStart {
        case nil: loop.after(.seconds(1)) { [self] in release(number) }
        case true?:
            pending[number]?.attempt.gate = nil
            release(number)
        case false?: finish(number, .interrupted)
        }
    }

    /// Whom it runs as; `nil` when the attempt has been dealt with.
    private func user(for number: UInt64, _ attempt: PendingAttempt) -> User? {
        guard let name = attempt.attempt.job.command?.user, name != options.ownUser.name else { return own() }
        guard options.canSwitchUser else {
            tellOnce(.userIgnored(name: name))
            return own()
        }
        if case .known(let user) = users.entry(name) {
            pending[number]?.user = user
            return user
        }
        lookUp(name, for: number)
        return nil
    }

    /// The service's own user, numbers and groups as the process has them, with the home that the database has now.
    private func own() -> User {
        let own = options.ownUser
        guard case .known(let entry) = users.entry(own.name), entry.uid == own.uid else { return ownNow ?? own }
        if entry.home != (ownNow ?? own).home {
            ownNow = User(name: own.name, uid: own.uid, gid: own.gid, groups: own.groups, home: entry.home)
        }
        return ownNow ?? own
    }

    /// There may be such a user by now. One question at a time for each name, however many ask.
    private func lookUp(_ name: String, for number: UInt64) {
        delay(number)
        lookingUp[name, default: []].append(number)
        guard lookingUp[name]?.count == 1 else { return }
        Task(executorPreference: loop) {
            await self.users.resolve([name])
            await self.lookedUp(name)
        }
    }

    private func lookedUp(_ name: String) {
        let numbers = lookingUp.removeValue(forKey: name) ?? []
        switch users.entry(name) {
        case .known: release(numbers)
        case .unknown: for number in numbers { finish(number, .launchFailed(stage: "user"), reason: "there is no user \(name)") }
        case .unresolved:
            for number in numbers { finish(number, .launchFailed(stage: "user"), reason: "user \(name) cannot be looked up now") }
        }
    }

    private func failed(_ number: UInt64, _ failure: LaunchFailure) {
        pending[number]?.failure = failure
        pending[number]?.tries += 1
        guard let tries = pending[number]?.tries else { return }
        guard failure.isPassing, pending[number]?.ending == nil, !isStopping else {
            return finish(number, isStopping ? .cancelled : .launchFailed(stage: failure.stage), reason: failure.reason)
        }
        noteShortage(failure)
        let wait = Duration.milliseconds(min(50 << min(tries - 1, 6), 2000))
        if failure.concernsAll, !launchesArePaused {
            launchesArePaused = true
            threads.handle(.paused(true))
            loop.after(wait) { [self] in
                launchesArePaused = false
                threads.handle(.paused(false))
            }
        }
        delay(number)
        loop.after(wait) { [self] in release(number) }
    }

    @discardableResult
    private func delay(_ number: UInt64) -> PendingAttempt? {
        guard let attempt = pending[number] else { return nil }
        delayed.insert(number)
        return attempt
    }

    private func release(_ number: UInt64) { release([number]) }

    private func release(_ numbers: [UInt64]) {
        submit(numbers.filter { delayed.remove($0) != nil && pending[$0] != nil })
    }

    // MARK: The watchdog

    /// Sees to it that the watchdog looks in time, as long as there is something to look after.
    func scheduleLook() {
        var wait = threads.nextLook
        if wait == nil, !delayed.isEmpty { wait = .seconds(1) }
        guard let wait else { return }
        let moment = clocks.monotonic + wait
        if let next = nextLook, next.moment <= moment { return }
        if let next = nextLook { loop.cancel(next.timer) }
        let timer = loop.after(wait) { [self] in
            nextLook = nil
            threads.look()
            dropOverdueDelayed()
            scheduleLook()
        }
        nextLook = (moment, timer)
    }

    /// A question that nobody answers keeps no attempt beyond its grace.
    private func dropOverdueDelayed() {
        let now = clocks.wall
        for number in delayed {
            guard let attempt = pending[number]?.attempt else {
                delayed.remove(number)
                continue
            }
            guard let deadline = attempt.startDeadline, deadline < now else { continue }
            finishOverdue(number, isStalled: false)
        }
    }

    private func supervise(_ pending: PendingAttempt, _ launched: Launched, _ at: WallTime) {
        let attempt = pending.attempt
        let process = RunningProcess(
            run: attempt.run, number: attempt.number, fence: attempt.fence, startedAt: at, process: launched.process,
            pidfd: launched.pidfd, reporter: pending.reporter, policies: attempt.job.policies, isAdopted: false)
        process.bodyFile = launched.bodyFile
        process.group = launched.group
        process.memoryKillsBefore = pending.memoryKillsBefore
        processes[launched.process] = process
        let mode = attempt.job.policies.values.log
        let environment = block(for: pending.user ?? own(), attempt.job.command?.variables ?? .none)
        process.environment = environment
        let output = outputs.open(
            attempt.run, attempt: attempt.number, keeping: attempt.job.policies.values.logKeep ?? options.outputKept)
        process.output = output
        for (stream, descriptor) in [(OutputStream.stdout, launched.output), (.stderr, launched.error)] {
            let pipe = JobPipe(descriptor: descriptor, run: attempt.run, stream: stream, mode: mode, mask: environment.mask, kept: output)
            process.pipes.append(pipe)
            watch(pipe)
        }
        watchExit(of: process)
        limitTime(of: process, lasted: .zero)
        noteLaunch()
        let identity = launched.startTicks.map { ProcessIdentity(pid: launched.process, startTicks: $0) }
        report(
            .started(Start(run: attempt.run, attempt: attempt.number, fence: attempt.fence, at: at, process: identity)),
            to: pending.reporter)
        if let ending = pending.ending {
            tearDown(process, as: ending.outcome, killAfter: ending.killAfter ?? process.policies.values.killAfter)
        } else if isTearingDown && !process.isLeftAlone || isStopping && attempt.job.policies.values.onStop == .cancel {
            tearDown(process, as: .cancelled, killAfter: stopKillAfter)
        }
    }
}
