internal import CronJobs
public import LinuxEvents

// Takes messages from one queue, on a connection of its own: a publisher's is blocked when the broker is short of memory, and what is taken must go on.
//
//   connecting ──▶ taking ──lost, queue deleted──▶ waits (backoff) ──▶ connecting …
//
// What was not settled when a connection ends is the broker's again: it gives it to somebody, once more.

/// Takes messages from a queue and settles them. Connects by itself, again and again.
public actor Consumer {
    public enum News: Sendable {
        /// Connected, the queue is there; all messages of an earlier connection are void.
        case up(String, again: Bool)
        /// There is no connection; it is tried again for ever. `isNew`: not said before for this reason.
        case down(BrokerError, isNew: Bool)
        case delivered([Delivered])
    }

    private struct Mailbox {
        var reports: [ConsumerThread.Report] = []
        var isCalled = false
    }

    private nonisolated let url: AMQPURL
    private let file: String?
    private let plan: QueuePlan
    private nonisolated let executor: Publisher.Executor
    private let sleep: @Sendable (Duration) async throws -> Void
    private let observer: @Sendable (News) -> Void
    private nonisolated let mailbox = Locked(Mailbox())
    private var thread: ConsumerThread?
    private var backoff = Backoff()
    private var saidDown: BrokerError.Kind?
    private var wasUp = false
    private var isClosing = false
    private var hasEnded = false
    private var closing: [CheckedContinuation<Void, Never>] = []

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - file: holds the URL on its first line; read again for each connection.
    ///   - observer: told what happens, in order, on the executor.
    public init(
        _ url: AMQPURL, file: String? = nil, plan: QueuePlan, executor: Publisher.Executor,
        sleep: (@Sendable (Duration) async throws -> Void)? = nil, observer: @escaping @Sendable (News) -> Void
    ) {
        self.url = url
        self.file = file
        self.plan = plan
        self.executor = executor
        self.sleep = sleep ?? { try await SharedPool.wait(for: $0) }
        self.observer = observer
    }

    /// Begins to connect; returns at once.
    public func start() throws(SystemError) {
        guard thread == nil else { return }
        let made = try ConsumerThread(plan) { [weak self] report in self?.post(report) }
        thread = made
        made.take(.connect(url, file: file))
    }

    public func settle(_ messages: [(Delivered.ID, Settlement)]) { thread?.take(.settle(messages)) }

    /// Whether messages are to come; what is on its way comes all the same.
    public func consume(_ isWanted: Bool) { thread?.take(.consume(isWanted)) }

    /// Ends the connection, once what was settled is told. Waits for the broker for a moment only.
    public func close(within patience: Duration = .milliseconds(700)) async {
        guard !hasEnded, let thread else { return }
        isClosing = true
        thread.take(.hangUp)
        Task(executorPreference: executor) { [sleep] in
            try? await sleep(patience)
            await self.giveUp()
        }
        await withCheckedContinuation { closing.append($0) }
    }

    private func giveUp() {
        if closing.isEmpty { return }
        thread?.sever()
        leave()
    }

    private func leave() {
        for one in closing { one.resume() }
        closing = []
    }

    private nonisolated func post(_ report: ConsumerThread.Report) {
        let isCalled = mailbox.withLock { mailbox in
            mailbox.reports.append(report)
            defer { mailbox.isCalled = true }
            return mailbox.isCalled
        }
        if !isCalled { Task(executorPreference: executor) { await self.look() } }
    }

    private func look() {
        let reports = mailbox.withLock { mailbox in
            defer { mailbox.reports = [] }
            mailbox.isCalled = false
            return mailbox.reports
        }
        for report in reports {
            switch report {
            case .up(let broker):
                observer(.up(broker, again: wasUp))
                backoff.reset()
                (wasUp, saidDown) = (true, nil)
            case .down(let error): retreat(error)
            case .delivered(let messages): observer(.delivered(messages))
            case .ended:
                hasEnded = true
                leave()
            }
        }
    }

    private func retreat(_ error: BrokerError) {
        if isClosing { return }
        // A broker that goes is lost first and cannot be reached then: said once.
        let isNew = saidDown == nil || saidDown != error.kind && !error.isTransient
        if isNew { saidDown = error.kind }
        observer(.down(error, isNew: isNew))
        let wait = backoff.next(random: Double.random(in: 0..<1))
        Task(executorPreference: executor) { [weak self, sleep] in
            guard (try? await sleep(wait)) != nil else { return }
            await self?.reconnect()
        }
    }

    private func reconnect() { if !isClosing { thread?.take(.connect(url, file: file)) } }
}
