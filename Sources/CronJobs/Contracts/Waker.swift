/// Wakes the scheduler: the only thing that it knows of the world's timers.
public protocol Waker: Sendable {
    /// Returns at or shortly after the wall clock shows `deadline`, at once when the wall clock was set, when `poke()` was called since the
    /// last return, or when the task is cancelled. May return early for no reason: the caller looks at the clock again.
    func sleep(until deadline: WallTime) async

    /// Ends the current sleep, or the next one if none is going on.
    func poke()
}
