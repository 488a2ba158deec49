internal import CRabbitMQ
internal import CronJobs
internal import Glibc

/// A connection that takes messages from a queue, on one channel. Only its thread touches it.
final class ConsumerWire {
    private static let channel: amqp_channel_t = 1
    private static let tag = "crond"
    /// So many are taken before others have their turn.
    private static let portion = 256

    let wire: Wire
    private let number: Int
    private let plan: QueuePlan
    private var isConsuming = false

    /// Declares the queues; takes nothing yet.
    init(_ wire: Wire, _ plan: QueuePlan, number: Int) throws(BrokerError) {
        self.wire = wire
        self.plan = plan
        self.number = number
        guard amqp_channel_open(wire.state, Self.channel) != nil else { throw failure }
        for queue in plan.declared { try declare(queue) }
        guard amqp_basic_qos(wire.state, Self.channel, 0, UInt16(clamping: plan.prefetch), 0) != nil else { throw failure }
    }

    private var failure: BrokerError { BrokerError(reply: amqp_get_rpc_reply(wire.state), of: wire.broker) }

    private func declare(_ queue: QueuePlan.Queue) throws(BrokerError) {
        var texts: [UnsafeMutablePointer<CChar>?] = []
        defer { for text in texts { free(text) } }
        func bytes(_ text: String) -> amqp_bytes_t {
            texts.append(strdup(text))
            return amqp_cstring_bytes(texts[texts.count - 1])
        }
        var entries = queue.arguments.map { argument in
            var entry = amqp_table_entry_t()
            entry.key = bytes(argument.name)
            switch argument.value {
            case .text(let text):
                entry.value.kind = UInt8(AMQP_FIELD_KIND_UTF8.rawValue)
                entry.value.value.bytes = bytes(text)
            case .number(let number):
                entry.value.kind = UInt8(AMQP_FIELD_KIND_I64.rawValue)
                entry.value.value.i64 = number
            }
            return entry
        }
        let name = bytes(queue.name)
        let isThere = entries.withUnsafeMutableBufferPointer { entries in
            let table = amqp_table_t(num_entries: Int32(entries.count), entries: entries.baseAddress)
            return amqp_queue_declare(wire.state, Self.channel, name, 0, 1, 0, 0, table) != nil
        }
        guard isThere else { throw failure }
    }

    /// Whether the broker is to give us messages. What is on its way still comes.
    func consume(_ isWanted: Bool) throws(BrokerError) {
        guard isWanted != isConsuming else { return }
        let done = plan.consumed.withCString { queue in
            Self.tag.withCString { tag in
                let tag = amqp_cstring_bytes(tag)
                return isWanted
                    ? amqp_basic_consume(wire.state, Self.channel, amqp_cstring_bytes(queue), tag, 0, 0, 0, amqp_empty_table) != nil
                    : amqp_basic_cancel(wire.state, Self.channel, tag) != nil
            }
        }
        guard done else { throw failure }
        isConsuming = isWanted
    }

    func settle(_ tag: UInt64, _ settlement: Settlement) throws(BrokerError) {
        let status =
            switch settlement {
            case .accept: amqp_basic_ack(wire.state, Self.channel, tag, 0)
            case .reject: amqp_basic_reject(wire.state, Self.channel, tag, 0)
            case .giveBack: amqp_basic_reject(wire.state, Self.channel, tag, 1)
            }
        guard status == AMQP_STATUS_OK.rawValue else { throw BrokerError(status: status, of: wire.broker) }
    }

    /// Takes what has come, without waiting for more.
    func read() throws(BrokerError) -> [Delivered] {
        var found: [Delivered] = []
        while found.count < Self.portion {
            var envelope = amqp_envelope_t(), none = timeval()
            amqp_maybe_release_buffers(wire.state)
            let reply = amqp_consume_message(wire.state, &envelope, &none, 0)
            if reply.reply_type == AMQP_RESPONSE_NORMAL {
                found.append(delivered(envelope))
                amqp_destroy_envelope(&envelope)
                continue
            }
            guard reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION else { throw BrokerError(reply: reply, of: wire.broker) }
            switch reply.library_error {
            case AMQP_STATUS_TIMEOUT.rawValue: return found
            case AMQP_STATUS_UNEXPECTED_STATE.rawValue: try takeOther()
            default: throw BrokerError(status: reply.library_error, of: wire.broker)
            }
        }
        return found
    }

    private func delivered(_ envelope: amqp_envelope_t) -> Delivered {
        let body = UnsafeRawBufferPointer(start: envelope.message.body.bytes, count: min(envelope.message.body.len, Letter.longest + 1))
        return Delivered(
            id: .init(connection: number, tag: envelope.delivery_tag), body: Array(body),
            deathReason: deathReason(envelope.message.properties))
    }

    private func deathReason(_ properties: amqp_basic_properties_t) -> String? {
        guard properties._flags & amqp_flags_t(AMQP_BASIC_HEADERS_FLAG) != 0, let entries = properties.headers.entries else { return nil }
        for entry in UnsafeBufferPointer(start: entries, count: Int(properties.headers.num_entries)) {
            let isText = [UInt8(AMQP_FIELD_KIND_UTF8.rawValue), UInt8(AMQP_FIELD_KIND_BYTES.rawValue)].contains(entry.value.kind)
            if isText, String(entry.key) == "x-first-death-reason" { return String(entry.value.value.bytes) }
        }
        return nil
    }

    /// What the broker says beside messages: that they come to an end.
    private func takeOther() throws(BrokerError) {
        var frame = amqp_frame_t(), none = timeval()
        let status = amqp_simple_wait_frame_noblock(wire.state, &frame, &none)
        if status == AMQP_STATUS_TIMEOUT.rawValue { return }
        guard status == AMQP_STATUS_OK.rawValue else { throw BrokerError(status: status, of: wire.broker) }
        guard Int32(frame.frame_type) == AMQP_FRAME_METHOD, let decoded = frame.payload.method.decoded else { return }
        switch frame.payload.method.id {
        case UInt32(AMQP_BASIC_CANCEL_METHOD):
            throw BrokerError(.closed, wire.broker, "the queue \(plan.consumed) was deleted or moved")
        case UInt32(AMQP_CHANNEL_CLOSE_METHOD):
            let close = decoded.assumingMemoryBound(to: amqp_channel_close_t.self).pointee
            throw BrokerError(closedWith: Int(close.reply_code), String(close.reply_text), by: wire.broker)
        case UInt32(AMQP_CONNECTION_CLOSE_METHOD):
            let close = decoded.assumingMemoryBound(to: amqp_connection_close_t.self).pointee
            throw BrokerError(closedWith: Int(close.reply_code), String(close.reply_text), by: wire.broker)
        default: return
        }
    }
}
