internal import CronJobs

/// A start that waits for a launcher thread, as the pool sees it.
struct LaunchTicket: Hashable {
    /// Grows with every start; tells the order.
    var number: UInt64
    var lane: LaunchLane
    var run: RunID
    var deadline: WallTime?
    /// Closed: the store is to be asked first.
    var gate: StartGate?
}

/// Whose starts keep each other's order.
enum LaunchLane: Hashable {
    /// The service's own user.
    case own
    case user(UInt32)
}

/// Starts in the order of their numbers: an array that is eaten from the front.
struct LaunchQueue {
    private var items: [LaunchTicket] = []
    private var head = 0

    var isEmpty: Bool { head == items.count }
    var count: Int { items.count - head }
    var earliestDeadline: WallTime? { items[head...].lazy.compactMap(\.deadline).min() }

    /// Puts one in its place, which is the end but for one that was here before.
    mutating func insert(_ ticket: LaunchTicket) {
        guard let last = items.last, head < items.count, last.number > ticket.number else { return items.append(ticket) }
        items.insert(ticket, at: items[head...].firstIndex { $0.number > ticket.number } ?? items.count)
    }

    mutating func popFirst() -> LaunchTicket? {
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
    mutating func remove(where condition: (LaunchTicket) -> Bool) -> [LaunchTicket] {
        var removed: [LaunchTicket] = [], kept: [LaunchTicket] = []
        for item in items[head...] {
            if condition(item) { removed.append(item) } else { kept.append(item) }
        }
        items = kept
        head = 0
        return removed
    }

    mutating func removeAll() -> [LaunchTicket] { remove { _ in true } }
}
