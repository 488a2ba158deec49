/// What a run used, as the kernel counts it for the leader and the children it waited for.
public struct Resources: Hashable, Sendable {
    public var userTime: Duration
    public var systemTime: Duration

    public init(userTime: Duration = .zero, systemTime: Duration = .zero) {
        self.userTime = userTime
        self.systemTime = systemTime
    }
}
