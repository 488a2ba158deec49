internal import Synchronization

// Several machines that share a store go by its clock: theirs may differ, and the store's is the one that judges what is early and late. While
// the store is away, the last known difference to our monotonic clock stays. This machine's own wall clock then matters to nobody: it may be
// wrong, and it may be set.

/// The clock of a shared store, as this machine knows it.
public final class StoreClock: Clocks {
    private let machine: any Clocks
    private let estimate = Mutex(ClockEstimate())

    /// - Parameter machine: this machine's clocks; before the first answer its wall clock stands in.
    public init(machine: any Clocks) { self.machine = machine }

    public var wall: WallTime { reading(at: machine.monotonic) ?? machine.wall }
    public var monotonic: MonotonicTime { machine.monotonic }

    /// Takes in what the store said. Answers how far its clock was set since it was last heard; `nil` where it was not.
    @discardableResult
    public func hear(_ answer: ClockEstimate.Answer) -> Duration? { estimate.withLock { $0.add(answer) } }

    /// The store's clock minus this machine's; `nil` before the first answer.
    public var difference: Duration? {
        let machineWall = machine.wall
        return reading(at: machine.monotonic).map { $0 - machineWall }
    }

    /// By the difference as it is now; the same before the first answer.
    public func fromMachine(_ time: WallTime) -> WallTime { time + (difference ?? .zero) }

    /// By the difference as it is now; the same before the first answer.
    public func toMachine(_ time: WallTime) -> WallTime { time - (difference ?? .zero) }

    private func reading(at moment: MonotonicTime) -> WallTime? { estimate.withLock { $0.reading(at: moment) } }
}
