internal import CronJobs

/// A time in which the store fails: decides what is said of it. One event for each change of state, and a reminder a minute.
struct Outage {
    static let reminder = Duration.seconds(60)

    private(set) var code: StoreError.Code
    private let since: MonotonicTime
    private var said: MonotonicTime

    init(_ error: StoreError, now: MonotonicTime) {
        code = error.code
        since = now
        said = now
    }

    /// What another failure is worth saying.
    mutating func note(_ error: StoreError, now: MonotonicTime) -> SchedulerEvent? {
        if error.code != code {
            code = error.code
            said = now
            return .storeFailed(error)
        }
        guard now - said >= Self.reminder else { return nil }
        said = now
        return .storeStillFails(error, for: length(now))
    }

    func length(_ now: MonotonicTime) -> Duration { now - since }
}
