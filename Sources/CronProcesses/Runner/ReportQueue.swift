internal import CronJobs

/// Whom to tell about an attempt.
final class Reporter {
    let target: any RunReporter
    /// The object behind it: tells whether two are the same; `nil` for a value.
    let identity: ObjectIdentifier?

    init(_ target: any RunReporter) {
        self.target = target
        identity = type(of: target as Any) is AnyObject.Type ? ObjectIdentifier(target as AnyObject) : nil
    }

    func isSame(as other: Reporter) -> Bool { self === other || (identity != nil && identity == other.identity) }
}

/// Events that wait to be told, oldest first; neighbours for the same reporter travel together.
struct ReportQueue {
    private(set) var batches: [(reporter: Reporter, events: [RunEvent])] = []
    /// A task is on its way to tell them.
    var isDelivering = false

    var isEmpty: Bool { batches.isEmpty }

    mutating func append(_ event: RunEvent, to reporter: Reporter) {
        if let last = batches.last, last.reporter.isSame(as: reporter) {
            batches[batches.count - 1].events.append(event)
        } else {
            batches.append((reporter, [event]))
        }
    }

    mutating func takeAll() -> [(target: any RunReporter, events: [RunEvent])] {
        defer { batches.removeAll() }
        return batches.map { ($0.reporter.target, $0.events) }
    }
}
