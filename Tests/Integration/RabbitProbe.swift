// tidy: helper
internal import CRabbitMQ
internal import Glibc

/// Declares queues and exchanges, and takes what has arrived: a consumer of the tests' own.
final class RabbitProbe {
    struct Got {
        var body: String
        var id: String
        var contentType: String
        var persistent: Bool
        var headers: [String: String]
        var exchange: String
        var key: String
    }

    private let state: amqp_connection_state_t

    init(_ server: RabbitServer, virtualHost: String = "/") throws {
        guard let state = amqp_new_connection(), let socket = amqp_tcp_socket_new(state) else { throw Complaint("no memory") }
        self.state = state
        guard amqp_socket_open(socket, "127.0.0.1", Int32(server.port)) == 0 else { throw Complaint("the probe cannot connect") }
        var none = amqp_table_t()
        guard cr_login_plain(state, virtualHost, 0, 131_072, 0, &none, "guest", "guest").reply_type == AMQP_RESPONSE_NORMAL,
            amqp_channel_open(state, 1) != nil
        else { throw Complaint("the probe cannot log in") }
    }

    deinit { amqp_destroy_connection(state) }

    /// A durable queue; `most`: beyond so many messages it refuses.
    func declare(queue: String, most: Int? = nil) throws {
        try withBytes(queue) { name in
            try withBytes("x-max-length") { limit in
                try withBytes("x-overflow") { overflow in
                    try withBytes("reject-publish") { reject in
                        var entries = [amqp_table_entry_t(), amqp_table_entry_t()]
                        entries[0].key = limit
                        entries[0].value.kind = UInt8(AMQP_FIELD_KIND_I32.rawValue)
                        entries[0].value.value.i32 = Int32(most ?? 0)
                        entries[1].key = overflow
                        entries[1].value.kind = UInt8(AMQP_FIELD_KIND_UTF8.rawValue)
                        entries[1].value.value.bytes = reject
                        try entries.withUnsafeMutableBufferPointer { entries in
                            let table = amqp_table_t(num_entries: most == nil ? 0 : 2, entries: entries.baseAddress)
                            guard amqp_queue_declare(state, 1, name, 0, 1, 0, 0, table) != nil else { throw Complaint("no queue \(queue)") }
                        }
                    }
                }
            }
        }
    }

    func declare(exchange: String, type: String = "direct") throws {
        try withBytes(exchange) { name in
            try withBytes(type) { type in
                guard amqp_exchange_declare(state, 1, name, type, 0, 1, 0, 0, amqp_table_t()) != nil else {
                    throw Complaint("no exchange \(exchange)")
                }
            }
        }
    }

    func bind(queue: String, to exchange: String, key: String) throws {
        try withBytes(queue) { queue in
            try withBytes(exchange) { exchange in
                try withBytes(key) { key in
                    guard amqp_queue_bind(state, 1, queue, exchange, key, amqp_table_t()) != nil else { throw Complaint("not bound") }
                }
            }
        }
    }

    /// The queue's next message, taken; `nil` where it is empty.
    func next(_ queue: String) throws -> Got? {
        try withBytes(queue) { name in
            let reply = amqp_basic_get(state, 1, name, 1)
            guard reply.reply_type == AMQP_RESPONSE_NORMAL else { throw Complaint("basic.get of \(queue)") }
            guard reply.reply.id == UInt32(AMQP_BASIC_GET_OK_METHOD), let decoded = reply.reply.decoded else { return nil }
            let place = decoded.assumingMemoryBound(to: amqp_basic_get_ok_t.self).pointee
            let exchange = Self.text(place.exchange), key = Self.text(place.routing_key)
            var message = amqp_message_t()
            guard amqp_read_message(state, 1, &message, 0).reply_type == AMQP_RESPONSE_NORMAL else { throw Complaint("no message") }
            defer {
                amqp_destroy_message(&message)
                amqp_maybe_release_buffers(state)
            }
            var headers: [String: String] = [:]
            let table = message.properties.headers
            for index in 0..<Int(table.num_entries) {
                let entry = table.entries[index]
                let isNumber = entry.value.kind == UInt8(AMQP_FIELD_KIND_I64.rawValue)
                headers[Self.text(entry.key)] = isNumber ? "\(entry.value.value.i64)" : Self.text(entry.value.value.bytes)
            }
            return Got(
                body: Self.text(message.body), id: Self.text(message.properties.message_id),
                contentType: Self.text(message.properties.content_type), persistent: message.properties.delivery_mode == 2,
                headers: headers, exchange: exchange, key: key)
        }
    }

    func all(_ queue: String) throws -> [Got] {
        var found: [Got] = []
        while let one = try next(queue) { found.append(one) }
        return found
    }

    private func withBytes<Result>(_ text: String, _ body: (amqp_bytes_t) throws -> Result) rethrows -> Result {
        var text = Array(text.utf8)
        return try text.withUnsafeMutableBytes { try body(amqp_bytes_t(len: $0.count, bytes: $0.baseAddress)) }
    }

    private static func text(_ bytes: amqp_bytes_t) -> String {
        String(decoding: UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len), as: UTF8.self)
    }
}
