public import CronJobs

/// The assignments in force for an entry: all that stand above it.
///
/// Entries below the same assignments share one object. The objects of one table share one log of its assignments and know how much of it is
/// theirs, so that a table of 200,000 entries with an assignment above each of them costs no more than its text.
public final class CrontabEnvironment: Sendable {
    private let log: AssignmentLog
    private let count: Int
    /// The zone that `CRON_TZ` names; nil is the service's own.
    public let zoneName: String?

    init(log: AssignmentLog, count: Int, zoneName: String?) {
        self.log = log
        self.count = count
        self.zoneName = zoneName
    }

    /// Each name once, where it first stood, with its latest value. `CRON_TZ` is among them as written. Made anew at every call.
    public var assignments: [Variables.Assignment] {
        var places: [String: Int] = [:]
        var found: [Variables.Assignment] = []
        for item in log.items.prefix(count) {
            if let place = places[item.assignment.name] {
                found[place] = item.assignment
            } else {
                places[item.assignment.name] = found.count
                found.append(item.assignment)
            }
        }
        return found
    }

    /// The value of a name, nil if nothing assigns it.
    public subscript(name: String) -> String? {
        log.items.prefix(count).last { $0.assignment.name == name }?.assignment.value
    }

    public var isEmpty: Bool { count == 0 }
}

/// All assignments of a table in line order.
final class AssignmentLog: Sendable {
    struct Item: Sendable {
        var line: Int
        var assignment: Variables.Assignment
    }

    let items: [Item]

    init(items: [Item]) { self.items = items }
}
