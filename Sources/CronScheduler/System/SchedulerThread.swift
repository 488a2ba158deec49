internal import CronJobs

// One thread for a scheduler: its actors run there, and its timers end there. So neither a handler that keeps Swift's shared pool busy nor a
// program without an event loop makes a start late.
//
//     [ jobs of actors ] ──▶ run one after the other
//     [ timers ]         ──▶ each by its clock: wall or monotonic
//     neither            ──▶ wait for the next timer, a new job, or `slice`
//
// The wait goes by the monotonic clock. That the wall clock was set, or that the machine was suspended, is therefore noticed after a slice at the
// latest.

/// Runs a scheduler's actors, and wakes it.
final class SchedulerThread: SerialExecutor, @unchecked Sendable {
    enum Deadline {
        case wall(Int64)
        case monotonic(Int64)

        /// Nanoseconds until it has come.
        func left(_ now: (wall: Int64, monotonic: Int64)) -> Int64 {
            switch self {
            case .wall(let time): time.subtractingReportingOverflow(now.wall).partialValue
            case .monotonic(let time): time.subtractingReportingOverflow(now.monotonic).partialValue
            }
        }
    }

    private static let slice: Int64 = 10_000_000_000

    private let condition = Libc.Condition()
    private var queue: [UnownedJob] = []
    private var timers: [Int: (deadline: Deadline, work: @Sendable () -> Void)] = [:]
    private var lastTimer = 0
    private var hasThread = false

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        condition.lock()
        queue.append(job)
        start()
        condition.unlock()
        condition.signal()
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    /// Runs `work` on the thread, once, when the time has come.
    func at(_ deadline: Deadline, _ work: @escaping @Sendable () -> Void) -> Int {
        condition.lock()
        lastTimer += 1
        let number = lastTimer
        timers[number] = (deadline, work)
        start()
        condition.unlock()
        condition.signal()
        return number
    }

    func cancelTimer(_ number: Int) {
        condition.lock()
        timers[number] = nil
        condition.unlock()
    }

    /// Under the lock. The thread lasts while there is something to do or to wait for, and a slice longer; where the system has none, the next call
    /// asks again.
    private func start() {
        if !hasThread { hasThread = Libc.startThread { self.loop() } }
    }

    private func loop() {
        while let (jobs, due) = next() {
            for work in due { work() }
            for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
        }
    }

    /// What is to be done now, at least once a slice; nil where there has been nothing for so long.
    private func next() -> (jobs: [UnownedJob], due: [@Sendable () -> Void])? {
        condition.lock()
        defer { condition.unlock() }
        var due = takeDue()
        if queue.isEmpty, due.isEmpty {
            let isIdle = timers.isEmpty, now = (Libc.wallNanoseconds(), Libc.bootNanoseconds())
            let wait = timers.values.lazy.map { $0.deadline.left(now) }.min() ?? Self.slice
            condition.wait(nanoseconds: max(0, min(wait, Self.slice)))
            due = takeDue()
            if isIdle, queue.isEmpty, timers.isEmpty, due.isEmpty {
                hasThread = false
                return nil
            }
        }
        defer { queue = [] }
        return (queue, due)
    }

    private func takeDue() -> [@Sendable () -> Void] {
        if timers.isEmpty { return [] }
        let now = (Libc.wallNanoseconds(), Libc.bootNanoseconds())
        return timers.filter { $0.value.deadline.left(now) <= 0 }.keys.sorted().compactMap { timers.removeValue(forKey: $0)?.work }
    }
}

extension SchedulerThread: Alarm {
    func wait(until moment: MonotonicTime) async { await sleep(until: .monotonic(moment.nanoseconds)) }

    /// Waits for a timer, or for the task's end.
    func sleep(until deadline: Deadline) async {
        let sleep = Sleep()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard sleep.begin(continuation) else { return continuation.resume() }
                sleep.timer(at(deadline) { sleep.end() }, of: self)
            }
        } onCancel: {
            sleep.end()
        }
    }
}
