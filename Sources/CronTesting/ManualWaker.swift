public import CronJobs
internal import Synchronization

/// Sleeps by a manual clock: returns when that clock passes the deadline or is set, at a poke, and at cancellation.
public final class ManualWaker: Waker {
    private struct Sleeper {
        var deadline: WallTime
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var sleepers: [Int: Sleeper] = [:]
        var lastID = 0
        var isPoked = false
        var watchers: [CheckedContinuation<WallTime, Never>] = []
    }

    private let clocks: ManualClocks
    private let state = Mutex(State())

    public init(_ clocks: ManualClocks) {
        self.clocks = clocks
        clocks.observe { [weak self] wasSet in self?.wakeSleepers(all: wasSet) }
    }

    public func sleep(until deadline: WallTime) async {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isPoked = state.withLock { state in
                    defer { state.isPoked = false }
                    if !state.isPoked { state.sleepers[id] = Sleeper(deadline: deadline, continuation: continuation) }
                    return state.isPoked
                }
                if isPoked { return continuation.resume() }
                // Looked at after the sleeper is entered: nothing that happens meanwhile is lost.
                if Task.isCancelled || clocks.wall >= deadline { return wake([id]) }
                tellWatchers()
            }
        } onCancel: {
            wake([id])
        }
    }

    public func poke() {
        let ids = state.withLock { state in
            state.isPoked = state.sleepers.isEmpty
            return Array(state.sleepers.keys)
        }
        wake(ids)
    }

    /// Waits until somebody sleeps, and answers for which deadline: whoever uses the waker has done all it had to do.
    public func waitUntilAsleep() async -> WallTime {
        await withCheckedContinuation { continuation in
            state.withLock { $0.watchers.append(continuation) }
            tellWatchers()
        }
    }

    /// The deadline of the present sleep.
    public var deadline: WallTime? { state.withLock { $0.sleepers.values.map(\.deadline).min() } }

    private func tellWatchers() {
        let (watchers, deadline) = state.withLock { state -> ([CheckedContinuation<WallTime, Never>], WallTime?) in
            let deadline = state.sleepers.values.map(\.deadline).min()
            guard deadline != nil else { return ([], nil) }
            defer { state.watchers = [] }
            return (state.watchers, deadline)
        }
        guard let deadline else { return }
        for watcher in watchers { watcher.resume(returning: deadline) }
    }

    private func wakeSleepers(all: Bool) {
        let now = clocks.wall
        wake(state.withLock { state in state.sleepers.filter { all || $0.value.deadline <= now }.map(\.key) })
    }

    private func wake(_ ids: [Int]) {
        let sleepers = state.withLock { state in ids.compactMap { state.sleepers.removeValue(forKey: $0) } }
        for sleeper in sleepers { sleeper.continuation.resume() }
    }
}
