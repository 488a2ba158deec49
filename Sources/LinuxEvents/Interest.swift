internal import CLinux

/// What a watch waits for.
public struct Interest: OptionSet, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let readable = Interest(rawValue: EPOLLIN.rawValue)
    public static let writable = Interest(rawValue: EPOLLOUT.rawValue)
    /// Exceptional conditions, such as a change of a cgroup's event file.
    public static let priority = Interest(rawValue: EPOLLPRI.rawValue)
}

/// What a descriptor is ready for. Hang-up and error come unasked.
public struct Readiness: OptionSet, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let readable = Readiness(rawValue: EPOLLIN.rawValue)
    public static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
    public static let priority = Readiness(rawValue: EPOLLPRI.rawValue)
    public static let hangUp = Readiness(rawValue: EPOLLHUP.rawValue)
    public static let error = Readiness(rawValue: EPOLLERR.rawValue)
}

/// A watched descriptor: what `EventLoop.watch` answered. Of no use after `unwatch`.
public struct Watch: Hashable, Sendable {
    public let descriptor: Int32
    let slot: UInt32
    let generation: UInt32

    var token: UInt64 { UInt64(generation) << 32 | UInt64(slot) }
}
