internal import CLinux

/// One thread that runs an actor's work, for calls that block: they must not occupy Swift's shared pool, which has one thread a core.
///
/// Give it to an actor as its `unownedExecutor`. The thread ends after `stop()`, once its queue is empty.
public final class ThreadExecutor: SerialExecutor, TaskExecutor, @unchecked Sendable {
    private var mutex = pthread_mutex_t()
    private var condition = pthread_cond_t()
    private var queue: [UnownedJob] = []
    private var stopping = false
    private var hasThread = false

    public init() {
        pthread_mutex_init(&mutex, nil)
        pthread_cond_init(&condition, nil)
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

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    public func stop() {
        pthread_mutex_lock(&mutex)
        stopping = true
        pthread_cond_signal(&condition)
        pthread_mutex_unlock(&mutex)
    }

    private func loop() {
        while let batch = nextBatch() {
            for job in batch { job.runSynchronously(on: asUnownedSerialExecutor()) }
        }
    }

    private func nextBatch() -> [UnownedJob]? {
        pthread_mutex_lock(&mutex)
        defer { pthread_mutex_unlock(&mutex) }
        while queue.isEmpty {
            if stopping { return nil }
            pthread_cond_wait(&condition, &mutex)
        }
        defer { queue.removeAll(keepingCapacity: true) }
        return queue
    }
}
