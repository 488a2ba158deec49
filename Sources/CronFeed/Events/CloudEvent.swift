internal import CronExpressions
public import CronJobs

// The JSON form: CloudEvents 1.0, structured. docs/events.schema.json says the same for programs; a test compares the two.

/// An event as others read it.
public struct CloudEvent: Sendable {
    public static let contentType = "application/cloudevents+json"
    public static let schema = "urn:swift-crond:event:1"

    private let source: FeedSource
    private let mask: SecretMask?

    /// - Parameter mask: hides what must not be seen in what others wrote.
    public init(source: FeedSource, mask: SecretMask? = nil) {
        self.source = source
        self.mask = mask
    }

    public func json(of event: FeedEvent) -> JSONValue {
        .fields([
            "specversion": "1.0", "id": source.id(of: event), "source": source.path, "type": "crond.\(event.kind.rawValue)",
            "subject": event.run.map { "\($0.job)" }, "time": Self.text(event.at), "datacontenttype": "application/json",
            "dataschema": Self.schema, "sequence": Self.sequence(of: event), "data": data(of: event),
        ])
    }

    private func data(of event: FeedEvent) -> JSONValue {
        let fireTime = event.run?.occasion.fireTime
        return .fields([
            "event": event.kind.rawValue, "service": source.service, "job": event.run.map { "\($0.job.withoutHost)" },
            "host": event.run?.job.host, "run": event.run.map { "\($0)" }, "attempt": event.attempt,
            "trigger": event.run.map { $0.occasion.trigger.rawValue }, "scheduled_at": fireTime?.rfc3339UTC(),
            "outcome": event.outcome.map { masked("\($0)") }, "exit": event.outcome?.exitCode, "failures": event.failures,
            "first": fireTime == nil ? nil : event.first?.rfc3339UTC(), "count": fireTime == nil ? nil : event.count,
            "started_at": event.startedAt.map(Self.text), "lateness_ms": event.lateness?.wholeMilliseconds, "revision": event.revision,
            "lack": event.lack, "reason": event.reason.map(masked), "lost": event.lost, "output": event.output.map(masked),
        ])
    }

    private func masked(_ text: String) -> String { mask?.masked(text) ?? text }

    /// Texts that sort as the events follow each other.
    private static func sequence(of event: FeedEvent) -> String {
        func padded(_ number: Int64, _ length: Int) -> String {
            let digits = "\(number)"
            return String(repeating: "0", count: max(0, length - digits.count)) + digits
        }
        return padded(event.number, 19) + "." + padded(Int64(event.place + 1), 2)
    }

    /// RFC 3339, to the millisecond.
    static func text(_ time: WallTime) -> String {
        let instant = time.instant, rest = (time - WallTime(instant)).wholeMilliseconds
        let digits = "\(rest)"
        return instant.rfc3339UTC().dropLast() + "." + String(repeating: "0", count: 3 - digits.count) + digits + "Z"
    }
}

extension Outcome {
    fileprivate var exitCode: Int? { if case .failed(.exit(let code)) = self { Int(code) } else { nil } }
}
