internal import CExecutor

// Jobs that name no executor.
//
// Swift's runtime gives them to a pool of its own, made by libdispatch, whose threads come when there is work and go when there is none. A
// service that lives at the limit of its processes or descriptors cannot have that: where no thread can be made, libdispatch sleeps on the
// thread that asked, which is our loop, and where it gets no descriptor, it traps. So an executor that exists from the start takes the
// pool's place: for our own code that has no executor, and for the libraries'. Not for `Task.sleep`: since Swift 6.3 it goes to libdispatch all the same.
// `SharedPool.wait`, `ThreadExecutor.run(after:)` and the loop's timers do not.

/// The place of Swift's shared pool of threads.
public enum SharedPool {
    private struct Replacement: Sendable {
        let executor: any SerialExecutor
        let loop: EventLoop
    }
    /// Written once, before there is any job.
    nonisolated(unsafe) private static var replacement: Replacement?

    /// Has `executor` run what the pool would run; waits are timers of `loop`. To be called once, before there is any task.
    public static func replace(by executor: any SerialExecutor, timers loop: EventLoop) {
        guard replacement == nil else { return }
        replacement = Replacement(executor: executor, loop: loop)
        crond_replace_pool({ SharedPool.take($0) }, { SharedPool.take($0, after: $1) })
    }

    /// Whose timers waits are; `nil` in a program that keeps Swift's pool.
    static var timers: EventLoop? { replacement?.loop }

    private static func take(_ job: UnsafeMutableRawPointer?) {
        guard let job, let replacement else { return }
        replacement.executor.enqueue(ExecutorJob(unsafeBitCast(job, to: UnownedJob.self)))
    }

    private static func take(_ job: UnsafeMutableRawPointer?, after nanoseconds: UInt64) {
        guard let job, let replacement else { return }
        let unowned = unsafeBitCast(job, to: UnownedJob.self)
        replacement.loop.perform {
            replacement.loop.after(.nanoseconds(Int64(clamping: nanoseconds))) { replacement.executor.enqueue(ExecutorJob(unowned)) }
        }
    }
}
