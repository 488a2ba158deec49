public import CronJobs
internal import LinuxEvents

/// The machine's clocks.
public struct HostClocks: Clocks {
    public init() {}
    public var wall: WallTime { WallTime(nanoseconds: SystemClocks.wallNanoseconds()) }
    public var monotonic: MonotonicTime { MonotonicTime(nanoseconds: SystemClocks.bootNanoseconds()) }
}
