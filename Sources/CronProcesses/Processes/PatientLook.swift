public import LinuxEvents

// A process's environment in /proc is its memory, and its user can put a file there that lies on a file system which does not answer. Then
// whoever reads it waits for good. So it is read on a thread of its own, and only so long.

/// A look at what a hostile user can make slow.
public enum PatientLook {
    /// What `body` says, on another thread; `nil` where it says nothing within `limit`, and where no thread can be made. The thread is then
    /// left to itself.
    public static func at<Value: Sendable>(
        _ loop: EventLoop, within limit: Duration, _ body: @escaping @Sendable () -> Value
    ) async -> Value? {
        await withCheckedContinuation { continuation in
            let waiting = Locked<CheckedContinuation<Value?, Never>?>(continuation)
            let answer: @Sendable (Value?) -> Void = { value in
                let continuation = waiting.withLock { waiting in
                    defer { waiting = nil }
                    return waiting
                }
                continuation?.resume(returning: value)
            }
            loop.perform { loop.after(limit) { answer(nil) } }
            if !DetachedThread.start({ answer(body()) }) { answer(nil) }
        }
    }
}
