internal import CLinux

/// One thread that runs an actor's work, for calls that block: they must not occupy Swift's shared pool, which has one thread a core.
///
/// Give it to an actor as its `unownedExecutor`. The thread ends after `stop()`, once its queue is empty.
public final class ThreadExecutor: SerialExecutor, TaskExecutor, @unchecked Sendable {
    private var mutex = pthread_mutex_t()
    private var condition = pthread_cond_t()
    private var queue: [UnownedJob] = []
    private var timers: [Timer] = []
    private var stopping = false
    private var hasThread = false

    private struct Timer {
        var due: Int64
        var work: @Sendable () -> Void
    }

    public init() {
        pthread_mutex_init(&mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(&condition, &attributes)
        pthread_condattr_destroy(&attributes)
        startThread()
    }

    /// Where the system has no room for a thread now, the next job asks again.
    private func startThread() { hasThread = DetachedThread.start { self.loop() } }

    public func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        pthread_mutex_lock(&mutex)
        queue.append(unowned)
        if !hasThread { startThread() }
        pthread_mutex_unlock(&mutex)
        // Who is woken finds the lock free.
        pthread_cond_signal(&condition)
    }

    /// Runs `work` on the thread after `wait`, or when it is free again. `Task.sleep` would have the runtime make threads of its own.
    public func run(after wait: Duration, _ work: @escaping @Sendable () -> Void) {
        pthread_mutex_lock(&mutex)
        timers.append(Timer(due: SystemClocks.bootNanoseconds() &+ wait.waitNanoseconds, work: work))
        if !hasThread { startThread() }
        pthread_mutex_unlock(&mutex)
        pthread_cond_signal(&condition)
    }

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    public func stop() {
        pthread_mutex_lock(&mutex)
        stopping = true
        pthread_cond_signal(&condition)
        pthread_mutex_unlock(&mutex)
    }

    private func loop() {
        while let batch = nextBatch() {
            for job in batch.jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
            for timer in batch.timers { timer.work() }
        }
    }

    private func nextBatch() -> (jobs: [UnownedJob], timers: [Timer])? {
        pthread_mutex_lock(&mutex)
        defer { pthread_mutex_unlock(&mutex) }
        while true {
            let due = takeDue()
            if !queue.isEmpty || !due.isEmpty {
                defer { queue.removeAll(keepingCapacity: true) }
                return (queue, due)
            }
            if stopping { return nil }
            waitForWork()
        }
    }

    private func takeDue() -> [Timer] {
        guard !timers.isEmpty else { return [] }
        let now = SystemClocks.bootNanoseconds()
        let due = timers.filter { $0.due <= now }
        timers.removeAll { $0.due <= now }
        return due
    }

    private func waitForWork() {
        guard let next = timers.map(\.due).min() else {
            pthread_cond_wait(&condition, &mutex)
            return
        }
        var end = SystemClocks.conditionDeadline(after: .nanoseconds(next &- SystemClocks.bootNanoseconds()))
        pthread_cond_timedwait(&condition, &mutex, &end)
    }
}
