// `Task.sleep` goes to libdispatch, which makes threads for it (SharedPool.swift), so nothing here uses it: tidy refuses it.

extension SharedPool {
    private enum Wait {
        case begins
        case goesOn(CheckedContinuation<Bool, Never>)
        case isOver
    }
    /// For programs that keep Swift's pool: one thread for all waits.
    private static let ownThread = ThreadExecutor()

    /// Suspends the task for a while. It is a timer of the loop where the pool was replaced, and makes no thread.
    public static func wait(for duration: Duration) async throws(CancellationError) {
        let wait = Locked(Wait.begins)
        let hasPassed = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = wait.withLock { state in
                    if case .isOver = state { return true }
                    state = .goesOn(continuation)
                    return false
                }
                if isOver { continuation.resume(returning: false) } else { after(duration) { end(wait, hasPassed: true) } }
            }
        } onCancel: {
            end(wait, hasPassed: false)
        }
        if !hasPassed { throw CancellationError() }
    }

    private static func end(_ wait: Locked<Wait>, hasPassed: Bool) {
        let waiting = wait.withLock { state in
            defer { state = .isOver }
            if case .goesOn(let continuation) = state { return Optional(continuation) }
            return nil
        }
        waiting?.resume(returning: hasPassed)
    }

    private static func after(_ duration: Duration, _ work: @escaping @Sendable () -> Void) {
        guard let loop = timers else { return ownThread.run(after: duration, work) }
        loop.perform { loop.after(duration, work) }
    }
}
