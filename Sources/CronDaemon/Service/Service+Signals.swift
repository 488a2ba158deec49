internal import CronJobs
internal import CronProcesses
internal import Glibc
internal import LinuxEvents

// What signals mean to the service. Those that are not named here keep the kernel's meaning: job control, and faults of the program.
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
        if stopping {
            log.warning("a second signal: running jobs are ended now", .text("signal", received.name))
            isHurried = true
            Task(executorPreference: loop) { [runner, configuration] in
                await runner?.stop(patience: .zero, killAfter: configuration.killAfter)
            }
            return
        }
        stopping = true
        stoppedAt = clocks.monotonic
        log.info(
            "stopping: nothing new is started", .text("signal", received.name), .number("drain_ms", configuration.drain.wholeMilliseconds)
        )
        stopped?.resume()
        stopped = nil
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
}
