internal import CronExpressions
internal import CronFeed
internal import CronJobs
internal import Crypto
internal import LinuxEvents

// What `DrainMachine` decides, done: facts are read from the store, told to a receiver, and noted. All of it is on the shared thread, not on the loop:
// writing hundreds of events takes milliseconds. What others tell it (the receiver's answers, that something was decided) goes into a mailbox, so
// nobody waits for it; and it waits for the store and the receiver as long as they like.

/// Tells events, at least once.
actor EventFeed {
    struct Parts: Sendable {
        /// By which its place in the store is known.
        var consumer: String
        var ledger: any Ledger
        var facts: any FactStore
        var consumers: any ConsumerStore
        var receiver: any FeedReceiver
        /// The receiver tells many others, who decide for themselves what they want of all that happens.
        var isForMany = false
        /// Events have the end of what their run wrote.
        var withOutput: Bool
        var clocks: any Clocks
        var secrets: Secrets
        var log: Log
        var jobs: @Sendable (Set<JobID>) async -> FeedJobs
    }

    private struct Mailbox {
        var events: [DrainMachine.Event] = []
        var isWoken = false
        /// Somebody will look into it.
        var isCalled = false
        var obstacle: String?
        /// The table is in use: what jobs want to be told can be looked up.
        var hasBegun = false
    }

    private let parts: Parts
    private let mailbox = Locked(Mailbox())
    private var machine: DrainMachine
    private var alarm = 0

    init(_ parts: Parts) {
        self.parts = parts
        machine = DrainMachine(isShared: parts.ledger.shared != nil, tellsEach: parts.isForMany, isForMany: parts.isForMany)
    }

    /// Names the store to consumers without telling its secret.
    static func identity(of secret: String) -> String {
        let sum = SHA256.hash(data: Array("swift-crond events 1\n\(secret)".utf8))
        return sum.prefix(6).map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
    }

    /// Has facts kept from now on. To be called before anything is decided.
    func prepare() async throws(StoreError) {
        try await parts.facts.keepFacts(true)
        _ = try await parts.consumers.attend(parts.consumer, known: nil, now: parts.clocks.wall)
        try await parts.consumers.leave(parts.consumer)
    }

    /// Why events wait in the store; `nil` where they do not.
    nonisolated var obstacle: String? { mailbox.withLock { $0.obstacle } }

    /// Something may have been decided: looked at in a moment, with whatever else is by then.
    nonisolated func wake() {
        let isFirst = mailbox.withLock { mailbox in
            defer { mailbox.isWoken = true }
            return !mailbox.isWoken
        }
        guard isFirst else { return }
        later(.milliseconds(20)) { feed in
            feed.mailbox.withLock { $0.isWoken = false }
            feed.post([.woken])
        }
    }

    /// The table is in use. Before that nothing is told: how it is told is a matter of the jobs.
    nonisolated func begin() {
        mailbox.withLock { $0.hasBegun = true }
        receiverChanged()
    }

    nonisolated func receiverChanged() {
        guard mailbox.withLock({ $0.hasBegun }) else { return }
        post([.broker(isThere: parts.receiver.isOpen)])
    }

    /// What the service lacks is an event, too.
    nonisolated func note(_ lack: String, _ reason: String) {
        Task { [parts] in
            let masked = parts.secrets.mask?.masked(reason) ?? reason
            do throws(StoreError) { try await parts.facts.noteDegraded(lack, reason: masked, now: parts.clocks.wall) } catch { return }
            wake()
        }
    }

    /// Tells what can be told within this time, notes it, and lets another node go on: the rest is told by that, or by the next life.
    func finish(within limit: Duration) async {
        let end = parts.clocks.monotonic + limit
        handle(.woken)
        while !machine.isIdle, parts.clocks.monotonic < end { try? await SharedPool.wait(for: .milliseconds(10)) }
        await stop()
    }

    private func stop() async {
        for effect in machine.handle(.stop) {
            switch effect {
            case .advance(let from, let to, let notes):
                _ = try? await parts.consumers.advance(parts.consumer, from: from, to: to, notes: notes, now: parts.clocks.wall)
            case .leave: try? await parts.consumers.leave(parts.consumer)
            default: break
            }
        }
    }

    // MARK: Events and effects

    private nonisolated func post(_ events: [DrainMachine.Event]) {
        let isCalled = mailbox.withLock { mailbox in
            mailbox.events += events
            defer { mailbox.isCalled = true }
            return mailbox.isCalled
        }
        if !isCalled { Task { await look() } }
    }

    private func look() {
        let events = mailbox.withLock { mailbox in
            defer { mailbox.events = [] }
            mailbox.isCalled = false
            return mailbox.events
        }
        for event in events { handle(event) }
    }

    private func handle(_ event: DrainMachine.Event, jobs: FeedJobs = FeedJobs()) {
        for effect in machine.handle(event, jobs: jobs) { perform(effect, jobs) }
    }

    private func perform(_ effect: DrainMachine.Effect, _ jobs: FeedJobs) {
        let parts = parts
        switch effect {
        case .attend(let known):
            ask { () async throws(StoreError) in
                .place(try await parts.consumers.attend(parts.consumer, known: known, now: parts.clocks.wall))
            }
        case .learn: ask { () async throws(StoreError) in .notes(try await parts.consumers.notes(of: parts.consumer)) }
        case .read(let cursor, let limit): Task { await read(after: cursor, limit) }
        case .tell(let events):
            parts.receiver.tell(events, of: jobs) { [weak self] ticket, answer in self?.post([.answered(ticket, answer)]) }
        case .callBack: parts.receiver.callBack()
        case .advance(let from, let to, let notes):
            ask { () async throws(StoreError) in
                .advanced(try await parts.consumers.advance(parts.consumer, from: from, to: to, notes: notes, now: parts.clocks.wall))
            }
        case .leave: Task { try? await parts.consumers.leave(parts.consumer) }
        case .wake(let length):
            alarm += 1
            later(length) { [alarm] in await $0.ring(alarm) }
        case .say(let news): say(news)
        }
    }

    private func ask(_ question: @escaping @Sendable () async throws(StoreError) -> DrainMachine.Event) {
        Task {
            do throws(StoreError) { handle(try await question()) } catch { handle(.failed("the store: \(error.message)")) }
        }
    }

    private nonisolated func later(_ length: Duration, _ body: @escaping @Sendable (EventFeed) async -> Void) {
        Task { [weak self] in
            guard (try? await SharedPool.wait(for: length)) != nil, let self else { return }
            await body(self)
        }
    }

    private func ring(_ number: Int) { if number == alarm { handle(.timeIsUp) } }

    private func say(_ news: DrainMachine.News) {
        switch news {
        case .waits(let reason): mailbox.withLock { $0.obstacle = reason }
        case .goesOn: mailbox.withLock { $0.obstacle = nil }
        case .gap: break
        }
        parts.receiver.say(news)
    }

    // MARK: Reading

    private func read(after cursor: Int64, _ limit: Int) async {
        do throws(StoreError) {
            let page = try await parts.facts.facts(after: cursor, limit: limit)
            var ids: Set<JobID> = [], changes = false
            for fact in page.facts {
                switch fact.kind {
                case .started(let run, _, _), .ended(let run, _, _, _, _): ids.insert(run.job)
                case .tableChanged: changes = true
                case .takenOver, .degraded: break
                }
            }
            if changes { ids.formUnion(machine.failing) }
            let jobs = ids.isEmpty ? FeedJobs() : await parts.jobs(ids)
            let outputs = parts.withOutput ? try await outputs(of: page.facts) : [:]
            handle(.page(page, outputs: outputs), jobs: jobs)
        } catch {
            handle(.failed("the store: \(error.message)"))
        }
    }

    /// The ends of what runs wrote, as far as their rows have them: what secrets they had was masked before it came there.
    private func outputs(of facts: [Fact]) async throws(StoreError) -> [Int64: String] {
        var outputs: [Int64: String] = [:], histories: [JobID: [RunRecord]] = [:]
        for fact in facts {
            guard case .ended(let run, let attempt, _, _, _) = fact.kind else { continue }
            if histories[run.job] == nil { histories[run.job] = try await parts.ledger.history(of: run.job, limit: 100) }
            let record = histories[run.job]?.first { $0.run == run && $0.attempt == attempt }
            if let tail = record?.tail, !tail.isEmpty { outputs[fact.number] = String(decoding: tail, as: UTF8.self) }
        }
        return outputs
    }
}
