internal import CronRabbitMQ
internal import Glibc
internal import Testing

/// Brokers that are away, that die, that freeze, or that are none.
@Suite(.serialized, .realTime, .enabled(if: RabbitServer.isThere, Comment(rawValue: RabbitServer.skipped))) struct RabbitTroubleTests {
    private let server: RabbitServer

    init() throws { server = try RabbitServer.shared() }

    private func failure(_ url: String) async throws -> BrokerError {
        let test = try await TestPublisher(url)
        let error = try await test.down()
        await test.publisher.close()
        return error
    }

    @Test func wrongCredentials() async throws {
        let error = try await failure("amqp://guest:wr0ng@127.0.0.1:\(server.port)")
        #expect(error.kind == .wrongPassword && !error.description.contains("wr0ng"), "\(error)")
    }

    @Test func aVirtualHostThatIsNotThere() async throws {
        let error = try await failure("\(server.url)/nowhere")
        #expect(error.kind == .noVirtualHost && error.description.contains("nowhere"), "\(error)")
        #expect(try await failure("\(server.url)/team%2Fa").kind == .noVirtualHost, "or this user may not enter it")
    }

    @Test func nobodyThere() async throws {
        let port = try RedisServer.freePort()
        #expect(try await failure("amqp://127.0.0.1:\(port)").kind == .unreachable)
        #expect(try await failure("amqp://no.such.host.invalid").kind == .badAddress)
    }

    @Test func anotherServiceThere() async throws {
        let http = try AnotherService(with: "HTTP/1.1 400 Bad Request\r\n\r\n")
        #expect(try await failure("amqp://127.0.0.1:\(http.port)").kind == .notABroker)
        #expect(try await failure("amqps://127.0.0.1:\(http.port)").kind == .plainServer)
        let silent = try AnotherService(with: "")
        #expect(try await failure("amqp://127.0.0.1:\(silent.port)?timeout=0.3").kind == .silent)
    }

    @Test func plainWordsToTLSAndTLSToPlainWords() async throws {
        #expect(try await failure("amqp://127.0.0.1:\(server.securePort)").kind == .tlsServer)
        #expect(try await failure("amqps://127.0.0.1:\(server.port)").kind == .plainServer)
    }

    @Test func certificates() async throws {
        let ours = server.certificates, foreign = try Certificates()
        let shown = "&tls-cert=\(ours.clientCertificate)&tls-key=\(ours.clientKey)"
        let good = "amqps://localhost:\(server.securePort)?tls-ca=\(ours.authority)\(shown)"
        let probe = try RabbitProbe(server)
        try probe.declare(queue: "secured")
        let test = try await TestPublisher(good)
        #expect(await test.send("", "secured") == .confirmed)
        await test.publisher.close()
        let stranger = try await failure("amqps://localhost:\(server.securePort)?tls-ca=\(foreign.authority)\(shown)")
        #expect(stranger.kind == .certificate, "\(stranger)")
        let unknown = try await failure("amqps://localhost:\(server.securePort)?timeout=10\(shown)")
        #expect(unknown.kind == .certificate, "the system does not know the authority: \(unknown)")
        let other = try await failure("amqps://127.0.0.1:\(server.securePort)?tls-ca=\(ours.authority)\(shown)")
        #expect(other.kind == .certificate, "it is for localhost: \(other)")
        let anybody = try await TestPublisher("amqps://127.0.0.1:\(server.securePort)?tls-verify=none\(shown)")
        #expect(await anybody.send("", "secured") == .confirmed)
        await anybody.publisher.close()
        let none = try await failure("amqps://localhost:\(server.securePort)?tls-ca=\(ours.authority)")
        #expect(none.kind == .identity, "\(none)")
        let mixed = try await failure(
            "amqps://localhost:\(server.securePort)?tls-ca=\(ours.authority)&tls-cert=\(ours.clientCertificate)&tls-key=\(foreign.clientKey)"
        )
        #expect(mixed.kind == .identity, "\(mixed)")
        let missing = try await failure("amqps://localhost:\(server.securePort)?tls-ca=/nowhere.pem")
        #expect(missing.kind == .authority && missing.description.contains("/nowhere.pem"), "\(missing)")
    }

    @Test func theURLsFileIsReadForEachConnection() async throws {
        let file = "\(server.folder)/url"
        try writeText("amqp://guest:wr0ng@127.0.0.1:\(server.port)\n", to: file)
        let test = try await TestPublisher("amqp://guest:wr0ng@127.0.0.1:\(server.port)", file: file)
        #expect(try await test.down().kind == .wrongPassword)
        try writeText("\(server.url)\n", to: file)
        try await test.up()
        await test.publisher.close()
    }

    @Test func theSecondHostIsTakenWhereTheFirstIsAway() async throws {
        let test = try await TestPublisher("amqp://127.0.0.1:\(try RedisServer.freePort()),127.0.0.1:\(server.port)")
        #expect(try await test.next() == .up("amqp://127.0.0.1:\(server.port)", again: false))
        await test.publisher.close()
    }

    /// One broker's deaths, in one test: each takes it seconds to come back from.
    @Test func aBrokerThatDiesAtEachStep() async throws {
        let probe = try RabbitProbe(server)
        try probe.declare(queue: "survivor")
        try server.keepDeclared()
        let test = try await TestPublisher("\(server.url)?heartbeat=0")
        try await test.up()
        // Confirmed, then killed: it is there afterwards.
        #expect(await test.send("", "survivor", id: "confirmed") == .confirmed)
        // Sent, not confirmed, killed.
        server.freeze()
        async let sent = test.send("", "survivor", id: "sent")
        // One after the other: behind the large one, which its socket takes a part of, nothing would be sent any more.
        await expect(1, inFlightOf: test)
        async let large = test.send("", "survivor", String(repeating: "x", count: 1 << 20), id: "large")
        await expect(2, inFlightOf: test)
        server.crash()
        let delivery = await sent
        guard case .unconfirmed = delivery else { return #expect(Bool(false), "\(delivery)") }
        _ = try await test.down()
        // Handed over while it is away: sent when it is back.
        async let waiting = test.send("", "survivor", id: "waiting")
        guard case .unsent(let reason) = await test.send("", "survivor", within: .milliseconds(100)) else {
            return #expect(Bool(false), "sent to nobody")
        }
        #expect(reason.contains("cannot connect") || reason.contains("the connection was lost"), "\(reason)")
        try server.start()
        #expect(await waiting == .confirmed)
        // Where its writing had not begun it is not lost, and goes out now.
        switch await large {
        case .unconfirmed, .confirmed: break
        case let other: Issue.record("\(other)")
        }
        let ids = try RabbitProbe(server).all("survivor").map(\.id)
        #expect(ids.contains("confirmed") && ids.contains("waiting") && ids.filter { $0 == "waiting" }.count == 1, "\(ids)")
        await test.publisher.close()
    }

    @Test func aBrokerThatFreezesIsLeftByTheHeartbeatAndTheEndWaitsForNobody() async throws {
        let test = try await TestPublisher("\(server.url)?heartbeat=1"), other = try await TestPublisher("\(server.url)?heartbeat=0")
        try await test.up()
        try await other.up()
        server.freeze()
        defer { server.thaw() }
        // Its socket takes a part of it, and no more.
        async let stuck = other.send("", "anything", String(repeating: "x", count: 7 << 20))
        await expect(1, inFlightOf: other)
        let began = ContinuousClock.now
        await other.publisher.close()
        #expect(ContinuousClock.now - began < .seconds(5))
        guard case .unconfirmed = await stuck else { return #expect(Bool(false), "it hung") }
        let error = try await test.down()
        #expect(error.kind == .lost && error.description.contains("heartbeats"), "\(error)")
        await test.publisher.close()
    }

    /// Waits until so many messages are sent and not confirmed. Where that never comes the broker is killed: a test fails, and does not wait for what it sent.
    private func expect(_ count: Int, inFlightOf test: TestPublisher) async {
        do {
            _ = try await again { test.publisher.inFlight == count ? true : nil }
        } catch {
            Issue.record("not \(count) but \(test.publisher.inFlight) messages are in flight")
            server.crash()
        }
    }
}
