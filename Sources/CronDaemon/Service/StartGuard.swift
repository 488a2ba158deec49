internal import Glibc
internal import LinuxEvents
internal import Synchronization

// A start opens what it needs on the service's own thread: the store, the socket's folder, files of secrets and zones. Where their file system does not
// answer, that thread stands in the kernel, and TERM is never taken. So another thread looks at what waits to be taken, as long as the start lasts.

/// Ends a start that hangs and was told to end.
final class StartGuard: Sendable {
    /// For how long a signal may wait: a start that goes on takes it at once.
    private static let patience: Int64 = 3_000_000_000
    private static let pause = timespec(tv_sec: 0, tv_nsec: 250_000_000)

    private let isOver = Atomic(false)

    /// Where no thread can be made, nobody guards.
    init() {
        _ = DetachedThread.start { [self] in watch() }
    }

    /// The start is over.
    func end() { isOver.store(true, ordering: .relaxed) }

    private func watch() {
        var since: Int64?
        while !isOver.load(ordering: .relaxed) {
            let now = SystemClocks.bootNanoseconds()
            if !Self.isAskedToEnd {
                since = nil
            } else if let since, now - since > Self.patience {
                Self.leave()
            } else if since == nil {
                since = now
            }
            var pause = Self.pause
            nanosleep(&pause, nil)
        }
    }

    /// Whether a signal that stops the service waits for being taken.
    private static var isAskedToEnd: Bool {
        var waiting = sigset_t()
        sigpending(&waiting)
        return [SIGTERM, SIGINT, SIGQUIT].contains { sigismember(&waiting, $0) == 1 }
    }

    private static func leave() -> Never {
        let text = """
            crond: ended while it started: a file system that it needs (of the store, the socket, a secret or a zone) does not answer

            """
        _ = text.withCString { write(2, $0, strlen($0)) }
        _exit(0)
    }
}
