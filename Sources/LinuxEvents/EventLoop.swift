internal import CLinux
internal import Synchronization

// One thread that waits for everything at once.
//
// Problem: timers, signals, file changes, exits of processes and their output must be served by one thread that never waits for anything
// else, and actors must be able to live on that thread, so that a handler reaches their state without a hop.
//
// A turn:   jobs (bounded) ─▶ deferred work of the turn before ─▶ epoll_wait ─▶ handlers of ready descriptors ─▶ due timers
//
// Invariants
// * Handlers, timers, deferred work and Swift jobs all run on the one thread inside `run()`; nothing of the loop's own state but the
//   queue is touched elsewhere. (Before `run()` begins, the thread that sets things up counts as that thread.)
// * A turn runs a bounded number of jobs, so jobs that enqueue jobs cannot starve descriptors, and one batch of events.
// * The eventfd is written at most once per sleep, and never from the loop's own thread.
// * A rest (`gather`) is bounded, is taken only where there is nothing to do, and holds nothing up for longer than a moment.
// * Every watch has a slot and a generation, and epoll carries both: an event of a batch that belongs to a watch removed earlier in the
//   same batch finds another generation and is dropped, even when descriptor and slot have been given out again.

/// An epoll thread that is also a serial executor for actors and a task executor.
public final class EventLoop: SerialExecutor, TaskExecutor, @unchecked Sendable {
    private struct Queue {
        var work: [Work] = []
        /// The eventfd was written and not read since.
        var woken = false
        var stopping = false
    }
    enum Work {
        case job(UnownedJob)
        case closure(@Sendable () -> Void)
    }

    private static let jobsPerTurn = 256
    private static let eventsPerTurn = 128

    let epoll: Int32
    private let wakeup: Int32
    private let queue = Locked(Queue())
    /// `pthread_self()` of the thread inside `run()`; 0 when none is.
    private let thread = Atomic<UInt>(0)

    // Loop thread only, from here on.
    var watches = WatchTable()
    let timers: TimerQueue
    private var batch: [Work] = []
    private var position = 0
    private var deferred: [() -> Void] = []
    private var gathers = false

    public init() throws(SystemError) {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw .last("epoll_create1") }
        wakeup = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard wakeup >= 0 else {
            let error = SystemError.last("eventfd")
            CLinux.close(epoll)
            throw error
        }
        let clock = timerfd_create(CLOCK_BOOTTIME, Int32(TFD_CLOEXEC) | Int32(TFD_NONBLOCK))
        guard clock >= 0 else {
            let error = SystemError.last("timerfd_create")
            CLinux.close(epoll)
            CLinux.close(wakeup)
            throw error
        }
        timers = TimerQueue(descriptor: clock)
        try watch(wakeup, .readable) { [unowned self] _ in acknowledge() }
        try watch(clock, .readable) { [unowned self] _ in timers.acknowledge() }
    }

    deinit {
        CLinux.close(epoll)
        CLinux.close(wakeup)
        CLinux.close(timers.descriptor)
    }

    /// Whether the caller is on the loop's thread.
    public var isCurrent: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

    /// Turns the calling thread into the loop, until `stop()`. One thread at a time.
    public func run() {
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        while turn() {}
        thread.store(0, ordering: .relaxed)
        queue.withLock { $0.stopping = false }
    }

    /// Makes `run()` return after the turn it is in. From any thread.
    public func stop() {
        let wake = queue.withLock { queue in
            queue.stopping = true
            return claimWake(&queue)
        }
        if wake { ring() }
    }

    public func enqueue(_ job: consuming ExecutorJob) { add(.job(UnownedJob(job))) }

    /// Runs `work` on the loop's thread, in the order of the calls. From any thread.
    public func perform(_ work: @escaping @Sendable () -> Void) { add(.closure(work)) }

    /// Runs `work` in the next turn, after the descriptors that are ready now have been served. Loop thread only.
    public func nextTurn(_ work: @escaping () -> Void) { deferred.append(work) }

    /// In a burst: rests for half a millisecond before the next wait, so that what happens meanwhile comes in one turn and not each in its own, because
    /// a wake-up costs more than most of what it is for. Work at hand is done first. Loop thread only.
    public func gather() { gathers = true }

    /// In microseconds.
    private static let rest: useconds_t = 500

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
    public func asUnownedTaskExecutor() -> UnownedTaskExecutor { UnownedTaskExecutor(ordinary: self) }

    public func checkIsolated() { precondition(isCurrent, "not on the event loop's thread") }
    public func isIsolatingCurrentContext() -> Bool? { isCurrent }

    // MARK: A turn

    private func turn() -> Bool {
        guard takeBatch() else { return false }
        runJobs()
        let late = deferred
        deferred.removeAll(keepingCapacity: true)
        for work in late { work() }
        let busy = position < batch.count || !deferred.isEmpty || queue.withLock { !$0.work.isEmpty || $0.stopping }
        serveDescriptors(wait: !busy)
        timers.fireDue()
        return true
    }

    /// Swaps the shared queue in when the last batch is done; false when the loop shall end.
    private func takeBatch() -> Bool {
        guard position >= batch.count else { return !queue.withLock { $0.stopping } }
        batch.removeAll(keepingCapacity: true)
        position = 0
        return queue.withLock { queue in
            swap(&queue.work, &batch)
            return !queue.stopping
        }
    }

    private func runJobs() {
        var left = Self.jobsPerTurn
        while left > 0 {
            if position >= batch.count, !takeBatch() || batch.isEmpty { return }
            let work = batch[position]
            position += 1
            left -= 1
            switch work {
            case .job(let job):
                job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
            case .closure(let closure): closure()
            }
        }
    }

    private func serveDescriptors(wait: Bool) {
        if wait, gathers {
            gathers = false
            usleep(Self.rest)
        }
        timers.rearm()
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.eventsPerTurn) { events in
            let count = epoll_wait(epoll, events.baseAddress, Int32(Self.eventsPerTurn), wait ? -1 : 0)
            guard count > 0 else { return }
            for index in 0..<Int(count) {
                let event = events[index]
                watches.handler(of: event.data.u64)?(Readiness(rawValue: event.events))
            }
        }
    }

    // MARK: The queue

    private func add(_ work: Work) {
        let wake = queue.withLock { queue in
            queue.work.append(work)
            return claimWake(&queue)
        }
        if wake { ring() }
    }

    private func claimWake(_ queue: inout Queue) -> Bool {
        if queue.woken || isCurrent { return false }
        queue.woken = true
        return true
    }

    private func ring() {
        var one: UInt64 = 1
        _ = CLinux.write(wakeup, &one, 8)
    }

    private func acknowledge() {
        var count: UInt64 = 0
        queue.withLock { queue in
            _ = CLinux.read(wakeup, &count, 8)
            queue.woken = false
        }
    }
}
