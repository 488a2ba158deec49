/// The two clocks that everything above is given; nothing else may ask the system for the time.
///
/// The wall clock decides *when*, the monotonic clock measures *how long*. Tests hand in manual clocks.
public protocol Clocks: Sendable {
    var wall: WallTime { get }
    var monotonic: MonotonicTime { get }
}
