public import CronJobs
public import LinuxEvents

/// Wakes the scheduler by a timer on this machine's wall clock, which also fires at once when that clock is set.
///
/// An actor on the event loop, so that sleeping and waking cost no change of thread.
public actor LoopWaker: Waker {
    private let loop: EventLoop
    private let clocks: any Clocks
    /// How long after the deadline by the wall clock the monotonic one wakes: the wall timer does not tell of a clock that was set back just
    /// before it was armed.
    private static let patience = Duration.milliseconds(100)

    private var timer: WallTimer?
    private var bound: TimerToken?
    private var sleeper: CheckedContinuation<Void, Never>?
    private var poked = false

    nonisolated public var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// - Parameter clocks: by which deadlines are given.
    public init(loop: EventLoop, clocks: any Clocks = HostClocks()) {
        self.loop = loop
        self.clocks = clocks
    }

    public func sleep(until deadline: WallTime) async {
        if poked {
            poked = false
            return
        }
        arm(clocks.toMachine(deadline))
        await withCheckedContinuation { sleeper = $0 }
    }

    /// By the monotonic clock, to which a short wait is as good.
    public func wait(until deadline: WallTime) async {
        let length = max(.zero, deadline - clocks.wall)
        await withCheckedContinuation { continuation in _ = loop.after(length) { continuation.resume() } }
    }

    nonisolated public func poke() {
        loop.perform { self.assumeIsolated { $0.wake(poking: true) } }
    }

    private func arm(_ deadline: WallTime) {
        if timer == nil { timer = try? WallTimer(loop: loop) { [unowned self] _ in assumeIsolated { $0.wake(poking: false) } } }
        // No descriptor left for a timer: look again in a second rather than never.
        var longest = Duration.seconds(1)
        if let timer {
            longest = .nanoseconds(max(0, deadline.nanoseconds &- SystemClocks.wallNanoseconds())) + Self.patience
            timer.arm(at: deadline.nanoseconds)
        }
        bound = loop.after(longest) { [unowned self] in assumeIsolated { $0.wake(poking: false) } }
    }

    private func wake(poking: Bool) {
        guard let waiting = sleeper else {
            poked = poked || poking
            return
        }
        sleeper = nil
        timer?.disarm()
        if let bound { loop.cancel(bound) }
        bound = nil
        waiting.resume()
    }
}

/// The wait before outcomes are written, so that those of one moment share a commit.
actor GroupingDelay {
    private let loop: EventLoop

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(loop: EventLoop) { self.loop = loop }

    func wait() async {
        await withCheckedContinuation { continuation in _ = loop.after(.milliseconds(50)) { continuation.resume() } }
    }
}
