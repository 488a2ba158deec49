@testable internal import CronRabbitMQ
internal import CronJobs
internal import Testing

/// The connection's decisions, without a broker.
@Suite struct LinkMachineTests {
    private var machine: LinkMachine
    private var now = MonotonicTime(nanoseconds: 0)

    init() throws { machine = LinkMachine(try AMQPURL("amqp://mq?confirm=30")) }

    private mutating func tell(_ events: LinkMachine.Event...) -> [String] {
        machine.handle(events, now: now, random: 0).map { effect in
            switch effect {
            case .connect: "connect"
            case .send(let sendings): "send \(sendings.map { "\($0.number)" }.joined(separator: " "))"
            case .sever: "sever"
            case .hangUp: "hang up"
            case .reconnect(let wait): "reconnect in \(wait.wholeMilliseconds)"
            case .tick: "tick"
            case .answer(let number, let delivery): "\(number) \(delivery)"
            case .tell(let news): "tell \(news)".prefix { $0 != "(" }.description
            }
        }
    }

    private mutating func open() { _ = tell(.connect, .connected("amqp://mq:5672")) }

    private func message(_ number: Int, bytes: Int = 1, before: MonotonicTime? = nil) -> LinkMachine.Event {
        .submitted(
            LinkMachine.Sending(
                number: number, message: Message(id: "\(number)", exchange: "", key: "q", body: Array(repeating: 0, count: bytes))),
            sendBefore: before)
    }

    private let lost = BrokerError(.lost, "amqp://mq:5672")

    @Test mutating func itConnectsAndTriesForEver() {
        #expect(tell(.connect) == ["connect"])
        #expect(tell(.connect) == [], "it is connecting")
        #expect(tell(.failed(BrokerError(.unreachable, "mq"))) == ["tell down", "reconnect in 50"])
        #expect(machine.obstacle?.contains("cannot connect") == true)
        for _ in 0..<50 {
            #expect(tell(.connect) == ["connect"])
            #expect(tell(.failed(BrokerError(.unreachable, "mq"))) == ["reconnect in 50"], "said once")
        }
        _ = tell(.connect)
        #expect(tell(.failed(BrokerError(.wrongPassword, "mq"))) == ["tell down", "reconnect in 50"], "another reason is said")
        _ = tell(.connect)
        #expect(tell(.connected("mq")) == ["tell up"])
        #expect(machine.obstacle == nil)
        #expect(tell(.lost(lost, begun: 0)) == ["tell down", "reconnect in 50"])
        _ = tell(.connect)
        #expect(tell(.failed(BrokerError(.unreachable, "mq"))) == ["reconnect in 50"], "the same absence")
    }

    @Test mutating func whatWaitsIsSentInOrderOnceThereIsAConnection() {
        #expect(tell(message(1), message(2)) == ["tick"])
        _ = tell(.connect)
        #expect(tell(.connected("mq"), message(3)) == ["tell up", "send 1 2 3"])
        #expect(tell(.confirmed([2])) == ["2 confirmed"])
        #expect(tell(.refused([1])).first?.hasPrefix("1 undelivered") == true)
        #expect(tell(.confirmed([3, 3, 2, 77])) == ["3 confirmed"], "each is answered once")
    }

    @Test mutating func aReturnedMessageIsUndeliveredThoughTheBrokerConfirmsIt() {
        open()
        _ = tell(message(1))
        #expect(tell(.returned(1, "312 NO_ROUTE")) == [])
        #expect(tell(.confirmed([1])) == ["1 undelivered(\"312 NO_ROUTE\")"])
    }

    @Test mutating func whatHadBegunIsUnconfirmedAndTheRestWaitsAgain() {
        open()
        #expect(tell(message(1), message(2), message(3)) == ["send 1 2 3", "tick"])
        let effects = tell(.lost(lost, begun: 2), message(4))
        #expect(effects.count == 4 && effects[0].hasPrefix("1 unconfirmed") && effects[1].hasPrefix("2 unconfirmed"), "\(effects)")
        _ = tell(.connect)
        #expect(tell(.connected("mq")) == ["tell up", "send 3 4"])
    }

    @Test mutating func whatWaitsAgainIsStillSentBeforeItsTimeOrNotAtAll() {
        open()
        let soon = now + .seconds(5)
        _ = tell(message(1, before: soon), message(2, before: soon), message(3))
        _ = tell(.lost(lost, begun: 1))
        now = now + .milliseconds(5001)
        let effects = tell(.ticked(writingSince: nil))
        #expect(effects.count == 2 && effects[0].hasPrefix("2 unsent") && effects[1] == "tick", "\(effects)")
        _ = tell(.connect)
        #expect(tell(.connected("mq")) == ["tell up", "send 3"])
    }

