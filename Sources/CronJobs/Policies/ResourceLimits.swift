/// What a run may use of the machine. `nil` is what the service itself may.
public struct ResourceLimits: Hashable, Sendable {
    /// Files that each process of it may have open.
    public var files: Int?
    /// Bytes of address space of each process of it.
    public var addressSpace: Int64?
    /// Time on a processor of each process of it: then it gets SIGXCPU, a second later KILL.
    public var cpuTime: Duration?
    /// Bytes of memory of all its processes together; kept by a control group.
    public var memory: Int64?
    /// Thousandths of a processor for all its processes together; kept by a control group.
    public var milliCPU: Int?

    public static let none = ResourceLimits()

    public init() {}

    /// What takes a control group of the run's own.
    public var needsGroup: Bool { memory != nil || milliCPU != nil }
}
