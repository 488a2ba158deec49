/// A pause of a job that lasts.
public struct Pause: Hashable, Sendable {
    /// `nil` where it began before stores noted that.
    public var from: WallTime?
    /// When it ends by itself; `nil` is when somebody ends it.
    public var until: WallTime?
    /// Who asked for it, in words; empty where nobody said.
    public var by: String

    public init(from: WallTime?, until: WallTime? = nil, by: String) {
        self.from = from
        self.until = until
        self.by = by
    }
}

/// Keeps who paused which job, when and until when. A shared store judges by its own clock. Each call is one atomic step, durable on return.
public protocol PauseStore: Sendable {
    /// Pauses jobs, or changes the pause of those that are paused. Those that run on every host are named without the host.
    func pause(_ jobs: Set<JobID>, until: WallTime?, by: String, now: WallTime) async throws(StoreError)

    func resume(_ jobs: Set<JobID>, by: String, now: WallTime) async throws(StoreError)

    /// The jobs that are paused, and how.
    func pauses(now: WallTime) async throws(StoreError) -> [JobID: Pause]

    /// What was said about a job's pause: the last words, so many as `PauseHistory` holds, until 30 days after it went on.
    func pauseHistory(of job: JobID) async throws(StoreError) -> PauseHistory
}

extension Ledger {
    /// Pauses with their times and who asked; `nil` where only their being is known (`pausedJobs`).
    public nonisolated var pauses: (any PauseStore)? { self as? any PauseStore }
}
