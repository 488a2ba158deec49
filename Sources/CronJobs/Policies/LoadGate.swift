/// Holds the starts of a job while the machine is short of something, by the kernel's pressure stall information.
public struct LoadGate: Hashable, Sendable {
    /// What tasks wait for: a file of `/proc/pressure`.
    public enum Resource: String, Hashable, Sendable, CaseIterable { case cpu, memory, io }

    public var resource: Resource
    /// Held while some tasks waited for more than this share of the last ten seconds.
    public var percent: Int
    /// A run that was held for so long is `skipped(load)`.
    public var giveUp: Duration

    public init(_ resource: Resource, percent: Int, giveUp: Duration) {
        self.resource = resource
        self.percent = percent
        self.giveUp = giveUp
    }
}

/// Tells how short of things the machine is.
public protocol LoadMeter: Sendable {
    /// For each resource that the system tells about, the share of the last ten seconds, in percent, in which some tasks waited for it.
    func read() async -> [LoadGate.Resource: Double]
}
