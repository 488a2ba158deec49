internal import CLinux

/// Tells once when a process has ended, child or not, through a pidfd. It does not reap. Loop thread only.
public final class ProcessWatch {
    private let loop: EventLoop
    private let descriptor: Int32
    private var watch: Watch?

    /// Watches a process by number; throws `ESRCH` if there is none.
    public convenience init(loop: EventLoop, process: Int32, handler: @escaping () -> Void) throws(SystemError) {
        let descriptor = cl_pidfd_open(process)
        guard descriptor >= 0 else { throw .last("pidfd_open") }
        try self.init(loop: loop, owning: descriptor, handler: handler)
    }

    /// Watches through a pidfd and closes it in the end.
    public init(loop: EventLoop, owning descriptor: Int32, handler: @escaping () -> Void) throws(SystemError) {
        self.loop = loop
        self.descriptor = descriptor
        do {
            watch = try loop.watch(descriptor, .readable) { [weak self] _ in
                self?.stopWatching()
                handler()
            }
        } catch {
            CLinux.close(descriptor)
            throw error
        }
    }

    /// Ends it.
    public func close() { stopWatching() }

    private func stopWatching() {
        guard let watch else { return }
        self.watch = nil
        loop.unwatch(watch)
        CLinux.close(descriptor)
    }
}
