internal import CRabbitMQ
internal import CronJobs
internal import Glibc
internal import LinuxEvents

// The thread of a consumer's connection, as `BrokerThread` is a publisher's: it alone touches the connection, it may be held up by the broker, and nobody
// waits for it.

/// Takes messages from a queue, on a thread of its own.
final class ConsumerThread: Sendable {
    enum Order: Sendable {
        /// `file` holds a newer URL, if it can be read.
        case connect(AMQPURL, file: String?)
        case consume(Bool)
        case settle([(Delivered.ID, Settlement)])
        case hangUp
    }

    enum Report: Sendable {
        case up(String)
        case down(BrokerError)
        case delivered([Delivered])
        case ended
    }

    private struct Shared {
        var orders: [Order] = []
        var socket: Int32 = -1
        var isGivenUp = false
        var hasEnded = false
    }

    private struct Desk {
        var wire: ConsumerWire?
        var address = BrokerAddress()
        var connections = 0
        var consumes = true
    }

    private let shared = Locked(Shared())
    private let wakeUp: Int32
    private let plan: QueuePlan
    private let report: @Sendable (Report) -> Void

    /// - Parameter report: called on the thread, with what happened in order.
    init(_ plan: QueuePlan, report: @escaping @Sendable (Report) -> Void) throws(SystemError) {
        wakeUp = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard wakeUp >= 0 else { throw SystemError(call: "eventfd", errno: errno) }
        self.plan = plan
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
                case .consume(let isWanted):
                    desk.consumes = isWanted
                    attempt(&desk) { wire throws(BrokerError) in try wire.consume(isWanted) }
                case .settle(let settled): settle(settled, &desk)
                case .hangUp: return end(desk.wire?.wire)
                }
            }
            wait(desk.wire?.wire)
            attempt(&desk) { [report] wire throws(BrokerError) in
                let messages = try wire.read()
                if !messages.isEmpty { report(.delivered(messages)) }
            }
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
                desk.connections += 1
                let consumer = try ConsumerWire(wire, plan, number: desk.connections)
                // Before messages can come.
                report(.up(wire.broker))
                try consumer.consume(desk.consumes)
                desk.wire = consumer
                return
            } catch {
                shared.withLock { $0.socket = -1 }
                first = first ?? error
            }
        }
        let error = first ?? BrokerError(.unreachable, url.description)
        report(.down(error.hiding(url.password).adding(desk.address.fault)))
    }

    private func settle(_ settled: [(Delivered.ID, Settlement)], _ desk: inout Desk) {
        let number = desk.connections
        for (id, settlement) in settled where id.connection == number {
            attempt(&desk) { wire throws(BrokerError) in try wire.settle(id.tag, settlement) }
        }
    }

    private func attempt(_ desk: inout Desk, _ body: (ConsumerWire) throws(BrokerError) -> Void) {
        guard let wire = desk.wire else { return }
        do throws(BrokerError) { try body(wire) } catch {
            shared.withLock { $0.socket = -1 }
            desk.wire = nil
            report(.down(error.hiding(desk.address.url?.password ?? "")))
        }
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
        report(.ended)
    }
}
