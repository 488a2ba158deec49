internal import CRabbitMQ

extension Message {
    private static let persistent: UInt8 = 2

    /// Hands the message on in librabbitmq's form, which lasts as long as `body` runs.
    func withProperties<Result>(
        _ body: (UnsafePointer<amqp_basic_properties_t>, _ exchange: amqp_bytes_t, _ key: amqp_bytes_t, _ body: amqp_bytes_t) -> Result
    ) -> Result {
        // All texts one behind the other, and where each ends.
        var text: [UInt8] = [], ends: [Int] = []
        func add(_ part: String) {
            text.append(contentsOf: part.utf8)
            ends.append(text.count)
        }
        for part in [exchange, key, id, contentType, "crond"] { add(part) }
        for header in headers {
            add(header.name)
            if case .text(let value) = header.value { add(value) }
        }
        return text.withUnsafeMutableBytes { text in
            var part = 0
            func next() -> amqp_bytes_t {
                defer { part += 1 }
                let start = part == 0 ? 0 : ends[part - 1]
                return amqp_bytes_t(len: ends[part] - start, bytes: text.baseAddress.map { $0 + start })
            }
            let exchange = next(), key = next()
            var properties = amqp_basic_properties_t()
            properties.message_id = next()
            properties.content_type = next()
            properties.app_id = next()
            properties.delivery_mode = Self.persistent
            properties._flags =
                amqp_flags_t(AMQP_BASIC_MESSAGE_ID_FLAG) | amqp_flags_t(AMQP_BASIC_CONTENT_TYPE_FLAG)
                | amqp_flags_t(AMQP_BASIC_APP_ID_FLAG) | amqp_flags_t(AMQP_BASIC_DELIVERY_MODE_FLAG)
            if let timestamp {
                properties.timestamp = UInt64(bitPattern: timestamp)
                properties._flags |= amqp_flags_t(AMQP_BASIC_TIMESTAMP_FLAG)
            }
            return withUnsafeTemporaryAllocation(of: amqp_table_entry_t.self, capacity: max(1, headers.count)) { entries in
                for (index, header) in headers.enumerated() {
                    var entry = amqp_table_entry_t()
                    entry.key = next()
                    switch header.value {
                    case .text:
                        entry.value.kind = UInt8(AMQP_FIELD_KIND_UTF8.rawValue)
                        entry.value.value.bytes = next()
                    case .number(let number):
                        entry.value.kind = UInt8(AMQP_FIELD_KIND_I64.rawValue)
                        entry.value.value.i64 = number
                    }
                    entries.initializeElement(at: index, to: entry)
                }
                if !headers.isEmpty {
                    properties.headers = amqp_table_t(num_entries: Int32(headers.count), entries: entries.baseAddress)
                    properties._flags |= amqp_flags_t(AMQP_BASIC_HEADERS_FLAG)
                }
                return self.body.withUnsafeBytes { bytes in
                    let content = amqp_bytes_t(len: bytes.count, bytes: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
                    return withUnsafePointer(to: properties) { body($0, exchange, key, content) }
                }
            }
        }
    }
}
