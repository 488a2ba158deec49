@testable internal import CronDaemon
internal import CronExpressions
internal import CronFeed
internal import CronJobs
internal import CronRabbitMQ
internal import CronStoreRedis
internal import LinuxEvents
internal import Synchronization
internal import Testing

/// A store of which somebody is told what it is asked, before and after.
private struct WatchedStore: FactStore, ConsumerStore {
    let ledger: any FactStore & ConsumerStore
    let step: @Sendable (String) async -> Void

    private func step<Answer: Sendable>(
        _ name: String, _ body: () async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        await step("before \(name)")
        let answer = try await body()
        await step("after \(name)")
        return answer
    }

    func keepFacts(_ isWanted: Bool) async throws(StoreError) { try await ledger.keepFacts(isWanted) }
    func facts(after cursor: Int64, limit: Int) async throws(StoreError) -> FactPage {
        // Small pages: there are many steps.
        try await step("read") { () async throws(StoreError) in try await ledger.facts(after: cursor, limit: 20) }
    }
    func noteDegraded(_ what: String, reason: String, now: WallTime) async throws(StoreError) {}
    func lastFact() async throws(StoreError) -> Int64 { try await ledger.lastFact() }
    func attend(_ consumer: String, known: Int64?, now: WallTime) async throws(StoreError) -> ConsumerPlace {
        try await step("attend") { () async throws(StoreError) in try await ledger.attend(consumer, known: known, now: now) }
    }
    func notes(of consumer: String) async throws(StoreError) -> [String: String] {
        try await step("learn") { () async throws(StoreError) in try await ledger.notes(of: consumer) }
    }
    func advance(_ consumer: String, from: Int64, to: Int64, notes: [String: String?], now: WallTime) async throws(StoreError) -> Bool {
        try await step("advance") { () async throws(StoreError) in
            try await ledger.advance(consumer, from: from, to: to, notes: notes, now: now)
        }
    }
    func leave(_ consumer: String) async throws(StoreError) { try await ledger.leave(consumer) }
}

private struct Quiet: LogSink {
    func write(_ line: [UInt8]) -> Bool { true }
}

