internal import CronRabbitMQ
internal import Glibc
internal import Testing

/// What becomes of messages, with a real broker.
@Suite(.serialized, .realTime, .enabled(if: RabbitServer.isThere, Comment(rawValue: RabbitServer.skipped))) struct RabbitPublishTests {
    private let server: RabbitServer
    private let probe: RabbitProbe

    init() throws {
        server = try RabbitServer.shared()
        probe = try RabbitProbe(server)
    }

    @Test func aMessageArrivesAsItWasSent() async throws {
        try probe.declare(queue: "as-sent")
        try probe.declare(exchange: "as-sent-x")
        try probe.bind(queue: "as-sent", to: "as-sent-x", key: "ké y")
        let test = try await TestPublisher(server.url)
        let message = Message(
            id: "job@1700000000.1", exchange: "as-sent-x", key: "ké y", body: Array("{\"a\":1}".utf8), contentType: "application/json",
            headers: [.init("job", .text("nightly")), .init("attempt", .number(-3)), .init("empty", .text(""))], timestamp: 1_700_000_000)
        #expect(await test.publisher.publish(message, within: .seconds(50)) == .confirmed)
        let got = try #require(try probe.next("as-sent"))
        #expect(got.body == "{\"a\":1}" && got.id == "job@1700000000.1" && got.contentType == "application/json" && got.persistent)
        #expect(got.headers == ["job": "nightly", "attempt": "-3", "empty": ""] && got.exchange == "as-sent-x" && got.key == "ké y")
        #expect(await test.send("", "as-sent", "") == .confirmed, "an empty body, by the default exchange")
        #expect(try probe.next("as-sent")?.body == "")
        await test.publisher.close()
    }

    @Test func manyAreConfirmedEachAndArriveInOrder() async throws {
        try probe.declare(queue: "many")
        let test = try await TestPublisher(server.url)
        try await test.up()
        let confirmed = await withTaskGroup(of: Delivery.self) { group in
            var bodies = 0
            for number in 0..<5000 {
                bodies += number % 7
                group.addTask { await test.send("", "many", "\(number)", id: "\(number)") }
            }
            return await group.reduce(0) { $0 + ($1 == .confirmed ? 1 : 0) }
        }
        #expect(confirmed == 5000)
        let got = try probe.all("many")
        #expect(Set(got.map(\.id)).count == 5000 && got.count == 5000)
        await test.publisher.close()
    }

    @Test func aMessageThatNoQueueTakesIsUndelivered() async throws {
        try probe.declare(exchange: "no-queue-x")
        let test = try await TestPublisher(server.url)
        #expect(await test.send("no-queue-x", "nobody") == .undelivered("312 NO_ROUTE"))
        #expect(await test.send("", "no-such-queue", String(repeating: "long", count: 100_000)) == .undelivered("312 NO_ROUTE"))
        await test.publisher.close()
    }

    @Test func anExchangeThatIsNotThereConcernsNobodyElse() async throws {
        try probe.declare(queue: "innocent")
        let test = try await TestPublisher(server.url)
        try await test.up()
        async let wrong = test.send("no-such-exchange", "k")
        async let right = test.send("", "innocent")
        async let wrongAgain = test.send("no-such-exchange", "k")
        #expect(await right == .confirmed)
        for delivery in await [wrong, wrongAgain] {
            guard case .undelivered(let reason) = delivery else { return #expect(Bool(false), "\(delivery)") }
            #expect(reason.hasPrefix("404 NOT_FOUND - no exchange 'no-such-exchange'"))
        }
        try probe.declare(exchange: "no-such-exchange")
        try probe.bind(queue: "innocent", to: "no-such-exchange", key: "k")
        #expect(await test.send("no-such-exchange", "k") == .confirmed, "it is there now")
        await test.publisher.close()
    }

    @Test func aUserWhoMayNotWriteThere() async throws {
        let test = try await TestPublisher("amqp://us%3Aer:p%40ss%3A%2F%3F%23%25@127.0.0.1:\(server.port)/team%2Fa")
        guard case .undelivered(let reason) = await test.send("amq.fanout", "k") else { return #expect(Bool(false), "not refused") }
        #expect(reason.hasPrefix("403 ACCESS_REFUSED"))
        #expect(await test.send("amq.topic", "k") == .undelivered("312 NO_ROUTE"), "it may write there")
        await test.publisher.close()
    }

    @Test func aQueueThatIsFullRefuses() async throws {
        try probe.declare(queue: "full", most: 1)
        let test = try await TestPublisher(server.url)
        #expect(await test.send("", "full") == .confirmed)
        guard case .undelivered(let reason) = await test.send("", "full") else { return #expect(Bool(false), "not refused") }
        #expect(reason.contains("a queue refused it"))
        await test.publisher.close()
    }

    @Test func moreExchangesThanChannels() async throws {
        try probe.declare(queue: "of-all")
        let test = try await TestPublisher(server.url)
        for number in 0..<70 {
            try probe.declare(exchange: "of-all-\(number)")
            try probe.bind(queue: "of-all", to: "of-all-\(number)", key: "k")
            #expect(await test.send("of-all-\(number)", "k") == .confirmed)
        }
        await test.publisher.close()
    }

    @Test func aBrokerShortOfMemoryGetsNothingAndNobodyHangs() async throws {
        try probe.declare(queue: "short")
        let test = try await TestPublisher(server.url)
        #expect(await test.send("", "short") == .confirmed, "the broker blocks who has published")
        try server.alarm(true)
        defer { try? server.alarm(false) }
        // What is sent once the alarm is on makes the broker say so.
        async let onTheWay = test.send("", "short", id: "second")
        while true { if case .blocked = try await test.next() { break } }
        #expect(test.publisher.obstacle?.contains("the broker takes no messages: low on memory") == true)
        guard case .unsent(let reason) = await test.send("", "short", within: .milliseconds(300)) else {
            return #expect(Bool(false), "it was sent")
        }
        #expect(reason.contains("low on memory"))
        try server.alarm(false)
        while try await test.next() != .unblocked {}
        #expect(await onTheWay == .confirmed)
        #expect(await test.send("", "short", id: "third") == .confirmed)
        await test.publisher.close()
    }
}
