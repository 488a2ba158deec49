internal import CLinux

/// A timer of the wall clock that also tells when the clock was set. Loop thread only.
public final class WallTimer {
    public enum Event: Hashable, Sendable {
        /// The wall clock shows the time that the timer was armed for, or a later one.
        case fired
        /// Somebody set the wall clock; the timer is not armed any more.
        case clockWasSet
    }

    private let loop: EventLoop
    private let descriptor: Int32
    private var watch: Watch?

    public init(loop: EventLoop, handler: @escaping (Event) -> Void) throws(SystemError) {
        self.loop = loop
        let descriptor = timerfd_create(CLOCK_REALTIME, Int32(TFD_CLOEXEC) | Int32(TFD_NONBLOCK))
        guard descriptor >= 0 else { throw .last("timerfd_create") }
        self.descriptor = descriptor
        watch = try loop.watch(descriptor, .readable) { _ in
            var count: UInt64 = 0
            if CLinux.read(descriptor, &count, 8) == 8 {
                handler(.fired)
            } else if cl_errno() == ECANCELED {
                handler(.clockWasSet)
            }
        }
    }

    deinit { CLinux.close(descriptor) }

    /// Sets the timer to a wall time in nanoseconds since 1970; a time that has passed fires at once. Only an armed timer tells about a
    /// clock that was set: to know that and nothing else, arm it for `Int64.max`.
    public func arm(at nanoseconds: Int64) {
        let clamped = max(nanoseconds, 1)
        var setting = itimerspec()
        setting.it_value.tv_sec = Int(clamped / 1_000_000_000)
        setting.it_value.tv_nsec = Int(clamped % 1_000_000_000)
        timerfd_settime(descriptor, Int32(TFD_TIMER_ABSTIME) | Int32(TFD_TIMER_CANCEL_ON_SET), &setting, nil)
    }

    public func disarm() {
        var setting = itimerspec()
        timerfd_settime(descriptor, 0, &setting, nil)
    }

    /// Ends it for good.
    public func close() {
        if let watch { loop.unwatch(watch) }
        watch = nil
    }
}
