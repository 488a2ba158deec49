internal import CronJobs

// The connection to a broker, as a value: what happens goes in, what is to be done comes out. `Publisher` does it, with a `BrokerThread` for all that
// may block.
//
//   disconnected ──connect──▶ connecting ──connected──▶ open ◀──unblocked── blocked
//        ▲                        │ failed                │ └────blocked────▶ │
//        └───────── wait ◀────────┴────────── lost ◀──────┴───────────────────┘
//   any ──close──▶ closing ──ended──▶ closed
//
// A message waits, or is in flight, or is answered; it is answered once.
// * Waiting: until there is a connection and room in the window, at most until its `sendBefore`; then it is `unsent`.
// * In flight: handed to the thread. It ends by the broker's word (confirm, nack, return, a closed channel), or after `confirm` without one.
// * What was in flight when the connection was lost, and had begun to be written, is `unconfirmed`: it is never sent again from here, because only
//   the one who asked knows whether a second copy is wanted. What had not begun waits again, in its order.

/// What a connection does next.
struct LinkMachine: Sendable {
    enum State: Hashable, Sendable {
        case disconnected
        case connecting
        case open
        /// The broker takes nothing now, for a reason of its own.
        case blocked(String)
        case closing
        case closed
    }

    struct Sending: Sendable {
        var number: Int
        var message: Message
    }

    enum Event: Sendable {
        case connect
        case submitted(Sending, sendBefore: MonotonicTime?)
        /// Nobody wants it sent any more; it is answered all the same.
        case withdrawn(Int)
        case close
        /// While something waits or is in flight. `writingSince`: the thread has been writing one message since then.
        case ticked(writingSince: MonotonicTime?)
        // What the thread tells.
        case connected(String)
        case failed(BrokerError)
        /// `begun`: the highest number that it had begun to write.
        case lost(BrokerError, begun: Int)
        case blocked(String)
        case unblocked
        case confirmed([Int])
        case refused([Int])
        case returned(Int, String)
        case channelClosed(ClosedChannel)
        case ended
    }

    enum Effect: Sendable {
        case connect
        case send([Sending])
        /// The thread hangs in a write: its socket is shut down from outside.
        case sever
        case hangUp
        case reconnect(after: Duration)
        case tick(after: Duration)
        case answer(Int, Delivery)
        case tell(BrokerNews)
    }

    /// Constants, so that none is left out where a message comes back from its flight.
    private struct Waiting: Sendable {
        let sending: Sending
        let sendBefore: MonotonicTime?
    }

    private struct Flying: Sendable {
        let sending: Sending
        let sendBefore: MonotonicTime?
        var since: MonotonicTime
        var returned: String?
    }

    /// At most so much is in flight.
    static let window = (messages: 1000, bytes: 8 << 20)
    /// At most so much waits.
    static let waitingRoom = (messages: 10_000, bytes: 64 << 20)
    /// A single message is written within this time, or the connection is of no use.
    static let patience = Duration.seconds(10)
    static let beat = Duration.milliseconds(250)

    private(set) var state = State.disconnected
    private let url: AMQPURL
    private var backoff = Backoff()
    /// A slice: what is taken from its beginning moves nothing.
    private var waiting: ArraySlice<Waiting> = []
    private var waitingBytes = 0
    private var flying: [Int: Flying] = [:]
    private var flyingBytes = 0
    private var isTicking = false
    /// What was said last about a connection that is not there.
    private var saidDown: BrokerError.Kind?
    private var lastFailure: BrokerError?

    init(_ url: AMQPURL) { self.url = url }

    var isOpen: Bool { state == .open }

    var isBlocked: Bool { if case .blocked = state { true } else { false } }

    var inFlight: Int { flying.count }

    /// Why nothing can be sent now; `nil` where it can.
    var obstacle: String? {
        switch state {
        case .open: nil
        case .blocked(let reason): "the broker takes no messages: \(reason)"
        case .disconnected, .connecting: lastFailure?.description ?? "there is no connection to \(url) yet"
        case .closing, .closed: "the service ends"
        }
    }

