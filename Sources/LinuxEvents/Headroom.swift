internal import CLinux
internal import Synchronization

/// What the process may still have of the system. Asked before it is needed, because much code takes it for granted and traps without.
public enum Headroom {
    /// Why so many threads cannot be made beside those that there are; `nil` where they can. They are gone when this returns.
    public static func shortageOfThreads(_ count: Int) -> SystemError? {
        let before = threads
        let gate = Gate()
        var made = 0
        var failure: SystemError?
        gate.close()
        while made < count, failure == nil {
            failure = DetachedThread.error(starting: gate.pass)
            if failure == nil { made += 1 }
        }
        gate.open()
        // What has passed the gate is not gone: the kernel counts a thread until it has been taken apart.
        let limit = SystemClocks.bootNanoseconds() + 1_000_000_000
        while gate.passed < made || isMore(than: before), SystemClocks.bootNanoseconds() < limit { usleep(50) }
        return failure
    }

    private static func isMore(than before: UInt64?) -> Bool {
        if let before, let now = threads { now > before } else { false }
    }

    /// Whether so many descriptors can be opened beside those that are open.
    public static func hasDescriptors(_ count: Int) -> Bool {
        var opened: [Int32] = []
        defer { for descriptor in opened { close(descriptor) } }
        while opened.count < count {
            let descriptor = eventfd(0, Int32(EFD_CLOEXEC))
            guard descriptor >= 0 else { return false }
            opened.append(descriptor)
        }
        return true
    }

    /// The folder of the threads has a link for each, and two more.
    private static var threads: UInt64? {
        var facts = stat()
        return stat("/proc/self/task", &facts) == 0 ? UInt64(facts.st_nlink) : nil
    }

    /// Holds threads until all are made, and lets them go together.
    private final class Gate: @unchecked Sendable {
        private var lock = pthread_rwlock_t()
        private let count = Atomic<Int>(0)

        init() { pthread_rwlock_init(&lock, nil) }
        deinit { pthread_rwlock_destroy(&lock) }

        func close() { pthread_rwlock_wrlock(&lock) }
        func open() { pthread_rwlock_unlock(&lock) }

        @Sendable func pass() {
            pthread_rwlock_rdlock(&lock)
            pthread_rwlock_unlock(&lock)
            count.add(1, ordering: .relaxed)
        }

        var passed: Int { count.load(ordering: .relaxed) }
    }
}
