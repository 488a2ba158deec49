internal import CLinux
internal import CronJobs
internal import LinuxEvents

// Output of jobs: from their pipes to the sink, as long as it takes any.
extension ProcessRunner {
    func watch(_ pipe: JobPipe) {
        pipe.watch = try? loop.watch(pipe.descriptor, .readable) { [self] _ in read(pipe) }
        // Out of memory in the kernel: what the job wrote is still read once, at its end.
    }

    private func read(_ pipe: JobPipe) {
        if sink.isCongested { return pause(pipe) }
        if case .ended = pipe.read(into: readBuffer.bytes, sink: sink) { close(pipe) }
    }

    /// Reads what a leader that has exited left. While the sink is congested it stays where it is and comes late.
    func readRest(of process: RunningProcess) {
        for pipe in process.pipes where !pipe.isClosed {
            if pipe.isPaused || sink.isCongested {
                pause(pipe)
            } else {
                read(pipe)
            }
            if pipe.watch == nil { close(pipe) }
            guard !pipe.isClosed else { continue }
            if !pipe.isPaused { pipe.flush(to: sink) }
            pipe.tail = nil
            pipe.isLate = true
            latePipes.append(pipe)
        }
        process.pipes.removeAll()
        limitLatePipes()
    }

    func close(_ pipe: JobPipe) {
        guard !pipe.isClosed else { return }
        pipe.flush(to: sink)
        if let watch = pipe.watch { loop.unwatch(watch) }
        pipe.watch = nil
        pipe.close()
        if pipe.isLate { latePipes.removeAll { $0 === pipe } }
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
            if let watch = pipe.watch { loop.setInterest(watch, .readable) }
        }
    }
}
