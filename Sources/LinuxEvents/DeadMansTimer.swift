internal import CLinux

/// Wakes the loop where a thread that should have come back has not: set before it goes, taken back when it returns, so that the loop sleeps on as
/// long as all is well.
public final class DeadMansTimer: Sendable {
    private let descriptor: Int32
    private let loop: EventLoop
    private let watch: Watch

    /// - Parameter handler: called on the loop, once each time that nobody came back.
    public init(loop: EventLoop, handler: @escaping () -> Void) throws(SystemError) {
        let descriptor = timerfd_create(CLOCK_BOOTTIME, Int32(TFD_CLOEXEC) | Int32(TFD_NONBLOCK))
        guard descriptor >= 0 else { throw .last("timerfd_create") }
        self.descriptor = descriptor
        self.loop = loop
        do {
            watch = try loop.watch(descriptor, .readable) { _ in
                var count: UInt64 = 0
                // Taken back in this very moment: there is nothing to read.
                if CLinux.read(descriptor, &count, 8) == 8 { handler() }
            }
        } catch {
            CLinux.close(descriptor)
            throw error
        }
    }

    deinit { CLinux.close(descriptor) }

    /// From any thread.
    public func set(_ wait: Duration) {
        let nanoseconds = wait.waitNanoseconds
        var setting = itimerspec()
        setting.it_value.tv_sec = Int(nanoseconds / 1_000_000_000)
        setting.it_value.tv_nsec = max(Int(nanoseconds % 1_000_000_000), 1)
        timerfd_settime(descriptor, 0, &setting, nil)
    }

    /// From any thread.
    public func takeBack() {
        var setting = itimerspec()
        timerfd_settime(descriptor, 0, &setting, nil)
    }

    /// Loop thread only; afterwards nobody sets it any more.
    public func close() { loop.unwatch(watch) }
}
