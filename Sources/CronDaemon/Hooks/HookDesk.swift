internal import CronExpressions
internal import CronFeed
internal import CronJobs
internal import CronWeb
internal import LinuxEvents

// Webhooks and pings: what `HookCalls` makes of events is sent when `DeliveryMachine` says so. An event is told once all its requests are over, taken or
// lost. All of it is on the shared thread, the requests on a thread of the web client's, and nobody waits for any of it.

/// Tells events to the URLs of their jobs.
actor HookDesk: FeedReceiver {
    struct Parts: Sendable {
        var client: WebClient
        /// Where it may wait for files.
        var blocking: ThreadExecutor
        var source: FeedSource
        /// Of jobs that run once, which the table does not have.
        var policies: JobPolicies.Values
        var secret: SigningSecret
        /// How many requests may be on their way.
        var places: Int
        var version: String
        var clocks: any Clocks
        var secrets: Secrets
        var log: Log
    }

    private enum Input: Sendable {
        case events([(ticket: Int, event: FeedEvent)], FeedJobs, @Sendable (Int, DrainMachine.Answer) -> Void)
        case machine(DeliveryMachine.Event)
    }

    private struct Mailbox {
        var inputs: [Input] = []
        /// Somebody will look into it.
        var isCalled = false
        /// Hosts and URLs that do not answer, and why.
        var waits: [String: String] = [:]
    }

    /// An event that is not over yet.
    private struct Open {
        var requests: Int
        var answer = DrainMachine.Answer.arrived
        let tell: @Sendable (Int, DrainMachine.Answer) -> Void
    }

    private let parts: Parts
    private let mailbox = Locked(Mailbox())
    private var machine: DeliveryMachine
    private var open: [Int: Open] = [:]
    /// Whose each request is.
    private var events: [Int: Int] = [:]
    private var lastRequest = 0

    init(_ parts: Parts) {
        self.parts = parts
        machine = DeliveryMachine(places: parts.places)
    }

    nonisolated var isOpen: Bool { true }

    /// Which hosts do not answer; `nil` where requests do not wait.
    nonisolated var obstacle: String? { DeliveryMachine.obstacle(mailbox.withLock { $0.waits }) }

    /// What is wrong with the secret that messages are signed with.
    nonisolated var secretFault: String? { parts.secret.fault }

    nonisolated func tell(
        _ events: [(ticket: Int, event: FeedEvent)], of jobs: FeedJobs, answer: @escaping @Sendable (Int, DrainMachine.Answer) -> Void
    ) { post(.events(events, jobs, answer)) }

    nonisolated func callBack() { post(.machine(.withdrawn)) }

    private nonisolated func post(_ input: Input) {
        let isCalled = mailbox.withLock { mailbox in
            mailbox.inputs.append(input)
            defer { mailbox.isCalled = true }
            return mailbox.isCalled
        }
        if !isCalled { Task { await look() } }
    }

    private func look() {
        let inputs = mailbox.withLock { mailbox in
            defer { mailbox.inputs = [] }
            mailbox.isCalled = false
            return mailbox.inputs
        }
        for input in inputs {
            switch input {
            case .events(let events, let jobs, let answer): take(events, jobs, answer)
            case .machine(let event): handle(event)
            }
        }
        let waits = machine.waits
        mailbox.withLock { $0.waits = waits }
    }

    private func take(
        _ events: [(ticket: Int, event: FeedEvent)], _ jobs: FeedJobs, _ answer: @escaping @Sendable (Int, DrainMachine.Answer) -> Void
    ) {
        let form = HookCalls(source: parts.source, mask: parts.secrets.mask)
        var requests: [(ticket: Int, call: HookCall)] = []
        for (ticket, event) in events {
            let calls = (policies(of: event, jobs).map { form.calls(for: event, $0) } ?? []).filter { isTimely($0.kind, event) }
            if calls.isEmpty { answer(ticket, .arrived) } else { open[ticket] = Open(requests: calls.count, tell: answer) }
            for call in calls {
                lastRequest += 1
                self.events[lastRequest] = ticket
                requests.append((lastRequest, call))
            }
        }
        handle(.submitted(requests))
    }

    private func policies(of event: FeedEvent, _ jobs: FeedJobs) -> JobPolicies.Values? {
        guard let id = event.run?.job else { return nil }
        return jobs.job(id)?.policies.values ?? (id.isOnce ? parts.policies : nil)
    }

    /// A ping says how things stand; of what was long ago, while nobody sent any, it would say something wrong.
    private func isTimely(_ kind: HookCall.Kind, _ event: FeedEvent) -> Bool {
        parts.clocks.wall - event.at <= (kind == .ping ? .seconds(900) : .seconds(86_400))
    }

    private func handle(_ event: DeliveryMachine.Event) {
        for effect in machine.handle(event, now: parts.clocks.monotonic) { perform(effect) }
    }

    private func perform(_ effect: DeliveryMachine.Effect) {
        switch effect {
        case .send(let request, let call, let limit):
            Task { [parts, weak self] in
                let answer = await parts.send(call, limit)
                self?.post(.machine(.answered(request, answer)))
            }
        case .settle(let request, let answer): settle(request, answer)
        case .wake(let length):
            Task { [weak self] in
                if (try? await SharedPool.wait(for: length)) != nil { self?.post(.machine(.timeIsUp)) }
            }
        case .say(let news): say(news)
        }
    }

    private func settle(_ request: Int, _ answer: DrainMachine.Answer) {
        guard let ticket = events.removeValue(forKey: request), var event = open[ticket] else { return }
        event.requests -= 1
        if answer != .arrived { event.answer = answer }
        open[ticket] = event.requests > 0 ? event : nil
        if event.requests == 0 { event.tell(ticket, event.answer) }
    }

    // MARK: Words

    private func say(_ news: DeliveryMachine.News) {
        let log = parts.log
        switch news {
        case .away(let host, let reason):
            log.warning("a host does not answer; webhooks and pings for it wait", .text("host", host), .text("reason", reason))
        case .hangs(let call, let reason):
            log.warning(
                "a URL does not answer, though its host does; its webhooks and pings wait", .text("job", "\(call.job)"),
                .text("host", "\(call.url)"), .text("reason", reason))
        case .back(let host): log.info("the host answers again", .text("host", host))
        case .lost(let call, let reason):
            log.warning(
                call.kind == .ping ? "a ping is lost" : "a webhook is lost", .text("job", "\(call.job)"), .text("host", "\(call.url)"),
                .text("reason", reason))
        case .goesOn(let call, let lost):
            log.info(
                call.kind == .ping ? "pings are taken again" : "webhooks are taken again", .text("job", "\(call.job)"),
                .text("host", "\(call.url)"), .number("lost", Int64(lost)))
        }
    }

    nonisolated func say(_ news: DrainMachine.News) {
        switch news {
        case .waits(let reason): parts.log.warning("webhooks and pings wait in the store", .text("reason", reason))
        case .goesOn: parts.log.info("webhooks and pings are sent again")
        case .gap(let count):
            parts.log.warning("webhooks and pings are lost: the store had no room for what they tell of", .number("count", Int64(count)))
        }
    }
}

