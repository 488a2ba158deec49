internal import CronJobs

/// A job's requests of one kind to one host: one after the other.
struct DeliveryLane: Sendable {
    struct Key: Hashable, Sendable {
        var job: JobID
        var kind: HookCall.Kind
        var host: String
    }

    struct Entry: Sendable {
        var ticket: Int
        var call: HookCall
        var since: MonotonicTime
    }

    var entries: [Entry] = []
    /// The first is.
    var isOnItsWay = false
    /// How often the server was busy with the first.
    var tries = 0
    /// In a row, without an answer, though the host answered others.
    var hangs = 0
    /// When the first request in a row was sent that had no answer.
    var hangsSince: MonotonicTime?
    var pauseEnd: MonotonicTime?

    var waiting: ArraySlice<Entry> { entries.dropFirst(isOnItsWay ? 1 : 0) }

    func isReady(_ now: MonotonicTime) -> Bool { !isOnItsWay && !entries.isEmpty && pauseEnd.map { $0 <= now } ?? true }
}
