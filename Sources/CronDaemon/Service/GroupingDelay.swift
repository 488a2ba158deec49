internal import LinuxEvents

/// The wait before outcomes are written, so that those of one moment share a commit.
actor GroupingDelay {
    private let loop: EventLoop

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(loop: EventLoop) { self.loop = loop }

    func wait() async {
        await withCheckedContinuation { continuation in _ = loop.after(.milliseconds(50)) { continuation.resume() } }
    }
}
