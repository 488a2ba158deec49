internal import Glibc
internal import LinuxEvents

// A start opens what it needs on the service's own thread: the store, the socket's folder, files of secrets and zones. Where their file system does not
// answer, that thread stands in the kernel, and TERM is never taken. So another thread looks at what waits to be taken, as long as that may happen. It is
// gone before the launchers' threads are made, so a limit of threads is as it would be without it.

/// Ends a start that hangs and was told to end.
final class StartGuard: @unchecked Sendable {
    /// For how long a signal may wait: a start that goes on takes it at once.
    private static let patience: Int64 = 3_000_000_000
    private static let pause: Int64 = 250_000_000
    private static let lasting: Int64 = 1_000_000_000

    private var mutex = pthread_mutex_t()
    private var condition = pthread_cond_t()
    private var isOver = false
    /// Its thread's number: 0 before that runs, -1 where there is none.
    private var thread: Int32 = 0

    /// Where no thread can be made, nobody guards.
    init() {
        pthread_mutex_init(&mutex, nil)
        pthread_cond_init(&condition, nil)
        if !DetachedThread.start({ [self] in watch() }) { thread = -1 }
    }

    deinit {
        pthread_cond_destroy(&condition)
        pthread_mutex_destroy(&mutex)
    }

    /// What may hang is over. Back once the thread no longer counts for its user's limit; after `lasting` at the latest, should it not get to run.
    func end() {
        pthread_mutex_lock(&mutex)
        isOver = true
        let thread = thread
        pthread_cond_signal(&condition)
        pthread_mutex_unlock(&mutex)
        guard thread >= 0 else { return }
        let until = SystemClocks.bootNanoseconds() + Self.lasting
        // The kernel takes it from the count before it takes it from the list: a join is back before both.
        while isThere, SystemClocks.bootNanoseconds() < until { usleep(100) }
    }

    private var isThere: Bool {
        pthread_mutex_lock(&mutex)
        let thread = thread
        pthread_mutex_unlock(&mutex)
        return thread == 0 || access("/proc/self/task/\(thread)", F_OK) == 0
    }

    private func watch() {
        pthread_mutex_lock(&mutex)
        defer { pthread_mutex_unlock(&mutex) }
        thread = DetachedThread.number
        var since: Int64?
        while !isOver {
            let now = SystemClocks.bootNanoseconds()
            if !Self.isAskedToEnd {
                since = nil
            } else if let since, now - since > Self.patience {
                Self.leave()
            } else if since == nil {
                since = now
            }
            // A clock that is set back makes a look come later, and `end` is heard all the same.
            let next = SystemClocks.wallNanoseconds() + Self.pause
            var time = timespec(tv_sec: Int(next / 1_000_000_000), tv_nsec: Int(next % 1_000_000_000))
            pthread_cond_timedwait(&condition, &mutex, &time)
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
