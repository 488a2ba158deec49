/// Names one process for ever: a process number alone is used again.
public struct ProcessIdentity: Hashable, Sendable {
    public var pid: Int32
    /// Start time in clock ticks since boot, field 22 of `/proc/<pid>/stat`.
    public var startTicks: Int64

    public init(pid: Int32, startTicks: Int64) {
        self.pid = pid
        self.startTicks = startTicks
    }
}
