internal import CLinux
internal import CronJobs
internal import LinuxEvents

// Output of jobs: from their pipes to the sink, as long as it takes any.
//
// A pipe that is ready only gets a place in a queue. Once a turn the loop visits the pipes of the queue, one after another and a little of
// each, until the turn's budget is spent; those that are left leave epoll until they have been emptied, so that their readiness is not told
// again and again.
//
//     idle ──readable──▶ queued ──visit──▶ drained: idle │ more: queued again │ ended: closed
//       ▲                   └──sink congested──▶ paused ──drained──▶ queued
//
// An outcome is told after the output that its run had written: what was in the pipes when the leader exited, but for at most a second.
extension ProcessRunner {
    private static let longestWaitForOutput = Duration.seconds(1)

    func watch(_ pipe: JobPipe) {
        pipe.watch = try? loop.watch(pipe.descriptor, .readable) { [self] _ in queue(pipe) }
        // Out of memory in the kernel: what the job wrote is still read once, at its end.
    }

    private func queue(_ pipe: JobPipe) {
        guard !pipe.isClosed, !pipe.isPaused else { return }
        readyPipes.append(pipe)
        scheduleVisits()
    }

    private func scheduleVisits() {
        guard !visitsAreScheduled else { return }
        visitsAreScheduled = true
        loop.nextTurn { [self] in
            visitsAreScheduled = false
            visitPipes()
        }
    }

    private func visitPipes() {
        var budget = OutputBudget(now: clocks.monotonic)
        while let pipe = readyPipes.popFirst() {
            guard !pipe.isClosed else { continue }
            if sink.isCongested {
                pause(pipe)
                continue
            }
            let visit = pipe.visit(readBuffer.bytes, sink: sink)
            switch visit.result {
            case .more: readyPipes.append(pipe)
            case .drained: drained(pipe)
            case .ended: close(pipe)
            }
            if !budget.spend(bytes: visit.bytes, lines: visit.lines, now: clocks.monotonic) { break }
        }
        guard !readyPipes.isEmpty else { return }
        readyPipes.forEach { if let watch = $0.watch { loop.setInterest(watch, []) } }
        scheduleVisits()
    }

    private func drained(_ pipe: JobPipe) {
        if let watch = pipe.watch { loop.setInterest(watch, .readable) }
        isRead(pipe)
        if pipe.holdsBytes { queue(pipe) }
    }

    /// Hands on what a leader that has exited left, then tells its outcome. While the sink is congested it stays where it is and comes late.
    func tellWhenRead(_ process: RunningProcess) {
        endings[ObjectIdentifier(process)] = process
        for pipe in process.pipes where !pipe.isClosed && !pipe.isPaused && !sink.isCongested {
            pipe.beAwaited(by: process)
            queue(pipe)
        }
        tellIfRead(process)
        guard !endings.isEmpty, endingTimer == nil else { return }
        endingTimer = loop.after(Self.longestWaitForOutput) { [self] in
            endingTimer = nil
            tellOverdue()
        }
    }

    private func isRead(_ pipe: JobPipe) {
        guard let process = pipe.awaitedBy else { return }
        pipe.awaitedBy = nil
        tellIfRead(process)
    }

    private func tellIfRead(_ process: RunningProcess) {
        guard process.pipes.allSatisfy({ $0.awaitedBy == nil }), endings.removeValue(forKey: ObjectIdentifier(process)) != nil else {
            return
        }
        tellEnd(of: process)
    }

    private func tellOverdue() {
        let now = clocks.monotonic
        for process in endings.values where process.exitedAt.map({ now - $0 >= Self.longestWaitForOutput }) ?? true {
            for pipe in process.pipes { pipe.awaitedBy = nil }
            tellIfRead(process)
        }
        guard !endings.isEmpty else { return }
        endingTimer = loop.after(.milliseconds(100)) { [self] in
            endingTimer = nil
            tellOverdue()
        }
    }

    private func tellEnd(of process: RunningProcess) {
        for pipe in process.pipes where !pipe.isClosed {
            if pipe.watch == nil { close(pipe) }
            guard !pipe.isClosed else { continue }
            if !pipe.isPaused, !pipe.holdsBytes { pipe.flush(to: sink) }
            pipe.kept = nil
            pipe.isLate = true
            latePipes.append(pipe)
            if sink.isCongested { pause(pipe) }
        }
        process.pipes.removeAll()
        limitLatePipes()
        report(process)
    }

    func close(_ pipe: JobPipe) {
        guard !pipe.isClosed else { return }
        gatherInBurst()
        pipe.flush(to: sink)
        if let watch = pipe.watch { loop.unwatch(watch) }
        pipe.watch = nil
        pipe.close()
        if pipe.isLate { latePipes.removeAll { $0 === pipe } }
        isRead(pipe)
    }

    /// Processes left behind may hold any number of pipes; they get as many descriptors as the runs themselves.
    private func limitLatePipes() {
        while latePipes.count > max(options.maximumRunning, 16) {
            let oldest = latePipes.removeFirst()
            tellOnce(.lateOutputDropped(run: oldest.run.description))
            close(oldest)
        }
    }

    private func pause(_ pipe: JobPipe) {
        guard !pipe.isPaused else { return }
        pipe.isPaused = true
        if let watch = pipe.watch { loop.setInterest(watch, []) }
        pausedPipes.append(pipe)
        isRead(pipe)
        guard pausedPipes.count == 1 else { return }
        sink.whenDrained { [loop] in
            loop.perform { self.assumeIsolated { $0.resumePipes() } }
        }
    }

    private func resumePipes() {
        let pipes = pausedPipes
        pausedPipes.removeAll()
        for pipe in pipes {
            pipe.isPaused = false
            queue(pipe)
        }
    }
}
