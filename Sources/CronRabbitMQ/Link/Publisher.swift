public import CronJobs
public import LinuxEvents

// What `LinkMachine` decides, done. Whoever hands a message over waits for nothing: it is put into a mailbox, and the answer comes by a call. All that
// may block is the thread's.

/// Sends messages to a broker, and tells of each what became of it. Connects by itself, again and again.
public actor Publisher {
    /// A thread whose jobs never block for long, for its own work and for the calls of `then` and `observer`.
    public typealias Executor = any SerialExecutor & TaskExecutor

    private struct Mailbox {
        var events: [LinkMachine.Event] = []
        var answers: [Int: @Sendable (Delivery) -> Void] = [:]
        var lastNumber = 0
        /// Somebody will look into it.
        var isCalled = false
        var isOpen = false
        var isBlocked = false
        var obstacle: String?
        var inFlight = 0
    }

    public nonisolated let url: AMQPURL
    private let file: String?
    private nonisolated let executor: Executor
    private nonisolated let clocks: any Clocks
    private let sleep: @Sendable (Duration) async throws -> Void
    private let observer: @Sendable (BrokerNews) -> Void
    private nonisolated let mailbox = Locked(Mailbox())
    private var machine: LinkMachine
    private var thread: BrokerThread?
    private var closing: [CheckedContinuation<Void, Never>] = []

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - file: holds the URL on its first line; read again for each connection.
    ///   - observer: told what is to be said about the connection, on the executor.
    public init(
        _ url: AMQPURL, file: String? = nil, executor: Executor, clocks: any Clocks,
        sleep: (@Sendable (Duration) async throws -> Void)? = nil, observer: @escaping @Sendable (BrokerNews) -> Void
    ) {
        self.url = url
        self.file = file
        self.executor = executor
        self.clocks = clocks
        self.sleep = sleep ?? { try await SharedPool.wait(for: $0) }
        self.observer = observer
        let machine = LinkMachine(url)
        self.machine = machine
        mailbox.withLock { $0.obstacle = machine.obstacle }
    }

    /// Begins to connect; returns at once.
    ///
    /// - Throws: where no thread can be made.
    public func start() throws(SystemError) {
        guard thread == nil else { return }
        thread = try BrokerThread { [weak self] events in self?.post(events) }
        post([.connect])
    }

    /// Why nothing can be sent now; `nil` where it can.
    public nonisolated var obstacle: String? { mailbox.withLock { $0.obstacle } }

    /// How many messages are sent and not answered.
    public nonisolated var inFlight: Int { mailbox.withLock { $0.inFlight } }

    public nonisolated var isOpen: Bool { mailbox.withLock { $0.isOpen } }

    /// The broker is there, and takes no messages.
    public nonisolated var isBlocked: Bool { mailbox.withLock { $0.isBlocked } }

    /// Hands a message over. `then` is called once, on the executor.
    ///
    /// - Parameter sendBefore: later it is not sent.
    /// - Returns: its number, for `withdraw`.
    @discardableResult
    public nonisolated func submit(
        _ message: Message, sendBefore: MonotonicTime?, then: @escaping @Sendable (Delivery) -> Void
    ) -> Int {
        let (number, isCalled) = mailbox.withLock { mailbox in
            mailbox.lastNumber += 1
            mailbox.answers[mailbox.lastNumber] = then
            mailbox.events.append(.submitted(LinkMachine.Sending(number: mailbox.lastNumber, message: message), sendBefore: sendBefore))
            defer { mailbox.isCalled = true }
            return (mailbox.lastNumber, mailbox.isCalled)
        }
        if !isCalled { call() }
        return number
    }

    /// Nobody wants that message sent any more. It is answered all the same: `unsent`, or `unconfirmed` where it was sent.
    public nonisolated func withdraw(_ number: Int) { post([.withdrawn(number)]) }

    /// Sends a message, as soon as that is possible `within` this time.
    public nonisolated func publish(_ message: Message, within patience: Duration) async -> Delivery {
        let end = clocks.monotonic + patience
        return await withCheckedContinuation { continuation in
            submit(message, sendBefore: end) { continuation.resume(returning: $0) }
        }
    }

    /// Ends the connection. What waits is `unsent`, what was sent is `unconfirmed`. Waits for the broker for a moment only.
    public func close(within patience: Duration = .milliseconds(700)) async {
        guard machine.state != .closed, thread != nil else { return }
        post([.close])
        Task(executorPreference: executor) { [sleep] in
            try? await sleep(patience)
            await self.giveUp()
        }
        await withCheckedContinuation { closing.append($0) }
    }

    private func giveUp() {
        if closing.isEmpty { return }
        thread?.sever()
        release()
    }

    private func release() {
        for one in closing { one.resume() }
        closing = []
    }

    // MARK: Events and effects

    private nonisolated func post(_ events: [LinkMachine.Event]) {
        let isCalled = mailbox.withLock { mailbox in
            mailbox.events += events
            defer { mailbox.isCalled = true }
            return mailbox.isCalled
        }
        if !isCalled { call() }
    }

    private nonisolated func call() {
        Task(executorPreference: executor) { await self.look() }
    }

    private func look() {
        let events = mailbox.withLock { mailbox in
            defer { mailbox.events = [] }
            mailbox.isCalled = false
            return mailbox.events
        }
        if events.isEmpty { return }
        let before = (machine.state, machine.inFlight)
        let effects = machine.handle(events, now: clocks.monotonic, random: Double.random(in: 0..<1))
        if (machine.state, machine.inFlight) != before {
            let obstacle = machine.obstacle
            mailbox.withLock { mailbox in
                mailbox.isOpen = machine.isOpen
                mailbox.isBlocked = machine.isBlocked
                mailbox.obstacle = obstacle
                mailbox.inFlight = machine.inFlight
            }
        }
        for effect in effects { perform(effect) }
        if machine.state == .closed { release() }
    }

    private func perform(_ effect: LinkMachine.Effect) {
        switch effect {
        case .connect: thread?.take(.connect(url, file: file))
        case .send(let sendings): thread?.take(.send(sendings))
        case .sever: thread?.sever()
        case .hangUp: thread?.take(.hangUp)
        case .reconnect(let wait): later(wait) { $0.post([.connect]) }
        case .tick(let wait): later(wait) { await $0.tick() }
        case .answer(let number, let delivery): mailbox.withLock { $0.answers.removeValue(forKey: number) }?(delivery)
        case .tell(let news): observer(news)
        }
    }

    private func tick() { post([.ticked(writingSince: thread?.writingSince)]) }

    private func later(_ wait: Duration, _ body: @escaping @Sendable (Publisher) async -> Void) {
        Task(executorPreference: executor) { [weak self, sleep] in
            guard (try? await sleep(wait)) != nil, let self else { return }
            await body(self)
        }
    }
}
