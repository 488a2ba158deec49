/// Lets the steps of one actor that contain `await` exclude each other: whoever holds the lock keeps it until it is given on.
///
/// Only to be used from one actor's isolation. First come, first served.
public final class ActorLock {
    private var taken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    public init() {}

    /// Waits in order until nobody has it; a task that is cancelled waits, too.
    public func take(isolation: isolated (any Actor)? = #isolation) async {
        if !taken {
            taken = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    /// Hands it to who has waited longest. Only for who has it.
    public func give() {
        if waiting.isEmpty {
            taken = false
        } else {
            waiting.removeFirst().resume()
        }
    }
}
