internal import CLinux

/// A thread that nobody waits for, born with every signal blocked: signals belong to the event loop. The only way to start one here.
public enum DetachedThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// False where no thread can be made.
    public static func start(_ run: @escaping @Sendable () -> Void) -> Bool { error(starting: run) == nil }

    /// The calling thread's number, as `/proc/self/task` has it.
    public static var number: Int32 { cl_thread_number() }

    /// Why no thread can be made; `nil` where it runs.
    static func error(starting run: @escaping @Sendable () -> Void) -> SystemError? {
        let box = Unmanaged.passRetained(Body(run))
        var all = sigset_t(), old = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, &old)
        defer { pthread_sigmask(SIG_SETMASK, &old, nil) }
        var thread = pthread_t()
        let failed = pthread_create(
            &thread, nil,
            { @Sendable raw in
                guard let raw else { return nil }
                Unmanaged<Body>.fromOpaque(raw).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        guard failed == 0 else {
            box.release()
            return SystemError(call: "pthread_create", errno: failed)
        }
        pthread_detach(thread)
        return nil
    }
}
