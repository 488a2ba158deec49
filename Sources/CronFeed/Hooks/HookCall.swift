internal import CronExpressions
public import CronJobs

// What is asked of a job's URLs when something happens to it.
//
//     event                          on-failure=URL               ping=URL
//     started                        –                            URL/start
//     succeeded, fixed               fixed, unless notify=first   URL
//     failed, still_failing          as notify= says              URL/EXIT, or URL/fail where it did not exit
//     ended: cancelled               –                            URL/fail
//     all else                       –                            –
//
// Cronitor wants a query in place of the words behind the path. Both take an id by which the start and the end of a run are known to belong together.

/// A request that tells somebody of an event.
public struct HookCall: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable { case webhook, ping }

    public var kind: Kind
    public var job: JobID
    public var url: WebURL
    /// What is asked for: the path and what stands behind it.
    public var target: String
    /// Nothing: the request is a `GET`.
    public var body: [UInt8] = []
    public var contentType = ""
    /// The event's; the same however often it is told.
    public var id: String
}

/// Makes requests of events.
public struct HookCalls: Sendable {
    private let source: FeedSource
    private let mask: SecretMask?

    /// - Parameter mask: hides what must not be seen in what others wrote.
    public init(source: FeedSource, mask: SecretMask? = nil) {
        self.source = source
        self.mask = mask
    }

    /// - Parameter policies: of the event's job.
    public func calls(for event: FeedEvent, _ policies: JobPolicies.Values) -> [HookCall] {
        guard let hooks = policies.hooks, let run = event.run else { return [] }
        var calls: [HookCall] = []
        if let url = hooks.ping, let ping = ping(event, run, url) { calls.append(ping) }
        if let url = hooks.onFailure, wants(event, policies.notify) { calls.append(webhook(event, run, url)) }
        return calls
    }

    private func wants(_ event: FeedEvent, _ notify: NotifyPolicy) -> Bool {
        switch event.kind {
        case .failed: true
        case .stillFailing: notify.tells(event.failures ?? 1)
        case .fixed: notify != .first
        default: false
        }
    }

    private func webhook(_ event: FeedEvent, _ run: RunID, _ url: WebURL) -> HookCall {
        HookCall(
            kind: .webhook, job: run.job, url: url, target: url.path + (url.query.map { "?" + $0 } ?? ""),
            body: CloudEvent(source: source, mask: mask).json(of: event).bytes, contentType: CloudEvent.contentType,
            id: source.id(of: event))
    }

    private func ping(_ event: FeedEvent, _ run: RunID, _ url: WebURL) -> HookCall? {
        guard let state = PingState(event) else { return nil }
        let target = url.isCronitor ? cronitor(state, run, url) : healthcheck(state, run, url)
        var call = HookCall(kind: .ping, job: run.job, url: url, target: target, id: source.id(of: event))
        if let output = event.output {
            call.body = Array((mask?.masked(output) ?? output).utf8)
            call.contentType = "text/plain; charset=UTF-8"
        }
        return call
    }

    private func healthcheck(_ state: PingState, _ run: RunID, _ url: WebURL) -> String {
        let path = state.word.isEmpty ? url.path : (url.path.hasSuffix("/") ? url.path : url.path + "/") + state.word
        return path + "?" + (url.query.map { $0 + "&" } ?? "") + "rid=" + identity(of: run)
    }

    private func cronitor(_ state: PingState, _ run: RunID, _ url: WebURL) -> String {
        var words = url.query.map { [$0] } ?? []
        words.append("state=" + state.cronitorWord)
        if case .failed(let code?) = state { words.append("status_code=\(code)") }
        words.append("series=" + identity(of: run))
        return url.path + "?" + words.joined(separator: "&")
    }

    /// In the form of a UUID (version 8: any bits), because healthchecks.io wants one. Attempts of a run share it: the last start counts.
    private func identity(of run: RunID) -> String {
        let text = "\(source.path) \(run)"
        let hex = [text, text + " "].map { text in
            var hash = FNV1a()
            hash.add(text)
            let digits = String(hash.value, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
        let digits = Array(hex)
        return String(digits[0..<8]) + "-" + String(digits[8..<12]) + "-8" + String(digits[13..<16]) + "-a" + String(digits[17..<20]) + "-"
            + String(digits[20..<32])
    }
}

/// What a ping says.
private enum PingState {
    case started
    case succeeded
    /// With its exit code, where there is one that says so.
    case failed(Int32?)

    init?(_ event: FeedEvent) {
        switch (event.kind, event.outcome) {
        case (.started, _): self = .started
        case (.succeeded, _), (.fixed, _): self = .succeeded
        case (.failed, .failed(.exit(let code))), (.stillFailing, .failed(.exit(let code))):
            self = .failed((1...255).contains(code) ? Int32(code) : nil)
        case (.failed, _), (.stillFailing, _), (.ended, .cancelled): self = .failed(nil)
        default: return nil
        }
    }

    var word: String {
        switch self {
        case .started: "start"
        case .succeeded: ""
        case .failed(let code): code.map { "\($0)" } ?? "fail"
        }
    }

    var cronitorWord: String {
        switch self {
        case .started: "run"
        case .succeeded: "complete"
        case .failed: "fail"
        }
    }
}

extension WebURL {
    fileprivate var isCronitor: Bool {
        let host = host.host.lowercased()
        return ["cronitor.link", "cronitor.io"].contains { host == $0 || host.hasSuffix("." + $0) }
    }
}
