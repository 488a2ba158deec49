/// Wakes the scheduler: the only thing that it knows of the world's timers.
public protocol Waker: Sendable {
    /// Returns at or shortly after the wall clock shows `deadline`, at once when the wall clock was set, when `poke()` was called since the
    /// last return, or when the task is cancelled. May return early for no reason: the caller looks at the clock again. One at a time.
    func sleep(until deadline: WallTime) async

    /// Ends the current sleep, or the next one if none is going on.
    func poke()

    /// A short wait beside the sleep, of any number at once: `poke()` neither ends it nor is used up by it. May return early, as a sleep may.
    func wait(until deadline: WallTime) async
}

extension Waker {
    /// For a waker whose sleeps do not disturb each other.
    public func wait(until deadline: WallTime) async { await sleep(until: deadline) }
}
