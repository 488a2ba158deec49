public import CronJobs
public import LinuxEvents

/// Wakes the scheduler by a timer on the wall clock, which also fires at once when the clock is set.
///
/// An actor on the event loop, so that sleeping and waking cost no change of thread.
public actor LoopWaker: Waker {
    private let loop: EventLoop
    private var timer: WallTimer?
    private var sleeper: CheckedContinuation<Void, Never>?
    private var poked = false

    nonisolated public var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    public init(loop: EventLoop) { self.loop = loop }

    public func sleep(until deadline: WallTime) async {
        if poked {
            poked = false
            return
        }
        arm(deadline)
        await withCheckedContinuation { sleeper = $0 }
    }

    nonisolated public func poke() {
        loop.perform { self.assumeIsolated { $0.wake(poking: true) } }
    }

    private func arm(_ deadline: WallTime) {
        if timer == nil { timer = try? WallTimer(loop: loop) { [unowned self] _ in assumeIsolated { $0.wake(poking: false) } } }
        if let timer {
            timer.arm(at: deadline.nanoseconds)
        } else {
            // No descriptor left for a timer: look again in a second rather than never.
            _ = loop.after(.seconds(1)) { [unowned self] in assumeIsolated { $0.wake(poking: false) } }
        }
    }

    private func wake(poking: Bool) {
        guard let waiting = sleeper else {
            poked = poked || poking
            return
        }
        sleeper = nil
        timer?.disarm()
        waiting.resume()
    }
}
