internal import CronJobs

/// An attempt that has not started yet.
struct PendingAttempt {
    var attempt: Attempt
    var reporter: Reporter
    /// The last reason why it could not start, and how often that happened.
    var failure: LaunchFailure?
    var tries = 0
}

/// Attempts in the order of their coming: an array that is eaten from the front.
struct LaunchQueue {
    private var items: [PendingAttempt] = []
    private var head = 0

    var isEmpty: Bool { head == items.count }
    var count: Int { items.count - head }
    var first: PendingAttempt? { isEmpty ? nil : items[head] }
    var earliestDeadline: WallTime? { items[head...].lazy.compactMap(\.attempt.startDeadline).min() }

    mutating func append(_ pending: PendingAttempt) { items.append(pending) }

    mutating func popFirst() -> PendingAttempt? {
        guard !isEmpty else { return nil }
        let item = items[head]
        head += 1
        if head == items.count || head > 4096 {
            items.removeFirst(head)
            head = 0
        }
        return item
    }

    /// Takes out those that `condition` is true for.
    mutating func remove(where condition: (Attempt) -> Bool) -> [PendingAttempt] {
        var removed: [PendingAttempt] = [], kept: [PendingAttempt] = []
        for item in items[head...] {
            if condition(item.attempt) { removed.append(item) } else { kept.append(item) }
        }
        items = kept
        head = 0
        return removed
    }
}
