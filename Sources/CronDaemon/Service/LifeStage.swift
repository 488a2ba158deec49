internal import CronJobs
internal import LinuxEvents

// How far a service is in its life, for all its parts to read. That it is to end may be asked for at any moment, while it opens, too.
//
//     opening ⇄ waiting for room ──▶ open          asked to end ──a second signal──▶ hurried

final class LifeStage: Sendable {
    enum Start: Sendable {
        case opening
        /// The store's volume is full, and the table cannot be decided before there is room: only `status` is answered.
        case waitingForRoom
        case open
    }

    private struct State {
        var start = Start.opening
        var askedAt: MonotonicTime?
        var isHurried = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Locked(State())

    var start: Start { state.withLock { $0.start } }

    /// The start has come to an end.
    var isOpen: Bool { start == .open }

    func reach(_ start: Start) { state.withLock { $0.start = start } }

    var isEnding: Bool { state.withLock { $0.askedAt != nil } }

    /// A second signal came: nothing is waited for any more.
    var isHurried: Bool { state.withLock { $0.isHurried } }

    /// False where the end was asked for already: then it hurries.
    func askToEnd(at now: MonotonicTime) -> Bool {
        let (isFirst, waiting) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
            guard state.askedAt == nil else {
                state.isHurried = true
                return (false, nil)
            }
            state.askedAt = now
            defer { state.waiting = nil }
            return (true, state.waiting)
        }
        waiting?.resume()
        return isFirst
    }

    /// Returns once the end is asked for. For one who waits.
    func waitForEnd() async {
        await withCheckedContinuation { continuation in
            let isAsked = state.withLock { state in
                if state.askedAt == nil { state.waiting = continuation }
                return state.askedAt != nil
            }
            if isAsked { continuation.resume() }
        }
    }

    /// How long what outlived its job is waited for: up to 2 s, within 9 s of the first signal with what is to be done after it.
    func limit(ofWaitingAt now: MonotonicTime) -> MonotonicTime {
        let used = state.withLock { $0.askedAt }.map { now - $0 } ?? .zero
        return now + min(max(.milliseconds(8500) - used, .milliseconds(250)), .seconds(2))
    }
}
