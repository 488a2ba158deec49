internal import CLinux

/// What the process may still have of the system. Asked before it is needed, because much code takes it for granted and traps without.
public enum Headroom {
    /// Why so many threads cannot be made beside those that there are; `nil` where they can. They are gone when this returns.
    public static func shortageOfThreads(_ count: Int) -> SystemError? {
        let before = threads
        let gate = Gate()
        var made: [pthread_t] = []
        var failure: SystemError?
        pthread_mutex_lock(&gate.mutex)
        while made.count < count, failure == nil {
            do throws(SystemError) { made.append(try gate.thread()) } catch { failure = error }
        }
        pthread_mutex_unlock(&gate.mutex)
        for thread in made { pthread_join(thread, nil) }
        // Joined is not gone: the kernel counts a thread until it has been taken apart.
        let limit = SystemClocks.bootNanoseconds() + 1_000_000_000
        while let before, let now = threads, now > before, SystemClocks.bootNanoseconds() < limit { sched_yield() }
        return failure
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

    /// Holds threads until all are made.
    private final class Gate: @unchecked Sendable {
        var mutex = pthread_mutex_t()

        init() { pthread_mutex_init(&mutex, nil) }

        /// A thread that ends as soon as the mutex is free; signals are left to others.
        func thread() throws(SystemError) -> pthread_t {
            var all = sigset_t(), old = sigset_t()
            sigfillset(&all)
            pthread_sigmask(SIG_BLOCK, &all, &old)
            defer { pthread_sigmask(SIG_SETMASK, &old, nil) }
            var thread = pthread_t()
            let box = Unmanaged.passRetained(self)
            let failed = pthread_create(
                &thread, nil,
                { @Sendable raw in
                    guard let raw else { return nil }
                    let gate = Unmanaged<Gate>.fromOpaque(raw).takeRetainedValue()
                    pthread_mutex_lock(&gate.mutex)
                    pthread_mutex_unlock(&gate.mutex)
                    return nil
                }, box.toOpaque())
            guard failed == 0 else {
                box.release()
                throw SystemError(call: "pthread_create", errno: failed)
            }
            return thread
        }
    }
}
