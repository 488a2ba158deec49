public import CronJobs
internal import Synchronization

/// Waits by a manual clock, and tells when everything that it woke has been done.
public final class ManualAlarm: Alarm {
    private struct Sleeper {
        var moment: MonotonicTime
        var continuation: CheckedContinuation<Bool, Never>
        /// Somebody waits for what follows.
        var isBusyAfter: Bool
    }

    private struct State {
        var sleepers: [Int: Sleeper] = [:]
        var last = 0
        /// Woken, and not done with what they were woken for.
        var busy = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let clocks: ManualClocks
    private let state = Mutex(State())

    public init(_ clocks: ManualClocks) {
        self.clocks = clocks
        clocks.observe { [weak self] _ in self?.wakeDue() }
    }

    public func wait(until moment: MonotonicTime) async { _ = await sleep(until: moment, isBusyAfter: false) }

    public func ring(at moment: MonotonicTime, _ work: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        Task {
            guard await sleep(until: moment, isBusyAfter: true) else { return }
            if !Task.isCancelled { await work() }
            done()
        }
    }

    /// When the next one is woken.
    public var next: MonotonicTime? { state.withLock { $0.sleepers.values.map(\.moment).min() } }

    /// Returns once all that was woken for is done.
    public func waitUntilDone() async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.busy > 0 { state.waiting.append(continuation) }
                return state.busy == 0
            }
            if isDone { continuation.resume() }
        }
    }

    /// False where its task was cancelled.
    private func sleep(until moment: MonotonicTime, isBusyAfter: Bool) async -> Bool {
        let id = state.withLock { state in
            state.last += 1
            return state.last
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock {
                    $0.sleepers[id] = Sleeper(moment: moment, continuation: continuation, isBusyAfter: isBusyAfter)
                }
                // Looked at after the sleeper is entered: nothing that happens meanwhile is lost.
                if Task.isCancelled { cancel(id) }
                wakeDue()
            }
        } onCancel: {
            cancel(id)
        }
    }

    private func cancel(_ id: Int) { state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation.resume(returning: false) }

    private func wakeDue() {
        let now = clocks.monotonic
        let woken = state.withLock { state in
            let due = state.sleepers.filter { $0.value.moment <= now }.keys.sorted()
            let woken = due.compactMap { state.sleepers.removeValue(forKey: $0) }
            state.busy += woken.count { $0.isBusyAfter }
            return woken
        }
        for sleeper in woken { sleeper.continuation.resume(returning: true) }
    }

    private func done() {
        let waiting = state.withLock { state in
            state.busy -= 1
            guard state.busy == 0 else { return [] as [CheckedContinuation<Void, Never>] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
