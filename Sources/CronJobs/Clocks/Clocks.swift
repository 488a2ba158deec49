/// The two clocks that everything above is given; nothing else may ask the system for the time.
///
/// The wall clock decides *when*, the monotonic clock measures *how long*. Tests hand in manual clocks. With a store that others share the wall
/// clock is the store's (`StoreClock`): times that come from this machine, such as a file's, are translated.
public protocol Clocks: Sendable {
    var wall: WallTime { get }
    var monotonic: MonotonicTime { get }

    /// A time of this machine's own clock, by `wall`.
    func fromMachine(_ time: WallTime) -> WallTime

    /// A time of `wall`, by this machine's own clock.
    func toMachine(_ time: WallTime) -> WallTime
}

extension Clocks {
    /// Where `wall` is this machine's own clock: the same.
    public func fromMachine(_ time: WallTime) -> WallTime { time }
    /// Where `wall` is this machine's own clock: the same.
    public func toMachine(_ time: WallTime) -> WallTime { time }
}