extension HookDesk.Parts {
    /// Sends a request, and says what its answer means.
    fileprivate func send(_ call: HookCall, _ limit: Duration) async -> DeliveryMachine.Answer {
        switch await client.send(await request(call, limit)) {
        case .none(let reason): return .unreachable(reason)
        case .untried: return .untried
        case .status(let status, let words, let retryAfter):
            switch status {
            case 200...299: return .taken
            case 408, 425, 429, 500...599: return .busy(words, after: retryAfter?.wait(at: clocks.wall))
            default: return .refused(words)
            }
        }
    }

    private func request(_ call: HookCall, _ limit: Duration) async -> WebRequest {
        var request = WebRequest(call.url, target: call.target)
        (request.body, request.limit) = (call.body, limit)
        request.fields = [("User-Agent", "swift-crond/\(version)")]
        if !call.body.isEmpty { request.fields.append(("Content-Type", call.contentType)) }
        guard call.kind == .webhook else { return request }
        let id = String(decoding: call.id.utf8.map { (33...126).contains($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
        let now = clocks.wall.instant.seconds
        request.fields += [("webhook-id", id), ("webhook-timestamp", "\(now)")]
        if let secret = await secret.current(blocking) {
            request.fields.append(("webhook-signature", secret.signature(id: id, at: now, call.body)))
        }
        return request
    }
}
