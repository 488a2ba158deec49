/// Waits by the monotonic clock: for whoever limits how long something may take.
public protocol Alarm: Sendable {
    /// Returns once the monotonic clock shows `moment`, or when the task is cancelled; at once where either is so already.
    func wait(until moment: MonotonicTime) async

    /// Does something once the monotonic clock shows `moment`, unless the task is cancelled before.
    func ring(at moment: MonotonicTime, _ work: @escaping @Sendable () async -> Void) -> Task<Void, Never>
}

extension Alarm {
    /// In a task of its own, which whoever cancels it stops.
    public func ring(at moment: MonotonicTime, _ work: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        Task {
            await wait(until: moment)
            if !Task.isCancelled { await work() }
        }
    }
}
