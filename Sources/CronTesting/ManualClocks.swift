public import CronJobs
internal import Synchronization

/// Clocks that stand still until a test moves them.
public final class ManualClocks: Clocks {
    private struct State {
        var wall: WallTime
        var monotonic: MonotonicTime
        var observers: [@Sendable (_ wasSet: Bool) -> Void] = []
    }

    private let state: Mutex<State>

    public init(wall: WallTime, monotonic: MonotonicTime = MonotonicTime(nanoseconds: 0)) {
        state = Mutex(State(wall: wall, monotonic: monotonic))
    }

    public var wall: WallTime { state.withLock { $0.wall } }
    public var monotonic: MonotonicTime { state.withLock { $0.monotonic } }

    /// Lets time pass: both clocks move on.
    public func advance(by duration: Duration) {
        change(wasSet: false) { state in
            state.wall.nanoseconds &+= duration.wholeNanoseconds
            state.monotonic.nanoseconds &+= max(0, duration.wholeNanoseconds)
        }
    }

    /// Sets the wall clock, as an administrator or NTP does: the monotonic clock does not notice.
    public func step(wall: WallTime) { change(wasSet: true) { $0.wall = wall } }

    /// Moves the wall clock by `duration` without time passing.
    public func step(by duration: Duration) { change(wasSet: true) { $0.wall.nanoseconds &+= duration.wholeNanoseconds } }

    func observe(_ observer: @escaping @Sendable (_ wasSet: Bool) -> Void) { state.withLock { $0.observers.append(observer) } }

    private func change(wasSet: Bool, _ body: (inout State) -> Void) {
        let observers = state.withLock { state in
            body(&state)
            return state.observers
        }
        for observer in observers { observer(wasSet) }
    }
}