    /// - Parameter random: a number from 0 to below 1.
    mutating func handle(_ events: [Event], now: MonotonicTime, random: Double) -> [Effect] {
        var effects: [Effect] = []
        for event in events { take(event, now, random, &effects) }
        pump(now, &effects)
        if !isTicking, !waiting.isEmpty || !flying.isEmpty {
            isTicking = true
            effects.append(.tick(after: Self.beat))
        }
        return effects
    }

    private mutating func take(_ event: Event, _ now: MonotonicTime, _ random: Double, _ effects: inout [Effect]) {
        switch event {
        case .connect: connect(&effects)
        case .submitted(let sending, let sendBefore): admit(Waiting(sending: sending, sendBefore: sendBefore), &effects)
        case .withdrawn(let number): withdraw(number, &effects)
        case .close: close(&effects)
        case .ticked(let writingSince): tick(now, writingSince, &effects)
        case .connected(let broker): connected(broker, &effects)
        case .failed(let error): failed(error, random, &effects)
        case .lost(let error, let begun): lost(error, begun, random, &effects)
        case .blocked(let reason):
            guard state == .open else { return }
            state = .blocked(reason)
            effects.append(.tell(.blocked(reason)))
        case .unblocked:
            guard case .blocked = state else { return }
            state = .open
            effects.append(.tell(.unblocked))
        case .confirmed(let numbers):
            for number in numbers { settle(number, .confirmed, &effects) }
        case .refused(let numbers):
            for number in numbers { settle(number, .undelivered("a queue refused it (full, or not able to keep it)"), &effects) }
        case .returned(let number, let reason): flying[number]?.returned = reason
        case .channelClosed(let channel): closed(channel, &effects)
        case .ended:
            state = .closed
        }
    }

    // MARK: The connection

    private mutating func connect(_ effects: inout [Effect]) {
        guard state == .disconnected else { return }
        state = .connecting
        effects.append(.connect)
    }

    private mutating func connected(_ broker: String, _ effects: inout [Effect]) {
        guard state == .connecting else { return }
        state = .open
        backoff.reset()
        lastFailure = nil
        effects.append(.tell(.up(broker, again: saidDown != nil)))
        saidDown = nil
    }

    private mutating func failed(_ error: BrokerError, _ random: Double, _ effects: inout [Effect]) {
        guard state == .connecting else { return }
        retreat(error, random, &effects)
    }

    private mutating func lost(_ error: BrokerError, _ begun: Int, _ random: Double, _ effects: inout [Effect]) {
        var again: [Waiting] = []
        for (number, one) in flying.sorted(by: { $0.key < $1.key }) {
            if number > begun, state != .closing, state != .closed {
                again.append(Waiting(sending: one.sending, sendBefore: one.sendBefore))
                land(number)
            } else {
                settle(number, .unconfirmed("the connection was lost before the broker confirmed it"), &effects)
            }
        }
        waiting.insert(contentsOf: again, at: waiting.startIndex)
        waitingBytes += again.reduce(0) { $0 + $1.sending.message.body.count }
        switch state {
        case .open, .blocked: retreat(error, random, &effects)
        case .closing: state = .closed
        case .disconnected, .connecting, .closed: break
        }
    }

    private mutating func retreat(_ error: BrokerError, _ random: Double, _ effects: inout [Effect]) {
        state = .disconnected
        lastFailure = error
        // A broker that goes is lost first and cannot be reached then: one line. What somebody must mend is said, whenever it shows.
        if saidDown == nil || saidDown != error.kind && !error.isTransient {
            effects.append(.tell(.down(error)))
            saidDown = error.kind
        }
        effects.append(.reconnect(after: backoff.next(random: random)))
    }

