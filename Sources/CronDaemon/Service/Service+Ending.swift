internal import CronJobs
internal import CronProcesses
internal import CronEngine
internal import CronRabbitMQ
internal import Glibc
internal import LinuxEvents

// What signals mean to the service, and how it ends. Those that are not named here keep the kernel's meaning: job control, and faults of the
// program.
//
//     TERM, INT, QUIT ─▶ nothing new starts ─▶ jobs have their patience ─▶ what outlived them ─▶ last events, outcomes, output ─▶ ended
//                             │ a second signal: jobs are killed, nothing is waited for

/// How far the end has come.
struct Ending {
    private var askedAt: MonotonicTime?
    private var waiting: CheckedContinuation<Void, Never>?
    /// A second signal came: nothing is waited for any more.
    private(set) var isHurried = false

    var isAsked: Bool { askedAt != nil }

    /// False where it was asked for already: then it hurries.
    mutating func ask(at now: MonotonicTime) -> Bool {
        guard askedAt == nil else {
            isHurried = true
            return false
        }
        askedAt = now
        waiting?.resume()
        waiting = nil
        return true
    }

    /// Whoever waits goes on once it is asked for.
    mutating func wait(_ continuation: CheckedContinuation<Void, Never>) {
        if isAsked { continuation.resume() } else { waiting = continuation }
    }

    /// How long what outlived its job is waited for: up to 2 s, within 9 s of the first signal with what is to be done after it.
    func limit(ofWaitingAt now: MonotonicTime) -> MonotonicTime {
        let used = askedAt.map { now - $0 } ?? .zero
        return now + min(max(.milliseconds(8500) - used, .milliseconds(250)), .seconds(2))
    }
}

extension Service {
    func watchSignals(hasInit: Bool) throws {
        signal(SIGPIPE, SIG_IGN)
        // In a container there is no shell that could let us go on again.
        let jobControl = hasInit ? [SIGTSTP, SIGTTIN, SIGTTOU] : []
        signals = try SignalWatch(loop: loop, signals: ServiceSignal.taken + jobControl) { [unowned self] received in
            assumeIsolated { $0.take(received) }
        }
    }

    func take(_ received: ReceivedSignal) {
        switch ServiceSignal.meaning(of: received) {
        case .stop: requestStop(received)
        case .reload: look(force: true)
        case .childEnded: reaper?.childEnded()
        case .windowResized: log.debug("the terminal was resized")
        case .nothing:
            log.warning(
                "a signal that means nothing here was ignored", .text("signal", received.name), .number("from", Int64(received.sender)))
        }
    }

    func requestStop(_ received: ReceivedSignal) {
        if store == nil {
            log.info("stopping before anything began", .text("signal", received.name))
            return abandon()
        }
        guard ending.ask(at: clocks.monotonic) else {
            log.warning("a second signal: running jobs are ended now", .text("signal", received.name))
            Task(executorPreference: loop) { [runner, configuration] in
                await runner?.stop(patience: .zero, killAfter: configuration.killAfter)
            }
            return
        }
        log.info(
            "stopping: nothing new is started", .text("signal", received.name), .number("drain_ms", configuration.drain.wholeMilliseconds)
        )
        if !isOpen { abandonLater() }
    }

    /// The start itself may be waiting for a file system that never answers: then there is nothing to drain.
    private func abandonLater() {
        let isHungUp = pathAnswers.isWaiting
        loop.after(isHungUp ? .seconds(1) : configuration.drain + configuration.killAfter) { [unowned self] in
            assumeIsolated { service in
                guard !service.isOpen else { return }
                service.log.warning("the start did not finish in time; giving up")
                service.abandon()
            }
        }
    }

    // MARK: Ending

    func drain() async {
        watcher?.stop()
        events.publish(ControlEvent(.ending, at: clocks.wall))
        await worker?.stop()
        await scheduler?.stop()
        await runner?.stop(patience: configuration.drain, killAfter: configuration.killAfter)
        if hasInit, LeftBehind.askToEnd() { await waitForLeftBehind() }
        if feeds.events != nil || feeds.hooks != nil { await scheduler?.settle() }
        await finishFeed()
        await runner?.close()
        await deadLetters?.close()
    }

    /// A second signal skips it.
    private func waitForLeftBehind() async {
        let end = ending.limit(ofWaitingAt: clocks.monotonic)
        var remain = true
        // Once more after the last has gone: what it wrote is in its pipe.
        while remain, clocks.monotonic < end, !ending.isHurried {
            remain = LeftBehind.remain
            await wait(.milliseconds(10))
        }
    }

    /// Listeners get what they have not taken yet, the end included, if they take it at once.
    private func sayLastEvents() async {
        events.close()
        for _ in 0..<10 {
            guard await conversations.hasFeeds else { return }
            await wait(.milliseconds(10))
        }
    }

    /// What runs that ended with us have written, if the store takes it at once.
    private func storeLastOutput() async {
        let limit = clocks.monotonic + .milliseconds(500)
        while outputKeeper?.isBusy == true, clocks.monotonic < limit, !ending.isHurried {
            await wait(.milliseconds(10))
        }
    }

    func end() async {
        if let housekeeping { loop.cancel(housekeeping) }
        if let leaseTimer { loop.cancel(leaseTimer) }
        watcher?.stop()
        await sayLastEvents()
        await conversations.close()
        await scheduler?.settle()
        await storeLastOutput()
        await worker?.close()
        await store?.ledger.close(now: clocks.wall)
        log.info("ended")
    }

    func wait(_ length: Duration) async {
        await withCheckedContinuation { continuation in _ = loop.after(length) { continuation.resume() } }
    }
}
