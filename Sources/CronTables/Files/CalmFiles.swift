internal import CronJobs
internal import LinuxEvents

/// What the files are as long as there is nothing to do about them: whoever looks at them knows without waiting for the keeper.
final class CalmFiles: Sendable {
    /// For so long nobody asks the keeper, who has duties of his own.
    private static let longest = Duration.seconds(3600)

    private struct State {
        /// `nil` while something is to be done whatever they are.
        var stamps: [TableSnapshot.Stamp]?
        var since = WallTime(nanoseconds: 0)
        /// When they were last found unchanged, where the keeper does not know of it yet.
        var checkedAt: WallTime?
    }

    private let state = Locked(State())

    func set(_ stamps: [TableSnapshot.Stamp]?, at now: WallTime) {
        state.withLock { state in
            state.stamps = stamps
            if stamps != nil { state.since = now }
        }
    }

    /// Whether nobody need ask about files that are these.
    func covers(_ stamps: [TableSnapshot.Stamp], at now: WallTime) -> Bool {
        state.withLock { state in
            guard state.stamps == stamps, now - state.since < Self.longest else { return false }
            state.checkedAt = now
            return true
        }
    }

    /// When they were last found unchanged since this was asked last.
    func takeCheck() -> WallTime? {
        state.withLock { state in
            defer { state.checkedAt = nil }
            return state.checkedAt
        }
    }
}