    private mutating func close(_ effects: inout [Effect]) {
        guard state != .closing, state != .closed else { return }
        state = .closing
        for one in waiting { effects.append(.answer(one.sending.number, .unsent("the service ends"))) }
        waiting = []
        for number in flying.keys.sorted() { settle(number, .unconfirmed("the service ended before the broker confirmed it"), &effects) }
        effects.append(.hangUp)
    }

    // MARK: Messages

    private mutating func admit(_ one: Waiting, _ effects: inout [Effect]) {
        let bytes = one.sending.message.body.count
        switch state {
        case .closing, .closed: return effects.append(.answer(one.sending.number, .unsent("the service ends")))
        default: break
        }
        guard waiting.count < Self.waitingRoom.messages, waitingBytes + bytes <= Self.waitingRoom.bytes else {
            return effects.append(.answer(one.sending.number, .unsent("\(waiting.count) messages wait for the broker already")))
        }
        waiting.append(one)
        waitingBytes += bytes
    }

    /// Hands over what the window has room for. A message larger than the window goes alone.
    private mutating func pump(_ now: MonotonicTime, _ effects: inout [Effect]) {
        guard state == .open, !waiting.isEmpty else { return }
        var taken = 0, sendings: [Sending] = []
        while taken < waiting.count, flying.count < Self.window.messages {
            let one = waiting[waiting.startIndex + taken], bytes = one.sending.message.body.count
            if flyingBytes + bytes > Self.window.bytes, !flying.isEmpty { break }
            taken += 1
            waitingBytes -= bytes
            if let end = one.sendBefore, end < now {
                effects.append(.answer(one.sending.number, .unsent("its time was over before it could be sent")))
                continue
            }
            flying[one.sending.number] = Flying(sending: one.sending, sendBefore: one.sendBefore, since: now)
            flyingBytes += bytes
            sendings.append(one.sending)
        }
        waiting = waiting.dropFirst(taken)
        if !sendings.isEmpty { effects.append(.send(sendings)) }
    }

    private mutating func withdraw(_ number: Int, _ effects: inout [Effect]) {
        if let index = waiting.firstIndex(where: { $0.sending.number == number }) {
            waitingBytes -= waiting.remove(at: index).sending.message.body.count
            effects.append(.answer(number, .unsent("it was cancelled")))
        } else {
            settle(number, .unconfirmed("it was cancelled after it was sent"), &effects)
        }
    }

    private mutating func closed(_ channel: ClosedChannel, _ effects: inout [Effect]) {
        for number in channel.numbers {
            settle(
                number, channel.refusedAll ? .undelivered(channel.reason) : .unconfirmed("its channel was closed: \(channel.reason)"),
                &effects)
        }
    }

    /// A returned message is confirmed, too: the broker has dealt with it.
    private mutating func settle(_ number: Int, _ delivery: Delivery, _ effects: inout [Effect]) {
        guard let one = land(number) else { return }
        effects.append(.answer(number, one.returned.map { .undelivered($0) } ?? delivery))
    }

    @discardableResult
    private mutating func land(_ number: Int) -> Flying? {
        guard let one = flying.removeValue(forKey: number) else { return nil }
        flyingBytes -= one.sending.message.body.count
        return one
    }

    private mutating func tick(_ now: MonotonicTime, _ writingSince: MonotonicTime?, _ effects: inout [Effect]) {
        isTicking = false
        if let writingSince, now - writingSince > Self.patience { effects.append(.sever) }
        let reason = obstacle ?? "its turn did not come in time"
        waiting.removeAll { one in
            guard let end = one.sendBefore, end < now else { return false }
            waitingBytes -= one.sending.message.body.count
            effects.append(.answer(one.sending.number, .unsent(reason)))
            return true
        }
        for (number, one) in flying where now - one.since > url.confirm {
            settle(number, .unconfirmed("the broker did not confirm it within \(url.confirm.wholeSeconds) s"), &effects)
        }
    }
}
