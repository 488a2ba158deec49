internal import CLinux

/// Signals as events of the loop. Loop thread only.
public final class SignalWatch {
    private let loop: EventLoop
    private let descriptor: Int32
    private var watch: Watch?

    /// Blocks `signals` in the calling thread and hands them to `handler` from then on. A signal reaches the loop only if every thread
    /// blocks it: call this before other threads exist, so that they inherit the mask.
    public init(loop: EventLoop, signals: [Int32], handler: @escaping (ReceivedSignal) -> Void) throws(SystemError) {
        self.loop = loop
        var set = Self.block(signals)
        let descriptor = signalfd(-1, &set, Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK))
        guard descriptor >= 0 else { throw .last("signalfd") }
        self.descriptor = descriptor
        watch = try loop.watch(descriptor, .readable) { _ in
            var info = signalfd_siginfo()
            while CLinux.read(descriptor, &info, MemoryLayout<signalfd_siginfo>.size) == MemoryLayout<signalfd_siginfo>.size {
                handler(
                    ReceivedSignal(
                        number: Int32(bitPattern: info.ssi_signo), sender: Int32(bitPattern: info.ssi_pid),
                        isFromProcess: info.ssi_code <= 0))
            }
        }
    }

    /// Blocks `signals` in the calling thread: those that come wait for a watch.
    public static func hold(_ signals: [Int32]) { _ = block(signals) }

    private static func block(_ signals: [Int32]) -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        return set
    }

    deinit { CLinux.close(descriptor) }

    /// Ends it; the signals stay blocked.
    public func close() {
        if let watch { loop.unwatch(watch) }
        watch = nil
    }
}
