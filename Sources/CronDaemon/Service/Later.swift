internal import LinuxEvents

/// Something that is made after those who call it, because it calls them, too. Nobody calls it before the service has begun.
final class Later<Value: Sendable>: Sendable {
    private let box = Locked<Value?>(nil)

    /// `nil` while it is not made yet.
    var value: Value? { box.withLock { $0 } }

    func set(_ value: Value) { box.withLock { $0 = value } }
}