/// The feed of events, with a real broker.
@Suite(.serialized, .realTime, .enabled(if: RabbitServer.isThere, Comment(rawValue: RabbitServer.skipped))) struct RabbitFeedTests {
    private let server: RabbitServer
    private let executor = ThreadExecutor()

    init() throws { server = try RabbitServer.shared() }

    /// A feed to an exchange of that name, with a queue of that name behind it, and its publisher.
    private func feed(
        _ name: String, _ ledger: any Ledger & FactStore & ConsumerStore, step: @escaping @Sendable (String) async -> Void = { _ in }
    ) async throws -> (EventFeed, Publisher) {
        let box = Mutex<EventFeed?>(nil)
        let publisher = Publisher(try AMQPURL(server.url), executor: executor, clocks: RealClocks()) { _ in
            box.withLock { $0 }?.receiverChanged()
        }
        let store = WatchedStore(ledger: ledger, step: step)
        let secrets = Secrets(.none, environment: [:]), log = Log(format: .logfmt, level: .error, clocks: RealClocks(), errors: Quiet())
        let receiver = BrokerReceiver(
            publisher: publisher, exchange: name, source: FeedSource(service: "test", store: "0123456789ab"), secrets: secrets, log: log)
        let feed = EventFeed(
            EventFeed.Parts(
                consumer: "events", ledger: ledger, facts: store, consumers: store, receiver: receiver, withOutput: false,
                clocks: RealClocks(), secrets: secrets, log: log, jobs: { _ in FeedJobs() }))
        box.withLock { $0 = feed }
        feed.begin()
        return (feed, publisher)
    }

    private func queue(_ name: String) throws -> RabbitProbe {
        let probe = try RabbitProbe(server)
        try probe.declare(exchange: name, type: "topic")
        try probe.declare(queue: name)
        try probe.bind(queue: name, to: name, key: "crond.test.#")
        return probe
    }

    /// Decides something about three jobs, so many times.
    private func decide(_ ledger: any Ledger, _ seconds: ClosedRange<Int64>) async throws {
        let now = RealClocks().wall
        for second in seconds {
            try await ledger.skip(
                ["a", "b", "c"].map { job in
                    Skip(
                        job: JobID(job), first: Instant(second), last: Instant(second), count: 1, outcome: .missed(1), since: Instant(0))
                }, now: now)
        }
    }

    private func arrivesWhole(_ name: String, _ ledger: any FactStore & ConsumerStore, last: Int64) async throws {
        let end = try await ledger.lastFact()
        _ = try await again { () async throws -> Bool? in
            try await ledger.attend("events", known: nil, now: RealClocks().wall) == .at(end, lost: 0) ? true : nil
        }
        var seen: Set<String> = []
        let got = try RabbitProbe(server).all(name).filter { seen.insert($0.id).inserted }
        for job in ["a", "b", "c"] {
            let mine = got.filter { $0.key == "crond.test.\(job).missed" }.map(\.id)
            #expect(mine == (1...last).map { "0123456789ab.\(job)@\($0).1.missed" }, "\(name), \(job)")
        }
        #expect(got.count == Int(last) * 3 && got.allSatisfy { $0.contentType == "application/cloudevents+json" && $0.persistent })
    }

    private static let steps = [
        "before attend", "after attend", "after learn", "before read", "after read", "before advance", "after advance",
    ]

    /// The queues of all steps, kept by the server through any crash from here on.
    private func declareAll() throws {
        try Self.isDeclared.withLock { isDeclared in
            guard !isDeclared else { return }
            for step in Self.steps { _ = try queue("feed " + step) }
            try server.keepDeclared()
            isDeclared = true
        }
    }

    private static let isDeclared = Mutex(false)

    @Test(
        "Killed and started again at each step of the drain: no event is lost, each job's come in order, again only under their ids",
        arguments: steps)
    func killed(at step: String) async throws {
        let name = "feed " + step, ledger = MemoryLedger(), server = server
        try declareAll()
        // At the second time of it, or the first of what comes once.
        let left = Mutex(step.contains("attend") || step.contains("learn") ? 1 : 2), isArmed = Mutex(false)
        let (feed, publisher) = try await feed(name, ledger) { place in
            guard place == step, isArmed.withLock({ $0 }) else { return }
            let isNow = left.withLock { left in
                left -= 1
                return left == 0
            }
            guard isNow else { return }
            server.crash()
            try? server.start()
        }
        try await feed.prepare()
        isArmed.withLock { $0 = true }
        try await publisher.start()
        try await decide(ledger, 1...60)
        feed.wake()
        _ = try await again { left.withLock { $0 } <= 0 ? true : nil }
        try await decide(ledger, 61...100)
        feed.wake()
        try await arrivesWhole(name, ledger, last: 100)
        await feed.finish(within: .zero)
        await publisher.close()
    }

    @Test("An exchange that is not there yet: events wait in the store, and go out when it is") func missingExchange() async throws {
        let ledger = MemoryLedger(), (feed, publisher) = try await feed("feed-later", ledger)
        try await feed.prepare()
        try await publisher.start()
        try await decide(ledger, 1...3)
        feed.wake()
        _ = try await again { feed.obstacle?.contains("no exchange 'feed-later'") == true ? true : nil }
        _ = try queue("feed-later")
        try await arrivesWhole("feed-later", ledger, last: 3)
        _ = try await again { feed.obstacle == nil ? true : nil }
        await feed.finish(within: .zero)
        await publisher.close()
    }

    @Test("An event for which nobody has bound a queue is no trouble") func nobodyListens() async throws {
        try RabbitProbe(server).declare(exchange: "feed-silent", type: "topic")
        let ledger = MemoryLedger(), (feed, publisher) = try await feed("feed-silent", ledger)
        try await feed.prepare()
        try await publisher.start()
        try await decide(ledger, 1...3)
        feed.wake()
        _ = try await again { () async throws -> Bool? in
            await ledger.attend("events", known: nil, now: RealClocks().wall) == .at(9, lost: 0) ? true : nil
        }
        #expect(feed.obstacle == nil)
        await publisher.close()
    }

    @Test("Over a Redis one node tells at a time, of all nodes' decisions; when it has gone, another goes on where it stood")
    func takenOver() async throws {
        let redis = try RedisServer(), one = try redis.ledger(), two = try redis.ledger()
        _ = try queue("feed-redis")
        let (first, firstPublisher) = try await feed("feed-redis", one), (second, secondPublisher) = try await feed("feed-redis", two)
        try await first.prepare()
        try await second.prepare()
        try await firstPublisher.start()
        try await decide(two, 1...5)
        let probe = try RabbitProbe(server)
        var got: [String] = []
        _ = try await again { () async throws -> Bool? in
            got += try probe.all("feed-redis").map(\.id)
            return got.count >= 15 ? true : nil
        }
        try await secondPublisher.start()
        guard case .heldBy = try await two.attend("events", known: nil, now: RealClocks().wall) else {
            return #expect(Bool(false), "two at a time")
        }
        // It ends as soon as it has noted what the broker confirmed; without that the other one would tell it again.
        await first.finish(within: .seconds(50))
        try await decide(one, 6...8)
        _ = try await again { () async throws -> Bool? in
            got += try probe.all("feed-redis").map(\.id)
            return got.count >= 24 ? true : nil
        }
        #expect(got.count == 24 && Set(got).count == 24, "nothing twice where nothing failed")
        await second.finish(within: .zero)
        await firstPublisher.close()
        await secondPublisher.close()
    }
}
