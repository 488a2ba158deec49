internal import CronJobs
internal import CronExpressions

// What a consumer knows an event by. Each is named after what was decided, not after how often it was told: an event that is told again, by this service,
// its next life or another replica, also of a fact that a store had lost and was told again, has the same id.

/// Whose events they are: a service and its store.
public struct FeedSource: Hashable, Sendable {
    public var service: String
    /// Of the store: two services of one name on stores of their own are two sources.
    public var store: String

    public init(service: String, store: String) {
        self.service = service
        self.store = store
    }

    /// The CloudEvents `source`.
    public var path: String { "/crond/\(service)/\(store)" }

    /// At most so many bytes, because AMQP has room for 255.
    static let longestID = 200

    public func id(of event: FeedEvent) -> String {
        let name: String
        if let run = event.run, let attempt = event.attempt {
            name = "\(store).\(run).\(attempt).\(event.kind.rawValue)"
        } else {
            name = "\(store).\(event.number).\(event.kind.rawValue)"
        }
        return Self.shortened(name, to: Self.longestID)
    }

    /// `crond.<service>.<job or ->.<event>`. A dot in a job's name would be a word more, so it becomes `_`.
    public func routingKey(of event: FeedEvent) -> String {
        let job = event.run.map { "\($0.job.withoutHost)" } ?? "-"
        let word = Self.shortened(String(job.map { $0 == "." || $0 == " " || $0 == "*" || $0 == "#" ? "_" : $0 }), to: 120)
        return "crond.\(service).\(word).\(event.kind.rawValue)"
    }

    private static func shortened(_ text: String, to limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        var hash = FNV1a()
        hash.add(text)
        return String(decoding: text.utf8.prefix(limit - 20), as: UTF8.self) + "~" + String(hash.value, radix: 16)
    }
}
