internal import CRabbitMQ
internal import CronJobs
internal import Glibc
internal import LinuxEvents

// The thread that may be held up by a broker. Orders come through a queue with a lock and a descriptor that wakes it; what happens goes out through
// `report`. Nobody waits for it: at the end its socket is shut down, and a thread that hangs even then is left behind.

/// Speaks to a broker, on a thread of its own.
final class BrokerThread: Sendable {
    enum Order: Sendable {
        /// `file` holds a newer URL, if it can be read.
        case connect(AMQPURL, file: String?)
        case send([LinkMachine.Sending])
        case hangUp
    }

    private struct Shared {
        var orders: [Order] = []
        /// Of the connection that there is; −1 is none.
        var socket: Int32 = -1
        var writingSince: Int64?
        var isGivenUp = false
        var hasEnded = false
    }

    /// What only the thread touches.
    private struct Desk {
        var wire: Wire?
        var address = BrokerAddress()
        /// The highest number of a message whose writing had begun.
        var begun = 0
    }

    /// How many messages are written before answers are read.
    private static let portion = 128

    private let shared = Locked(Shared())
    private let wakeUp: Int32
    private let report: @Sendable ([LinkMachine.Event]) -> Void

    /// - Parameter report: called on the thread, with what happened in order.
    init(report: @escaping @Sendable ([LinkMachine.Event]) -> Void) throws(SystemError) {
        wakeUp = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard wakeUp >= 0 else { throw SystemError(call: "eventfd", errno: errno) }
        self.report = report
        guard DetachedThread.start({ [self] in live() }) else {
            close(wakeUp)
            throw SystemError(call: "pthread_create", errno: EAGAIN)
        }
    }

    // MARK: From outside

    func take(_ order: Order) {
        shared.withLock { shared in
            if shared.hasEnded { return }
            shared.orders.append(order)
            var one: UInt64 = 1
            write(wakeUp, &one, 8)
        }
    }

    /// Since when it has been writing one message.
    var writingSince: MonotonicTime? { shared.withLock { $0.writingSince.map { MonotonicTime(nanoseconds: $0) } } }

    /// Ends what it does on the connection, which is lost by that.
    func sever() {
        shared.withLock { shared in
            shared.isGivenUp = true
            if shared.socket >= 0 { shutdown(shared.socket, Int32(SHUT_RDWR)) }
        }
    }

    // MARK: On the thread

    private func live() {
        var desk = Desk()
        while true {
            let orders = shared.withLock { shared in
                defer { shared.orders.removeAll(keepingCapacity: true) }
                return shared.orders
            }
            for order in orders {
                switch order {
                case .connect(let url, let file):
                    desk.address.read(url, file)
                    connect(desk.address.url ?? url, &desk)
                case .send(let sendings): send(sendings, &desk)
                case .hangUp: return end(desk.wire)
                }
            }
            wait(desk.wire)
            read(&desk)
        }
    }

    private func connect(_ url: AMQPURL, _ desk: inout Desk) {
        var first: BrokerError?
        for host in url.hosts {
            do throws(BrokerError) {
                let wire = try Wire.open(url, host)
                shared.withLock { shared in
                    shared.socket = wire.descriptor
                    shared.isGivenUp = false
                }
                desk.wire = wire
                return report([.connected(wire.broker)])
            } catch {
                first = first ?? advised(error, url, host)
            }
        }
        let error = first ?? BrokerError(.unreachable, url.description)
        report([.failed(error.hiding(url.password).adding(desk.address.fault))])
    }

    /// A broker that wants TLS answers plain words with what is no AMQP, or not at all.
    private func advised(_ error: BrokerError, _ url: AMQPURL, _ host: HostPort) -> BrokerError {
        guard url.tls == nil, [.notABroker, .silent, .lost].contains(error.kind), WireOpening.speaksTLS(url, host) else { return error }
        return BrokerError(.tlsServer, error.broker, "it answers in TLS")
    }

    /// Without a connection they are dropped: whoever ordered it hears of the loss, and knows that they had not begun.
    private func send(_ sendings: [LinkMachine.Sending], _ desk: inout Desk) {
        for (index, sending) in sendings.enumerated() {
            guard let wire = desk.wire else { return }
            shared.withLock { $0.writingSince = SystemClocks.bootNanoseconds() }
            do throws(BrokerError) {
                let channel = try wire.channel(for: sending.message.exchange)
                desk.begun = sending.number
                try wire.send(sending, on: channel)
            } catch { lose(error, &desk) }
            if index % Self.portion == Self.portion - 1 { read(&desk) }
        }
        shared.withLock { $0.writingSince = nil }
    }

    private func read(_ desk: inout Desk) {
        guard let wire = desk.wire else { return }
        do throws(BrokerError) {
            let events = try wire.read()
            if !events.isEmpty { report(events) }
        } catch { lose(error, &desk) }
    }

    private func lose(_ error: BrokerError, _ desk: inout Desk) {
        let isGivenUp = shared.withLock { shared in
            shared.socket = -1
            shared.writingSince = nil
            return shared.isGivenUp
        }
        desk.wire = nil
        let told = isGivenUp ? BrokerError(.stuck, error.broker) : error.hiding(desk.address.url?.password ?? "")
        report([.lost(told, begun: desk.begun)])
    }

    /// Until there is an order, or the broker says something, or a heartbeat may be due.
    private func wait(_ wire: Wire?) {
        var files = [pollfd(fd: wakeUp, events: Int16(POLLIN), revents: 0)]
        var limit: Int32 = -1
        if let wire {
            files.append(pollfd(fd: wire.descriptor, events: Int16(POLLIN), revents: 0))
            let heartbeat = amqp_get_heartbeat(wire.state)
            if heartbeat > 0 { limit = Int32(heartbeat) * 250 }
            if amqp_frames_enqueued(wire.state) != 0 || amqp_data_in_buffer(wire.state) != 0 { limit = 0 }
        }
        poll(&files, nfds_t(files.count), limit)
        var count: UInt64 = 0
        if files[0].revents != 0 { Glibc.read(wakeUp, &count, 8) }
    }

    private func end(_ wire: Wire?) {
        if let wire, !shared.withLock({ $0.isGivenUp }) { wire.hangUp() }
        shared.withLock { shared in
            shared.socket = -1
            shared.hasEnded = true
            shared.orders = []
            close(wakeUp)
        }
        report([.ended])
    }
}