    @Test mutating func aBlockedBrokerGetsNothing() {
        open()
        #expect(tell(.blocked("low on memory")) == ["tell blocked"])
        #expect(machine.obstacle == "the broker takes no messages: low on memory")
        #expect(tell(message(1)) == ["tick"])
        #expect(tell(.unblocked) == ["tell unblocked", "send 1"])
        #expect(tell(.unblocked) == [])
    }

    @Test mutating func aMessageWhoseTimeIsOverIsNotSent() {
        let soon = now + .seconds(1)
        _ = tell(.connect, message(1, before: soon), message(2))
        now = now + .milliseconds(1001)
        let effects = tell(.ticked(writingSince: nil))
        #expect(effects.first?.hasPrefix("1 unsent") == true && effects.count == 2, "\(effects)")
        _ = tell(message(3, before: now))
        now = now + .seconds(1)
        let late = tell(.connected("mq"))
        #expect(late.contains("send 2") && late.contains { $0.hasPrefix("3 unsent") }, "\(late)")
    }

    @Test mutating func aConfirmThatNeverComes() {
        open()
        _ = tell(message(1))
        now = now + .seconds(30)
        #expect(tell(.ticked(writingSince: nil)) == ["tick"])
        now = now + .milliseconds(1)
        let effects = tell(.ticked(writingSince: nil))
        #expect(effects.first?.contains("did not confirm it within 30 s") == true, "\(effects)")
        #expect(tell(.confirmed([1])) == [], "it comes after all, and nobody waits for it")
    }

    @Test mutating func aWriteThatHangsIsEnded() {
        open()
        _ = tell(message(1))
        let since = now
        now = now + .seconds(10)
        #expect(tell(.ticked(writingSince: since)) == ["tick"])
        now = now + .milliseconds(1)
        #expect(tell(.ticked(writingSince: since)) == ["sever", "tick"])
    }

    @Test mutating func theWindowAndTheWaitingRoomAreBounded() {
        open()
        let first = machine.handle((1...1500).map { message($0) }, now: now, random: 0)
        guard case .send(let sent)? = first.first else { return #expect(Bool(false), "nothing was sent") }
        #expect(sent.count == LinkMachine.window.messages)
        #expect(tell(.confirmed([1, 2])) == ["1 confirmed", "2 confirmed", "send 1001 1002"])
        let more = machine.handle((2000...11_600).map { message($0) }, now: now, random: 0)
        let refused = more.filter { if case .answer(_, .unsent) = $0 { true } else { false } }
        #expect(refused.count == 99, "498 wait, and room is for 10,000")
    }

    @Test mutating func bytesAreBoundedTooAndOneThatIsTooLargeGoesAlone() {
        open()
        #expect(tell(message(1, bytes: 9 << 20), message(2)) == ["send 1", "tick"])
        #expect(tell(.confirmed([1])) == ["1 confirmed", "send 2"])
    }

    @Test mutating func aClosedChannelEndsItsMessages() {
        open()
        _ = tell(message(1), message(2))
        var tags = ChannelTags()
        tags.sent(1, id: "1")
        let closed = ClosedChannel(tags, code: 404, reason: "404 NOT_FOUND", isShared: false)
        #expect(tell(.channelClosed(closed)) == ["1 undelivered(\"404 NOT_FOUND\")"])
        tags.sent(2, id: "2")
        #expect(
            tell(.channelClosed(ClosedChannel(tags, code: 406, reason: "r", isShared: false))).first?.hasPrefix("2 unconfirmed") == true)
    }

    @Test mutating func whatIsWithdrawnIsAnsweredByWhetherItWasSent() {
        _ = tell(.connect, message(1))
        #expect(tell(.withdrawn(1)) == ["1 unsent(\"it was cancelled\")"])
        _ = tell(.connected("mq"), message(2))
        #expect(tell(.withdrawn(2)).first?.hasPrefix("2 unconfirmed") == true)
        #expect(tell(.withdrawn(2), .withdrawn(9)) == [])
    }

    @Test mutating func theEnd() {
        open()
        _ = tell(message(1))
        _ = tell(.blocked("x"), message(2))
        let effects = tell(.close)
        #expect(effects.count == 3 && effects[0].hasPrefix("2 unsent") && effects[1].hasPrefix("1 unconfirmed") && effects[2] == "hang up")
        #expect(tell(message(3)) == ["3 unsent(\"the service ends\")"])
        #expect(tell(.lost(lost, begun: 1)) == [], "nobody connects again")
        #expect(machine.state == .closed && tell(.connect, .close) == [])
    }
}
